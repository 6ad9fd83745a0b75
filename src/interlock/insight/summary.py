"""How many runs stand where, and for how much: from the trail, kept up as it grows.

The sums are kept beside the runs, so that the answer costs the number of groups and not of runs;
what is added to one group is taken from another in the same transaction, so they always tie.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, cast

from interlock.audit import order
from interlock.audit.entry import Stored
from interlock.foundation.database import Connection, Database, Row, one
from interlock.foundation.money import Money
from interlock.foundation.queries import load_queries, load_schema
from interlock.insight.reading import money_of, text
from interlock.insight.story import STATES

_QUERIES: Final = load_queries("interlock.insight")
READER: Final = "insight.summary"
PAGE: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Group:
    """What is counted together."""

    integration: str
    legal_entity: str
    currency: str
    """Empty while it is not known what a run is about."""
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many runs are in a group, and what they are about in money."""

    group: Group
    runs: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """Where one run stands."""

    group: Group
    amount: Decimal = Decimal(0)
    position: int = 0


def create(database: Database) -> None:
    """Create the tables of this room that do not exist yet."""
    database.create(load_schema("interlock.insight"))


def summary(database: Database) -> tuple[Count, ...]:
    """Read what is new in the trail; return how many runs stand where."""
    keep_up(database)
    return tallies(database)


def keep_up(database: Database) -> None:
    """Read what is new in the trail into the sums."""
    order.number(database)
    more = True
    while more:
        with database.transaction() as connection:
            page = order.take_up(connection, READER, PAGE, STATES)
            _take_in(connection, page.entries)
        more = page.more


def tallies(database: Database) -> tuple[Count, ...]:
    """Return how many runs stand where, as of what was read last."""
    with database.transaction() as connection:
        rows = connection.rows(_QUERIES["tallies"], {})
    return tuple(
        Count(
            group=Group(
                integration=str(row["integration"]),
                legal_entity=str(row["legal_entity"]),
                currency=str(row["currency"]),
                state=str(row["state"]),
            ),
            runs=cast("int", row["runs"]),
            amount=Decimal(str(row["amount"])),
        )
        for row in rows
    )


def runs_in(
    database: Database, integration: str, state: str, *, limit: int = 100_000
) -> list[tuple[str, Money | None]]:
    """Return the runs of an integration that stand in `state`, as of the last `summary`."""
    wanted = {"integration": integration, "state": state, "limit": limit}
    with database.transaction() as connection:
        rows = connection.rows(_QUERIES["runs_in"], wanted)
    return [(str(row["run"]), _worth(row)) for row in rows]


def _worth(row: Row) -> Money | None:
    if not row["currency"]:
        return None
    return Money(Decimal(str(row["amount"])), str(row["currency"]))


def _take_in(connection: Connection, entries: Iterable[Stored]) -> None:
    before: dict[str, _Standing | None] = {}
    after: dict[str, _Standing] = {}
    for entry in entries:
        run = entry.stream
        if run not in before:
            before[run] = known = _standing(connection, run)
            if known is not None:
                after[run] = known
        after[run] = _moved(after.get(run), entry)
    changes: dict[Group, tuple[int, Decimal]] = {}
    for run, standing in after.items():
        _keep(connection, run, standing)
        was = before[run]
        if was is not None:
            _count(changes, was, -1)
        _count(changes, standing, 1)
    for group in sorted(changes):
        _add(connection, group, *changes[group])


def _count(changes: dict[Group, tuple[int, Decimal]], standing: _Standing, sign: int) -> None:
    runs, amount = changes.get(standing.group, (0, Decimal(0)))
    changes[standing.group] = (runs + sign, amount + sign * standing.amount)


def _moved(known: _Standing | None, entry: Stored) -> _Standing:
    data = entry.data
    if known is None:
        group = Group(integration="", legal_entity="", currency="", state="running")
        known = _Standing(group=group)
    money = money_of(data.get("money"))
    group = replace(
        known.group,
        integration=text(data, "integration") or known.group.integration,
        legal_entity=text(data, "legal_entity") or known.group.legal_entity,
        currency=money.currency if money else known.group.currency,
        state=STATES[entry.action],
    )
    amount = money.amount if money else known.amount
    return _Standing(group=group, amount=amount, position=entry.position)


def _standing(connection: Connection, run: str) -> _Standing | None:
    row = one(connection.rows(_QUERIES["run"], {"run": run}))
    if row is None:
        return None
    group = Group(
        integration=str(row["integration"]),
        legal_entity=str(row["legal_entity"]),
        currency=str(row["currency"]),
        state=str(row["state"]),
    )
    position = cast("int", row["position"])
    return _Standing(group=group, amount=Decimal(str(row["amount"])), position=position)


def _keep(connection: Connection, run: str, standing: _Standing) -> None:
    amounts = {"amount": str(standing.amount), "position": standing.position}
    connection.execute(_QUERIES["keep_run"], {"run": run, **_names(standing.group), **amounts})


def _add(connection: Connection, group: Group, runs: int, amount: Decimal) -> None:
    names = _names(group)
    row = one(connection.rows(_QUERIES["tally"], names))
    known = (cast("int", row["runs"]), Decimal(str(row["amount"]))) if row else (0, Decimal(0))
    sums = {"runs": known[0] + runs, "amount": str(known[1] + amount)}
    connection.execute(_QUERIES["keep_tally"], {**names, **sums})


def _names(group: Group) -> Mapping[str, str]:
    return {
        "integration": group.integration,
        "legal_entity": group.legal_entity,
        "currency": group.currency,
        "state": group.state,
    }
