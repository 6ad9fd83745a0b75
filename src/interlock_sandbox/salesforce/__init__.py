"""Salesforce: REST sobjects, SOQL, replication, outbound messages (developer.salesforce.com).

`schema` says which objects and fields there are and `values` what they take; `records` keeps them
by the org's rules. `soql` answers queries (over `tokens`, `paths` and `conditions`), `pages` gives
them out in pages; `replication` tells what changed, `outbound` pushes it. `sessions` lets callers
in, `vendor` is HTTP.
"""

from interlock_sandbox.salesforce.vendor import build

__all__ = ["build"]
