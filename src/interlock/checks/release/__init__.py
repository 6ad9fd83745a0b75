"""Times in which nothing may change."""
