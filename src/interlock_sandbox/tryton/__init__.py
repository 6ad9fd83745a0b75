"""Tryton 8.2's REST user application: parties, customer invoices, posting under a lock.

`wire` is its JSON, `vendor` speaks HTTP.
"""

from interlock_sandbox.tryton.vendor import build

__all__ = ["build"]
