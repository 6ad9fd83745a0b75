"""What comes after a run: a change that arrived while it was under way is not lost (F21).

Runs of one business key follow one another, so a change that calls for a run of its own waits for
the one that is under way. Whoever comes second, the change or the end of the run, sees the other:
both touch the run's row, and the database lets only one do so at a time.
"""

from collections.abc import Callable
from datetime import datetime
from typing import cast

from interlock.estate.estate import Estate
from interlock.flow import commands
from interlock.flow.commands import Begin
from interlock.flow.run import Run
from interlock.flow.store import QUERIES
from interlock.foundation.clock import iso
from interlock.foundation.database import Connection
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
        _begin(connection, run, Begin(plan=plan, key=run.key, **said), now)

    return begin_next


def _begin(connection: Connection, run: Run, wanted: Begin, now: datetime) -> str | None:
    begun = commands.begin(connection, wanted, now)
    if begun is not None:
        connection.execute(QUERIES["take_successors"], {"run": run.id})
    return begun
