"""QTA004: systems of one account declare different limits for it.

A vendor that counts per account counts what every system of the estate asks of it together
(NetSuite: all users and interfaces of an account share its concurrency). Two limits for one
account cannot both be its limit.

Bad: ``limits: {account: acme, concurrency: 5}`` in one system, ``concurrency: 10`` in the other.

Good: the same limits in every system that names the account.
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.subject import of
from interlock.estate.kinds import System

_NAMES: Final = ("concurrency", "perSecond", "perDay")


@check("QTA004", severity=Severity.ERROR, title="An account with two limits")
def account_counted_twice(inspection: Inspection) -> Iterator[Complaint]:
    first: dict[str, System] = {}
    for system in inspection.estate.systems.values():
        account = system.spec.limits.account
        if account is None:
            continue
        other = first.setdefault(account, system)
        for name in _NAMES:
            here, there = getattr(system.spec.limits, name), getattr(other.spec.limits, name)
            if here != there:
                yield Complaint(
                    subject=of(system, "limits", name),
                    what=f"`{system.name}` and `{other.name}` are one account, `{account}`, and"
                    f" say {_said(here)} and {_said(there)} for its `{name}`",
                    hint="Declare the account's own limit in both.",
                    where=system.place_of("spec", "limits", name),
                )


def _said(limit: object) -> str:
    return "nothing" if limit is None else str(limit)
