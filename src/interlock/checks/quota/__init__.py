"""Limits of the systems, which all integrations share (F7)."""
