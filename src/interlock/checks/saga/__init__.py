"""Before the pivot failure compensates, after it the run only goes forward (R61)."""
