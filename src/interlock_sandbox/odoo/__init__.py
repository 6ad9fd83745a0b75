"""Odoo 19 Community over JSON-2: masters, orders, invoices, payments and journal entries.

What it does was seen on the real product: `load` is unique by external id and refuses with a 200,
a record that is not there reads as an empty list, posting moves a date out of a closed period
without a word, one change is told seven times, and every 500 carries its traceback.
"""

from interlock_sandbox.odoo.server import build

__all__ = ["build"]
