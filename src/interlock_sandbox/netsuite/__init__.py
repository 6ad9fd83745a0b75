"""NetSuite: REST records, SuiteQL, asynchronous jobs, account-wide concurrency, closed periods.

`catalogue` says which fields and fixed records there are, `records` and `settlement` keep the
books, `suiteql` answers queries, `access` lets in, `jobs` works later, `vendor` speaks HTTP.
What the stored documentation does not say is marked as assumed.
"""

from interlock_sandbox.netsuite.vendor import build

__all__ = ["build"]
