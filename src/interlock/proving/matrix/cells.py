"""Every cell of the matrix: fault x place x moment; and of those that cannot be, why not."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from interlock.proving.company import TONGUES
from interlock.proving.faults import FAULTS
from interlock.proving.matrix.aiming import READ_TOO, Moment
from interlock.proving.matrix.spots import SPOTS, Spot

NOT_CARRIED: Final = frozenset(
    {
        "gateway_refused",
        "fault_in_200",
        "server_error",
        "key_in_flight",
        "quota",
        "record_lock",
        "session_expired",
        "refused",
        "outage",
        "secret_echoed",
        "period_closed",
    }
)
CARRIED: Final = frozenset(
    {"response_lost", "late_apply", "gateway_timeout_applied", "truncated", "stale_read"}
)
DELIVERED: Final = frozenset(
    {"webhook_lost", "webhook_duplicate", "webhook_late", "webhook_malformed", "clock_skew"}
)
AGREED: Final = frozenset({"missing_amount", "unknown_value", "business_day_turns"})
"""What is wrong with a deal from its first day."""
WORLD: Final = frozenset({"customer_merged", "amended", "withdrawn", "estate_changed"})
COMMITS: Final = frozenset({"database_away", "commit_unknown_done", "commit_unknown_lost"})
_OWN: Final = COMMITS | {"worker_killed", "worker_stalled"}
SENDING: Final = NOT_CARRIED | CARRIED | {"request_lost"}


def _moments(fault: str) -> tuple[Moment, ...]:
    for faults, moments in (
        (NOT_CARRIED, (Moment.REACHES,)),
        (CARRIED, (Moment.CARRIED,)),
        ({"request_lost"}, (Moment.LEAVES,)),
        (DELIVERED | AGREED | {"answered_twice"}, (Moment.ARRIVES,)),
        (WORLD | {"replayed"}, (Moment.MEANWHILE,)),
        (COMMITS, (Moment.INTENT, Moment.OUTCOME)),
        ({"worker_stalled"}, (Moment.LEAVES, Moment.ANSWERED)),
    ):
        if fault in faults:
            return moments
    return Moment.INTENT, Moment.LEAVES, Moment.OUTCOME, Moment.RECORDED


MOMENTS: Final[Mapping[str, tuple[Moment, ...]]] = {fault: _moments(fault) for fault in FAULTS}
"""Fault -> the moments at which it can strike: what a fault is says when."""

WRITES: Final = frozenset({"upsert", "create", "undo", "update"})
CALLS: Final = WRITES | {"read", "probe"}
READS: Final = frozenset({"read", "probe"})
_FEELING: Final = frozenset({"record_lock", "key_in_flight", "refused", "period_closed"})
"""What only a write meets."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One fault at one place at one moment."""

    fault: str
    spot: Spot
    moment: Moment

    def __str__(self) -> str:
        return f"{self.fault} | {self.spot.name} | {self.moment}"


Impossible = Callable[[str, Spot, Moment], bool]


def _unsaid(fault: str, spot: Spot, _: Moment) -> bool:
    own = {"gateway_refused", "server_error", "outage", "secret_echoed", "period_closed"}
    said = fault in NOT_CARRIED - own
    return said and spot.kind in CALLS and fault not in TONGUES[spot.system].words


def _unread(fault: str, spot: Spot, _: Moment) -> bool:
    """Whether the fault is none of a read: it changes nothing, so nothing comes too late."""
    met = READ_TOO | {"quota", "gateway_refused", "outage", "secret_echoed", "request_lost"}
    return fault in SENDING - met - {"response_lost", "truncated"} and spot.kind in READS


def _seen(fault: str, spot: Spot, _: Moment) -> bool:
    looked_for = spot.kind == "create" and spot.system != "billing"
    return fault == "stale_read" and spot.kind in WRITES and not looked_for


WHY_NOT: Final[tuple[tuple[str, Impossible], ...]] = (
    (
        "nothing is sent to a system there",
        lambda fault, spot, _: fault in SENDING | {"worker_stalled"} and spot.kind not in CALLS,
    ),
    (
        "nothing is delivered there",
        lambda fault, spot, _: fault in DELIVERED and spot.kind != "event",
    ),
    (
        "it is wrong with the deal itself, and shows as its event comes",
        lambda fault, spot, _: fault in AGREED and not spot.name.startswith("trigger: the event"),
    ),
    (
        "a read changes nothing: it takes no lock, has no key, is not refused and is never late",
        _unread,
    ),
    (
        "only what posts into books meets a closed period; what corrects goes into the open one",
        lambda fault, spot, _: (
            fault == "period_closed"
            and spot.kind in CALLS
            and not (spot.kind == "create" and spot.system != "billing")
        ),
    ),
    ("the vendor whose words the system speaks has no such answer", _unsaid),
    (
        "nobody looks for it: in doubt it is sent again under the same key or reference",
        _seen,
    ),
    (
        "only a person answers a question",
        lambda fault, spot, _: fault == "answered_twice" and spot.kind != "answer",
    ),
    (
        "only what has ended is replayed",
        lambda fault, spot, _: fault == "replayed" and spot.kind != "end",
    ),
    (
        "it is called off already",
        lambda fault, spot, _: (
            fault == "withdrawn" and any(before == "withdrawn" for before, _ in spot.before)
        ),
    ),
    (
        "the run is over: what becomes of a contract then is another integration's",
        lambda fault, spot, _: fault in {"withdrawn", "amended"} and spot.kind == "end",
    ),
    (
        "nothing is in hand there any more, or nothing yet",
        lambda fault, spot, moment: (
            fault in _OWN
            and (spot.kind == "end" or (spot.kind == "event" and moment is Moment.LEAVES))
        ),
    ),
    (
        "only a write has an intent, and only a delivery is stored",
        lambda _, spot, moment: moment is Moment.INTENT and spot.kind not in WRITES | {"event"},
    ),
    (
        "its outcome is the run, whose first commit is that of the record",
        lambda _, spot, moment: (
            moment in {Moment.OUTCOME, Moment.RECORDED}
            and spot.kind == "event"
            and spot.name != "wait"
        ),
    ),
    (
        "a person's answer is taken, not sent",
        lambda fault, spot, moment: (
            fault in _OWN and moment is Moment.LEAVES and spot.kind == "answer"
        ),
    ),
)
"""Reason -> of which cells it is one; the first that fits is said."""


def why_not(fault: str, spot: Spot, moment: Moment) -> str | None:
    """Return why there is no such cell; ``None``: there is one."""
    for reason, fits in WHY_NOT:
        if fits(fault, spot, moment):
            return reason
    return None


def everything() -> Iterator[tuple[Cell, str | None]]:
    """Yield every combination of fault, place and moment, and why it is impossible if it is."""
    for fault in FAULTS:
        for spot in SPOTS:
            for moment in MOMENTS[fault]:
                yield Cell(fault, spot, moment), why_not(fault, spot, moment)


@cache
def cells() -> tuple[Cell, ...]:
    """Return the cells that there are."""
    return tuple(cell for cell, reason in everything() if reason is None)
