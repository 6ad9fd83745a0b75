"""At the end of the demo the systems are compared: what was planted is found, with its cause."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from interlock.reconciliation.examining import Examination

COMPARED: Final = ("customers", "sold", "invoices", "payments", "billing-to-ledger")
"""Of the example's reconciliations, those that find what the story planted: customers merged in
the CRM, deals that wait for a person, a payment for an invoice that nobody could post."""


def compared(home: Path) -> list[dict[str, Any]]:
    """Carry out reconciliations of an installation that came to rest; their breaks are recorded.

    Raises:
        InvariantError: A side does not tie.
    """
    from interlock.bootstrap.house import open_house
    from interlock.reconciliation import commands
    from interlock.reconciliation.definition import definition_of
    from interlock.reconciliation.examining import Examiner

    with open_house(home) as house:
        estate, database, clock = (
            house.store.archive.current(),
            house.store.database,
            house.store.clock,
        )
        examiner = Examiner(estate=estate, source=house.gate, database=database, clock=clock)
        found = [examiner.examine(name, settle=timedelta()) for name in COMPARED]
        for each in found:
            commands.record(database, definition_of(estate, each.name), each, clock)
        return [_told(each) for each in found]


def _told(found: Examination) -> dict[str, Any]:
    report = found.report
    causes = Counter(str(each.cause) for each in report.breaks) if report else Counter[str]()
    return {
        "name": found.name,
        "verdict": str(found.verdict),
        "records": sum(each.records for each in found.sides),
        "ties": report is not None and report.ties,
        "breaks": dict(sorted(causes.items())),
        "at_stake": {
            cause: {currency: str(amount) for currency, amount in worth.items()}
            for cause, worth in sorted(found.at_stake.items())
        },
        "could_not_tell": list(found.troubles),
    }


def tell_compared(found: Sequence[Mapping[str, Any]]) -> None:
    """Show to people what came of it."""
    from interlock.cli.terminal import print_table

    rows = [
        (
            each["name"],
            each["verdict"],
            each["records"],
            "ties" if each["ties"] else "not compared",
            ", ".join(f"{count} {cause}" for cause, count in each["breaks"].items()),
            "; ".join(
                f"{cause} {' '.join(f'{amount} {currency}' for currency, amount in worth.items())}"
                for cause, worth in each["at_stake"].items()
            ),
        )
        for each in found
    ]
    columns = ["reconciliation", "verdict", "records", "totals", "breaks by cause", "at stake"]
    print_table("Do the systems agree?", columns, rows)
