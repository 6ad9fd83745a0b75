"""What comes after a run: a change that arrived while it was under way is not lost (F21).

Runs of one business key follow one another, so a change that calls for a run of its own waits for
the one that is under way. Whoever comes second, the change or the end of the run, sees the other:
both touch the run's row, and the database lets only one do so at a time.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import cast

from interlock.estate.estate import Estate
from interlock.estate.plan import Plan
from interlock.flow import commands
from interlock.flow.commands import Begin
from interlock.flow.core.carried import asked
from interlock.flow.core.decide import TRIGGER
from interlock.flow.core.progress import Progress, fold
from interlock.flow.run import Run
from interlock.flow.store import QUERIES, RunStore
from interlock.foundation.clock import iso
from interlock.foundation.database import Connection, one
from interlock.foundation.ids import derived
from interlock.foundation.values import dump, load


def begin_after(connection: Connection, run: Run, wanted: Begin, now: datetime) -> str | None:
    """Begin a run as soon as `run` has ended; return its id if that is already so.

    A completed run of an integration with one run a record may still be taken back by a person:
    what waits for that goes on waiting.
    """
    connection.execute(
        QUERIES["add_signal"],
        {
            "id": derived("successor", run.id, wanted.version),
            "run": run.id,
            "kind": "successor",
            "system": None,
            "event": None,
            "correlation": None,
            "body": dump(
                {
                    "ref": wanted.ref,
                    "version": wanted.version,
                    "why": wanted.why,
                    "correlation": wanted.correlation,
                }
            ),
            "at": iso(now),
        },
    )
    if connection.execute(QUERIES["touch"], {"id": run.id}):
        return None
    return _begin(connection, run, wanted, now)


def successor(estate: Estate, run: Run, now: datetime) -> Callable[[Connection], None]:
    """Return what to do in the transaction that ends `run`: begin what waited for that."""

    def begin_next(connection: Connection) -> None:
        plan = estate.plans.get(run.integration)
        waiting = list(connection.rows(QUERIES["successors"], {"run": run.id}))
        if not waiting or plan is None:
            return
        # However many changes came, one run reads the record as it is now.
        said = cast("dict[str, str]", load(str(waiting[-1]["body"])))
        wanted = Begin(
            plan=plan,
            key=run.key,
            ref=said["ref"],
            version=said["version"],
            why=said["why"],
            correlation=said["correlation"],
        )
        _begin(connection, run, wanted, now)

    return begin_next


def _begin(connection: Connection, run: Run, wanted: Begin, now: datetime) -> str | None:
    begun = commands.begin(connection, wanted, now)
    if begun is not None:
        connection.execute(QUERIES["take_successors"], {"run": run.id})
    return begun


def done_before(store: RunStore, run: Run, plan: Plan, progress: Progress) -> str | None:
    """Return the digest of what the record said when its key was last done with.

    Where one run is for one record that is when an earlier run was taken back: an event that comes
    later is not enough to do everything anew, the record must ask for something else. ``None``
    where it was taken back because the record was withdrawn or amended: it says by itself whether
    it asks anew.
    """
    if plan.trigger.each == "change":
        return store.carried_before(run)
    if progress.started is None or not progress.started.again or progress.begun:
        return None
    before = {"integration": run.integration, "key": run.key, "generation": run.generation - 1}
    with store.database.transaction() as connection:
        row = one(connection.rows(QUERIES["taken_back"], before))
        facts = [] if row is None else store.facts_in(connection, str(row["id"]))
    found = fold(Progress(retry=plan.retry), facts).results.get(TRIGGER)
    return asked(plan, found) if isinstance(found, Mapping) else None
