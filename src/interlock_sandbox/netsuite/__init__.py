"""NetSuite: REST records, SuiteQL, account-wide concurrency, closed periods.

`records` keeps the books, `suiteql` answers queries, `vendor` speaks HTTP. What the stored
documentation does not say is marked as assumed.
"""

from interlock_sandbox.netsuite.vendor import build

__all__ = ["build"]
