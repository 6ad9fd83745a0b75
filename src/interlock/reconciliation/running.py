"""Which runs produced a record, or are at work on it: what no comparison of two lists can know."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from interlock.audit import trail
from interlock.estate.estate import Estate
from interlock.estate.plan import Put, every_step
from interlock.flow.run import Run, State, run_of
from interlock.flow.store import RunStore
from interlock.foundation.database import Database
from interlock.foundation.queries import load_queries
from interlock.reconciliation.definition import Definition
from interlock.reconciliation.finding import Break, Link

_QUERIES: Final = load_queries("interlock.reconciliation")
LATELY: Final = 40
"""Entries of a run's end that tell whether its last exchange is in doubt."""
MOST: Final = 2_000
"""Breaks that are linked to a run; those that are worth most come first."""
_RESTING: Final = frozenset({State.LISTENING, State.ASKING})
"""States of a run that has written all that it will write until somebody speaks."""


def at_work(database: Database, definition: Definition) -> Iterator[tuple[str, bool, bool]]:
    """Yield every key that an unfinished run is about: whether in doubt, whether still writing.

    A run is about its own key and about the records of the compared entities that it names; a
    customer is not in flight because an order is.
    """
    names = {side.entity for side in definition.sides}
    for integration in definition.covers:
        with database.transaction() as connection:
            rows = connection.rows(_QUERIES["unfinished"], {"integration": integration})
        for run in map(run_of, rows):
            doubt, moving = _in_doubt(database, run), run.state not in _RESTING
            told = {value for what, value in trail.mentions_of(database, run.id) if what in names}
            for key in {run.key, *told}:
                yield key, doubt, moving


def _in_doubt(database: Database, run: Run) -> bool:
    """Tell whether the last write was sent and nobody knows what became of it."""
    after = max(run.head.position - LATELY, 0)
    actions = [
        entry.action.removeprefix("step.")
        for entry in trail.read(database, run.id, after=after)
        if entry.action.startswith("step.")
    ]
    return bool(actions) and actions[-1] in {"intended", "uncertain"}


def linked(
    database: Database, estate: Estate, definition: Definition, breaks: Sequence[Break]
) -> Mapping[str, Link]:
    """Return, by break, the run of a covered integration that its records came from."""
    store = RunStore(database)
    found: dict[str, Link] = {}
    worth = sorted(breaks, key=lambda each: -(each.money.amount if each.money else 0))
    for each in worth[:MOST]:
        link = _link(store, estate, definition, each)
        if link is not None:
            found[each.id] = link
    return found


def _link(store: RunStore, estate: Estate, definition: Definition, found: Break) -> Link | None:
    names = [found.key, *(part.about or part.ref for part in found.parts)]
    streams = dict.fromkeys(
        stream for name in names if name for stream in trail.find(store.database, name)
    )
    runs = [run for run in map(store.find, streams) if run is not None]
    runs = [run for run in runs if run.integration in definition.covers]
    if not runs:
        return None
    run = max(runs, key=lambda each: (each.started_at, each.id))
    systems = {
        system
        for side in definition.sides
        if side.name in found.absent or not found.absent
        for system in side.systems
    }
    return Link(
        run=run.id,
        state=str(run.state),
        estate=run.estate,
        integration=run.integration,
        mapping=_mapping(estate, run.integration, systems, {s.entity for s in definition.sides}),
    )


def _mapping(estate: Estate, integration: str, systems: set[str], entities: set[str]) -> str:
    """Return where the step stands that writes such a record."""
    plan = estate.plans.get(integration)
    if plan is None:
        return ""
    for step in every_step(plan.steps):
        if isinstance(step, Put) and step.system in systems and step.entity in entities:
            return f"{step.id} ({step.place})"
    return ""
