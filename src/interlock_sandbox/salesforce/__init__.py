"""Salesforce: REST sobjects, SOQL, merges, quotas and locks (developer.salesforce.com).

`schema` says which objects and fields there are, `soql` answers queries, `vendor` speaks HTTP.
"""

from interlock_sandbox.salesforce.vendor import build

__all__ = ["build"]
