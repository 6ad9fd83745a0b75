"""Examines connections: what is configured, reachable, permitted, expiring, and what to do.

What could not be found out is `unknown`, and what cannot be known is `untold`: neither is fine.
"""
