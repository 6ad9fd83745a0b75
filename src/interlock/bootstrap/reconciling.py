"""Carry reconciliations out when their schedules say so: beside the work, never in its place."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from interlock.bootstrap.beside import beside
from interlock.bootstrap.house import House, Store
from interlock.cases import commands as cases
from interlock.flow import restoration
from interlock.foundation.errors import InterlockError
from interlock.gate.paging import Source
from interlock.reconciliation import commands, turns
from interlock.reconciliation.definition import definition_of
from interlock.reconciliation.examining import Examination, Examiner, Verdict
from interlock.reconciliation.store import decisions

EVERY: Final = timedelta(seconds=5)
"""Between looks at the schedules, whose smallest unit is a minute."""


@contextmanager
def reconciling(house: House) -> Iterator[None]:
    """Do so in a thread of its own until the end of the block."""
    with beside("reconciliations", lambda: carry_out_due(house.store, house.gate), EVERY):
        yield


def carry_out_due(store: Store, source: Source) -> list[Examination]:
    """Carry out what is due now, one after the other; return what was found.

    One that cannot be carried out is told and becomes a case; the others go on.
    """
    if restoration.under_way(store.database) is not None:
        return []
    found: list[Examination] = []
    estate, worker = store.archive.current(), store.settings.worker
    for turn in turns.due(store.database, estate, worker, store.clock.now()):
        told = False
        try:
            found.append(examined(store, source, turn.name))
            told = found[-1].verdict is not Verdict.UNKNOWN
        except InterlockError as error:
            commands.untold(store.database, estate, turn.name, str(error), store.clock)
        finally:
            turns.end(store.database, turn, store.clock.now(), told=told)
        cases.collect(store.database)
    return found


def examined(store: Store, source: Source, name: str) -> Examination:
    """Carry a reconciliation out, and keep what it found."""
    estate = store.archive.current()
    with store.database.transaction() as connection:
        known = decisions(connection, name)
    examiner = Examiner(estate=estate, source=source, database=store.database, clock=store.clock)
    before = commands.before(store.database, name)
    found = examiner.examine(name, decisions=known, before=before)
    commands.record(store.database, definition_of(estate, name), found, store.clock)
    return found
