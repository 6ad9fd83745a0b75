"""Who answers for what is declared (R66)."""
