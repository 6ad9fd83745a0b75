"""What we ask an org of itself: its limits, and one id of every object."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from interlock.connectors.checkup import Quota
from interlock.connectors.kit.checkup import Probe
from interlock.connectors.kit.exchange import Answer, Call, Intent
from interlock.connectors.salesforce import operations

LIMITS: Final = Call(intent=Intent.READ, method="GET", path=f"{operations.DATA}/limits")
REQUESTS: Final = "DailyApiRequests"
_HIDDEN: Final = frozenset({"INVALID_TYPE"})
"""An object without permission looks like one that does not exist."""


def probes(objects: Collection[str], *, changes: bool = False) -> Iterator[Probe]:
    """Return what to ask (REST API Developer Guide: Limits; SOQL needs read on the object)."""
    yield Probe(
        what="use the API",
        call=LIMITS,
        grant="Give the integration user `API Enabled`; check the app's policies and user.",
        quotas=_quotas,
    )
    for obj in sorted(filter(operations.is_name, objects)):
        yield Probe(
            what=f"read {obj}",
            call=operations.query(f"{operations.select(obj, [operations.ID])} LIMIT 1"),
            grant=f"Give the integration user `Read` on {obj} by a permission set.",
            refusals=_HIDDEN,
        )
    if changes:
        yield from map(_selected, sorted(filter(operations.is_name, objects)))


def _selected(obj: str) -> Probe:
    """Return whether the org makes change events of `obj`; if not, a subscription just waits."""
    event = operations.channel_of(obj).rpartition("/")[2]
    where = f"SelectedEntity = {operations.literal(event)}"
    soql = f"{operations.select('PlatformEventChannelMember', ['SelectedEntity'])} WHERE {where}"
    return Probe(
        what=f"change events of {obj} are made",
        call=operations.tooling(soql),
        grant=f"Select {obj} in Setup, Integrations, Change Data Capture.",
        granted=lambda answer: bool(answer.mapping().get("records")),
    )


def _quotas(answer: Answer) -> Sequence[Quota]:
    found = answer.mapping().get(REQUESTS)
    if not isinstance(found, dict):
        return ()
    limit, left = found.get("Max"), found.get("Remaining")
    if not isinstance(limit, int) or not isinstance(left, int):
        return ()
    return (Quota(name="API requests in 24 hours", limit=limit, left=left),)
