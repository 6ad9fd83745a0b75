"""Who is asked after a failure, and what is tried again (R60-R66)."""
