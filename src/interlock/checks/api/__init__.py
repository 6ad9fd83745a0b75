"""Calls of users' programs: what may be waited for, and what may not (R24)."""
