"""``interlock view``: one view of an entity over every system that holds it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter

from interlock.cli.terminal import Json, print_json, print_table
from interlock.insight.view import Line, View

LATELY: Final = timedelta(days=90)
FINE, FINDINGS, UNKNOWN = 0, 1, 2


def view(
    entity: str,
    *,
    since: datetime | None = None,
    system: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    home: Path | None = None,
    json: Json = False,
) -> int:
    """Show one view of ENTITY over every system that holds it, read where it is.

    Each record is shown as the system has it that is the authority for its legal entity, in the
    words of the entity. Told are also: records in the books of another entity's system, and
    records that are twice in one.

    Exit codes: 0 fine, 1 something is where it does not belong, 2 not everything could be read.

    Example: ``interlock view invoice --system erp --system legacy --since 2026-01-01``

    Args:
        entity: The entity, such as invoice.
        since: What changed since this date; the last 90 days if left out.
        system: Ask only this system; several times for several.
        home: Where the installation lives.
        json: One JSON object instead of tables.
    """
    from interlock.bootstrap.house import open_house
    from interlock.insight.view import Lens
    from interlock.insight.view import view as viewed

    with open_house(home) as house:
        store = house.store
        lens = Lens(
            estate=store.archive.current(),
            feed=house.gate,
            clock=store.clock,
            only=frozenset(system),
        )
        begun = since or store.clock.now() - LATELY
        found = viewed(lens, entity, begun if begun.tzinfo else begun.replace(tzinfo=UTC))
    if json:
        print_json(found)
    else:
        _print(found)
    if found.troubles:
        return UNKNOWN
    return FINDINGS if any(line.finding for line in found.lines) else FINE


def _print(found: View) -> None:
    columns = ["key", "legal entity", "system", "ref", "posted", "says", "also in", "finding"]
    print_table(f"{found.entity}, changed since {found.since:%Y-%m-%d}", columns, _rows(found))
    money = sorted({name for each in found.sums for name in each.amounts})
    rows = [
        (
            each.legal_entity,
            each.system,
            each.currency,
            _yes(posted=each.posted),
            each.records,
            *(each.amounts.get(name, "") for name in money),
        )
        for each in found.sums
    ]
    heads = ["legal entity", "system", "currency", "posted", "records", *money]
    print_table("together", heads, rows)
    if not found.lines:
        print(f"no {found.entity} changed since {found.since:%Y-%m-%d}")
    for trouble in found.troubles:
        print(f"not known: {trouble}")


def _rows(found: View) -> list[tuple[object, ...]]:
    return [
        (
            line.key or "-",
            line.legal_entity,
            line.system,
            line.ref,
            _yes(posted=line.posted),
            _said(line),
            ", ".join(line.also_in),
            line.finding,
        )
        for line in found.lines
    ]


def _yes(*, posted: bool | None) -> str:
    return "" if posted is None else ("yes" if posted else "no")


def _said(line: Line) -> str:
    """Return what a record says, without what has a column of its own, and without its lines."""
    told = {
        name: value
        for name, value in line.record.items()
        if value is not None and not isinstance(value, list) and value != line.legal_entity
    }
    return ", ".join(f"{name} {value}" for name, value in told.items())
