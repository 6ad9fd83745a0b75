"""What became of a call, told to its caller: where its transaction stands, nothing inside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.latency import Latency, latency_of
from interlock.estate.openapi import FINAL
from interlock.flow.run import Run, State
from interlock.foundation.clock import iso
from interlock.intake.api import problems
from interlock.intake.api.call import ApiCall

_STATUS: Final[Mapping[State, str]] = {
    State.READY: "running",
    State.RUNNING: "running",
    State.SLEEPING: "waiting",
    State.LISTENING: "waiting",
    State.BATCHED: "waiting",
    State.ASKING: "needs-decision",
    State.PARKED: "needs-decision",
    State.COMPLETED: "completed",
    State.COMPENSATED: "compensated",
    State.CANCELLED: "cancelled",
}
_SOON: Final = 1
_LATER: Final = 30
"""Seconds: an event or a person does not come within one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What callers of an operation may see."""

    latency: Latency | None
    """``None``: its integration is not in the estate any more."""

    def document(self, call: ApiCall, run: Run | None) -> dict[str, object]:
        """Return the status of a call, whose transaction is `run`, if it has one."""
        status = status_of(call, run)
        found: dict[str, object] = {
            "id": call.id,
            "status": status,
            "operation": call.operation,
            "ref": call.ref,
            "latency": "deferred" if self.latency is None else self.latency.found.value,
            "acceptedAt": iso(call.accepted_at),
            "self": call.url,
        }
        tolerance = None if self.latency is None else self.latency.tolerance
        if tolerance is not None:
            found["toleratedSeconds"] = tolerance.total_seconds()
        if call.run is not None:
            found |= {"transaction": call.run, "joined": call.joined}
        if run is not None:
            found["updatedAt"] = iso(run.updated_at)
        if call.refused is not None:
            found["problem"] = {**call.refused, "instance": call.url}
        elif status == "compensated":
            found["problem"] = problems.taken_back().document(call.url)
        return found


def sight(estate: Estate, integration: str) -> Sight:
    """Return what callers who start `integration` may see."""
    plan = estate.plans.get(integration)
    return Sight(latency=None if plan is None else latency_of(estate, plan))


def status_of(call: ApiCall, run: Run | None) -> str:
    """Return where a call stands, in the words of the OpenAPI document."""
    if call.refused is not None:
        return "refused"
    return "accepted" if run is None else _STATUS[run.state]


def retry_after(status: str) -> int | None:
    """Return after how many seconds it is worth asking again; ``None`` when it is final."""
    if status in FINAL:
        return None
    return _LATER if status in {"waiting", "needs-decision"} else _SOON
