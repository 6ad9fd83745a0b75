"""Class sets the resilience, monitoring and support that must be met (R12-R24)."""
