"""Declarations that nothing uses."""
