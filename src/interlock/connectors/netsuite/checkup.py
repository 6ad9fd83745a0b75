"""What we ask a NetSuite account: its concurrency limit, and one record of every type."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from interlock.connectors.checkup import Quota
from interlock.connectors.kit.checkup import Probe
from interlock.connectors.kit.exchange import Answer, Call, Intent
from interlock.connectors.netsuite.operations import RECORD
from interlock.connectors.netsuite.sublists import SUBLISTS

LIMITS: Final = "/services/rest/system/v1/governanceLimits"
"""Answers administrators only (NetSuite help, "GovernanceLimits Operation")."""


def probes(objects: Collection[str]) -> Iterator[Probe]:
    """Return what to ask; the limit is not needed, so that its refusal is no lack."""
    for obj in sorted(set(objects) & SUBLISTS.keys()):
        yield Probe(
            what=f"read {obj}",
            call=Call(
                intent=Intent.READ,
                method="GET",
                path=f"{RECORD}/{obj}",
                query=(("limit", "1"),),
            ),
            grant=f"Give the integration's role `View` on {obj}, and `REST Web Services`.",
        )
    yield Probe(
        what="see the concurrency limit",
        call=Call(intent=Intent.READ, method="GET", path=LIMITS),
        grant="",
        quotas=_quotas,
        optional=True,
    )


def _quotas(answer: Answer) -> Sequence[Quota]:
    found = answer.mapping()
    limit = found.get("integrationConcurrencyLimit", found.get("accountConcurrencyLimit"))
    return (Quota(name="requests at once", limit=limit),) if isinstance(limit, int) else ()
