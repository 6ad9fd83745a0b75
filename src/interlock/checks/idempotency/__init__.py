"""The same write twice is one effect, or it is found before it happens (R59, F2-F6)."""
