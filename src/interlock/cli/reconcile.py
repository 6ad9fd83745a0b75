"""``interlock reconcile``: do the systems agree, and if not, why, and what is it worth?"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from interlock.cli.rendering.reconciliation import show
from interlock.cli.terminal import Json, print_json
from interlock.reconciliation.examining import Verdict

EXIT: Final = {Verdict.AGREES: 0, Verdict.BREAKS: 1, Verdict.UNKNOWN: 2}
SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """What is looked at, and how."""

    as_of: date | None = None
    """The last day of the period; what counts later is left out. Today if not said."""
    settle: timedelta | None = None
    """How long a record must have been left alone, such as 2h; as declared if not said."""
    dry_run: Annotated[bool, Parameter(negative="")] = False
    """Only look: no break becomes a case, and nothing is recorded."""
    changes: Annotated[bool, Parameter(negative="")] = False
    """Ask the systems only for what changed since rows were kept, and keep them for the next look;
    what was deleted where nobody tells so is found by a look at the whole."""
    accept: Annotated[bool, Parameter(negative="")] = False
    """What no record shows any more, and most did at the last look, is meant so."""
    limit: int = SHOWN
    """At most so many breaks are shown, those worth most first; --json has all."""


_AS_DECLARED = Looking()


def reconcile(
    name: str,
    *,
    looking: Annotated[Looking, Parameter(name="*")] = _AS_DECLARED,
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Compare the systems that NAME declares, and name the cause of every difference.

    Exit codes: 0 all matched, 1 breaks, 2 could not tell: a side was not read to its end, or a
    record could not be understood.

    Example: ``interlock reconcile invoices --as-of 2026-10-31 --home .interlock``

    Args:
        name: The reconciliation, as the estate declares it.
        looking: What is looked at.
        home: Where the installation lives.
        json: One JSON object instead of tables.
    """
    from interlock.bootstrap.house import open_house
    from interlock.cases import commands as cases
    from interlock.reconciliation import commands, store
    from interlock.reconciliation.definition import definition_of
    from interlock.reconciliation.examining import Examiner
    from interlock.reconciliation.keeping import Keeping

    with open_house(home) as house:
        database, clock = house.store.database, house.store.clock
        estate = house.store.archive.current()
        definition = definition_of(estate, name)
        with database.transaction() as connection:
            decisions = store.decisions(connection, name)
        keeping = Keeping(folder=house.store.home / "rows", feed=house.gate, whole=False)
        examiner = Examiner(
            estate=estate,
            source=house.gate,
            database=database,
            clock=clock,
            keeping=keeping if looking.changes else None,
        )
        found = examiner.examine(
            name,
            looking.as_of,
            looking.settle,
            decisions,
            commands.before(database, name, accepted=looking.accept),
        )
        if not looking.dry_run:
            commands.record(database, definition, found, clock)
            cases.collect(database)
    if json:
        print_json({"verdict": found.verdict, "examination": found})
    else:
        show(found, looking.limit)
    return EXIT[found.verdict]
