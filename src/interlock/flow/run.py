"""A run as a row: its identity, its state, and who may write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from interlock.audit import Head
from interlock.foundation.clock import from_iso
from interlock.foundation.database import Row
from interlock.foundation.ids import derived


class State(StrEnum):
    """Where a run stands. The last three are ends; every event ends in one of them or a case."""

    READY = "ready"
    RUNNING = "running"
    SLEEPING = "sleeping"
    LISTENING = "listening"
    BATCHED = "batched"
    """Its write left with others; nobody takes it up before it is known what became of that."""
    ASKING = "asking"
    PARKED = "parked"
    COMPLETED = "completed"
    COMPENSATED = "compensated"
    CANCELLED = "cancelled"


ENDS: Final = frozenset({State.COMPLETED, State.COMPENSATED, State.CANCELLED})

MOVES: Final[Mapping[State, frozenset[State]]] = {
    State.READY: frozenset({State.RUNNING}),
    State.RUNNING: frozenset(State) - {State.READY},
    State.SLEEPING: frozenset({State.RUNNING}),
    State.LISTENING: frozenset({State.RUNNING}),
    State.BATCHED: frozenset({State.RUNNING}),
    State.ASKING: frozenset({State.RUNNING}),
    State.PARKED: frozenset({State.RUNNING}),
    State.COMPLETED: frozenset({State.RUNNING}),
    State.COMPENSATED: frozenset(),
    State.CANCELLED: frozenset(),
}
"""Every legal move. A completed run moves only when somebody replays it, and then does nothing
outside: everything it did is remembered."""

RANKS: Final[Mapping[str, int]] = {"critical": 0, "high": 1, "medium": 2, "low": 3}


def run_id(integration: str, key: str, generation: int) -> str:
    """Return the identity of a run: the same event can only ever mean the same run (F12, F22)."""
    return f"run_{derived(integration, key, str(generation), length=24)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of an integration for one business key."""

    id: str
    integration: str
    key: str
    generation: int
    state: State
    estate: str
    segment: int
    length: int
    head: Head
    signals: int
    due_at: datetime | None
    path: str | None
    seen: str | None
    """Digest of what the integration carries of the triggering record, once that was read."""
    legal_entity: str | None
    currency: str | None
    amount: str | None
    started_at: datetime
    updated_at: datetime


def run_of(row: Row) -> Run:
    """Return the run that a row of the table holds."""
    due = row["due_at"]
    return Run(
        id=str(row["id"]),
        integration=str(row["integration"]),
        key=str(row["key"]),
        generation=int(str(row["generation"])),
        state=State(str(row["state"])),
        estate=str(row["estate"]),
        segment=int(str(row["segment"])),
        length=int(str(row["length"])),
        head=Head(int(str(row["head_position"])), str(row["head_hash"])),
        signals=int(str(row["signals"])),
        due_at=None if due is None else from_iso(str(due)),
        path=_text(row["path"]),
        seen=_text(row["seen"]),
        legal_entity=_text(row["legal_entity"]),
        currency=_text(row["currency"]),
        amount=_text(row["amount"]),
        started_at=from_iso(str(row["started_at"])),
        updated_at=from_iso(str(row["updated_at"])),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def kept_under(integration: str, correlation: str) -> str:
    """Return the correlation of an event that is kept for an integration."""
    return f"{integration}:{correlation}"
