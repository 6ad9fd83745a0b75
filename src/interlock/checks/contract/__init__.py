"""Versions of interfaces that go away."""
