"""Runs as people look through them: by stage, the latest first, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Final

from interlock.flow.run import Run, State, run_of
from interlock.flow.store import QUERIES
from interlock.foundation.clock import iso
from interlock.foundation.database import Connection


class Stage(StrEnum):
    """Where a transaction stands, in words for people."""

    UNDER_WAY = "under-way"
    NEEDS_A_PERSON = "needs-a-person"
    COMPLETED = "completed"
    TAKEN_BACK = "taken-back"
    WITHDRAWN = "withdrawn"


STAGES: Final[Mapping[Stage, frozenset[State]]] = {
    Stage.UNDER_WAY: frozenset(
        {State.READY, State.RUNNING, State.SLEEPING, State.LISTENING, State.BATCHED}
    ),
    Stage.NEEDS_A_PERSON: frozenset({State.ASKING, State.PARKED}),
    Stage.COMPLETED: frozenset({State.COMPLETED}),
    Stage.TAKEN_BACK: frozenset({State.COMPENSATED}),
    Stage.WITHDRAWN: frozenset({State.CANCELLED}),
}
_LATEST: Final = "9999"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which runs are meant; empty means any."""

    stage: Stage | None = None
    integration: str = ""
    legal_entity: str = ""


def stage_of(state: State) -> Stage:
    """Return the stage that a state belongs to."""
    return next(stage for stage, states in STAGES.items() if state in states)


def listed(
    connection: Connection, wanted: Wanted, after: tuple[str, str] | None, limit: int
) -> list[Run]:
    """Return runs behind the place ``(started, id)``, the latest first.

    Each state is read by its own index and the lists are merged: a page costs the same in a
    table of a million runs.
    """
    states = STAGES[wanted.stage] if wanted.stage else frozenset(State)
    started_at, identity = after or (_LATEST, "")
    row = {
        "started_at": started_at,
        "id": identity,
        "integration": wanted.integration,
        "legal_entity": wanted.legal_entity,
        "limit": limit,
    }
    pages = [
        [run_of(found) for found in connection.rows(QUERIES["listed"], {**row, "state": state})]
        for state in sorted(states)
    ]
    return list(islice(merge(*pages, key=_place), limit))


def place(run: Run) -> tuple[str, str]:
    """Return a run's place in the list."""
    return iso(run.started_at), run.id


def _place(run: Run) -> tuple[float, str]:
    return -run.started_at.timestamp(), run.id
