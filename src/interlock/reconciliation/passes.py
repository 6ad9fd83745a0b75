"""What the key left alone, matched in order: each pass takes what it matches from all later ones.

Matching is unique or it is not done: a row that could belong to two others stays a break, and
two payments never take one invoice. Amounts of two currencies never meet.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from interlock.reconciliation.cause import MATCHED, Cause
from interlock.reconciliation.choosing import chosen
from interlock.reconciliation.comparison import Match, Mode, Pass
from interlock.reconciliation.finding import Matched
from interlock.reconciliation.keyed import by_currency
from interlock.reconciliation.slate import EXACT, Slate

ALIKE: Final = "keys that differ in case, spaces or leading zeros"
Groups = defaultdict[tuple[object, ...], list[tuple[int, Decimal]]]
Parts = Sequence[tuple[str, str]]
"""Side and the system's own id of every record of a match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What a person said belongs together, and what was left over when it was said."""

    parts: Parts
    left: Decimal = Decimal(0)


def carry_out(slate: Slate, decided: Iterable[Agreed] = ()) -> list[Matched]:
    """Match what is alone: by what people decided, by the passes, by keys that look alike."""
    slate.run(
        "CREATE TEMP TABLE suggested (sid VARCHAR, side INTEGER, n UBIGINT, "
        f"balance {EXACT}, by_what VARCHAR)"
    )
    if len(slate.comparison.sides) > 2:  # noqa: PLR2004 (more than the key is between two sides)
        return []
    found = [Matched(name="decided", mode=Mode.AUTOMATIC, records=_decided(slate, decided))]
    for number, each in enumerate(slate.comparison.passes, start=1):
        name = f"{number}. {each.match} by {', '.join(each.on) or 'amount'}"
        found.append(Matched(name=name, mode=each.mode, records=_pass(slate, each, name)))
    found.append(Matched(name=ALIKE, mode=Mode.SUGGESTED, records=_alike(slate)))
    return [each for each in found if each.records]


def _pass(slate: Slate, each: Pass, name: str) -> int:
    if each.choose:
        _choose(slate, each)
    elif each.match is Match.ONE_TO_ONE:
        _found(slate, _one_to_one(slate, each))
    else:
        _found(slate, _one_to_many(slate, each))
    fits = f"abs(balance) <= {format(each.tolerance, 'f')}"
    if each.mode is Mode.SUGGESTED:
        return _suggest(slate, fits, name)
    if each.linked:
        _link(slate, f"NOT {fits}")
    return _settle(slate, fits)


def _found(slate: Slate, statement: str) -> None:
    """Make `found`: the rows of every match under the number of one of them, and what is left."""
    slate.run(f"CREATE OR REPLACE TEMP TABLE found AS {statement}")


def _equal(slate: Slate, each: Pass) -> tuple[list[str], str]:
    """Return the columns that must be equal, and the condition that they say something."""
    names = ["currency", *(slate.spelled(name) for name in each.on)]
    return names, " AND ".join(f"{name} IS NOT NULL" for name in ("amount", *names))


def _one_to_one(slate: Slate, each: Pass) -> str:
    names, told = _equal(slate, each)
    same = " AND ".join(f"l.{name} = r.{name}" for name in names)
    free = f"(SELECT * FROM alone WHERE held IS NULL AND side = {{}} AND {told})"  # noqa: S608 (names of ours)
    return (
        "SELECT gid, unnest([gid, other]) AS n, balance FROM (SELECT l.n AS gid, "  # noqa: S608 (names of ours)
        f"r.n AS other, l.amount - r.amount AS balance FROM {free.format(0)} l JOIN "
        f"{free.format(1)} r ON {same} "
        f"AND abs(l.amount - r.amount) <= {format(each.tolerance, 'f')} "
        "QUALIFY count(*) OVER (PARTITION BY l.n) = 1 AND count(*) OVER (PARTITION BY r.n) = 1)"
    )


def _one_to_many(slate: Slate, each: Pass) -> str:
    one = 0 if each.match is Match.ONE_TO_MANY else 1
    names, told = _equal(slate, each)
    listed, same = ", ".join(names), " AND ".join(f"s.{name} = m.{name}" for name in names)
    free = f"FROM alone WHERE held IS NULL AND {told}"
    return (
        f"WITH s AS (SELECT {listed}, min(n) AS gid, min(amount) AS amount {free} "  # noqa: S608 (names of ours)
        f"AND side = {one} GROUP BY {listed} HAVING count(*) = 1), "
        f"m AS (SELECT {listed}, sum(amount) AS amount, list(n) AS ns {free} "
        f"AND side = {1 - one} GROUP BY {listed}) "
        "SELECT gid, unnest(list_append(ns, gid)) AS n, s.amount - m.amount AS balance "
        f"FROM s JOIN m ON {same}"
    )


def _choose(slate: Slate, each: Pass) -> None:
    """Look, for every one, for the many whose sum it is; whoever is wanted twice is left."""
    one = 0 if each.match is Match.ONE_TO_MANY else 1
    names, told = _equal(slate, each)
    free = (
        f"SELECT side, n, amount, {', '.join(names)} FROM alone "  # noqa: S608 (names of ours)
        f"WHERE held IS NULL AND {told} ORDER BY amount, ref, n"
    )
    singles, many = Groups(list), Groups(list)
    for side, n, amount, *group in slate.rows(free):
        kept = singles if side == one else many
        kept[tuple(group)].append((int(str(n)), Decimal(str(amount))))
    sets = _sets(singles, many)
    wanted = [n for ns in sets.values() for n in ns]
    sure = {gid: ns for gid, ns in sets.items() if all(wanted.count(n) == 1 for n in ns)}
    rows = [(gid, n) for gid, ns in sure.items() for n in (gid, *ns)]
    _found(slate, f"SELECT 0::UBIGINT AS gid, 0::UBIGINT AS n, 0::{EXACT} AS balance WHERE false")
    if rows:
        slate.run(
            "INSERT INTO found SELECT unnest(?::UBIGINT[]), unnest(?::UBIGINT[]), 0",
            [[gid for gid, _ in rows], [n for _, n in rows]],
        )


def _sets(singles: Groups, many: Groups) -> dict[int, list[int]]:
    """Return, for every one that has exactly one answer, the many that make it."""
    found: dict[int, list[int]] = {}
    for group, ones in singles.items():
        items = many.get(group, [])
        for n, amount in ones:
            places = chosen(amount, [open_ for _, open_ in items])
            if places is not None:
                found[n] = [items[place][0] for place in places]
    return found


def _settle(slate: Slate, condition: str) -> int:
    """Take what matches out of `alone`; return how many rows."""
    return _take(slate, condition, f"'{MATCHED}'", "'m:' || gid")


def _link(slate: Slate, condition: str) -> None:
    """Make one break of what belongs together and does not add up."""
    bound = by_currency(slate.comparison.rounding, "currency")
    cause = f"CASE WHEN abs(balance) <= {bound} THEN '{Cause.ROUNDING}' ELSE '{Cause.AMOUNT}' END"
    name = "'g:' || first_value(side || ':' || ref) OVER (PARTITION BY gid ORDER BY side, ref)"
    _take(slate, condition, cause, name)


def _take(slate: Slate, condition: str, cause: str, name: str) -> int:
    slate.run(
        f"INSERT INTO piece SELECT {name}, {cause}, key, side, n, ref, about, system, "  # noqa: S608 (names of ours)
        f"legal_entity, currency, amount, false FROM alone JOIN found USING (n) WHERE {condition}"
    )
    taken = f"SELECT n FROM found WHERE {condition}"  # noqa: S608 (names of ours)
    ((count,),) = slate.rows(f"SELECT count(*) FROM alone WHERE n IN ({taken})")  # noqa: S608 (names of ours)
    slate.run(f"DELETE FROM alone WHERE n IN ({taken})")  # noqa: S608 (names of ours)
    slate.run(f"DELETE FROM found WHERE {condition}")  # noqa: S608 (names of ours)
    return int(str(count))


def _suggest(slate: Slate, condition: str, by_what: str) -> int:
    """Hold what seems to belong together for a person; the rows stay breaks until then."""
    slate.run(
        "CREATE OR REPLACE TEMP TABLE held AS SELECT gid, md5(string_agg(side || ':' || ref, '|' "  # noqa: S608 (names of ours)
        f"ORDER BY side, ref)) AS sid FROM found JOIN alone USING (n) WHERE {condition} "
        "GROUP BY gid"
    )
    slate.run(
        "INSERT INTO suggested SELECT sid, side, n, balance, ? FROM found JOIN held USING (gid) "
        "JOIN alone USING (n)",
        [by_what],
    )
    slate.run(
        "UPDATE alone SET held = s.sid FROM suggested s WHERE s.n = alone.n AND held IS NULL"
    )
    ((count,),) = slate.rows("SELECT count(*) FROM found JOIN held USING (gid)")
    return int(str(count))


def spelled(key: str) -> str:
    """Return what is left of a key without case, signs and leading zeros, as an expression."""
    return f"ltrim(upper(regexp_replace({key}, '[^A-Za-z0-9]', '', 'g')), '0')"


def _alike(slate: Slate) -> int:
    left, right = spelled("l.key"), spelled("r.key")
    _found(
        slate,
        "SELECT gid, unnest([gid, other]) AS n, balance FROM (SELECT l.n AS gid, r.n AS other, "  # noqa: S608 (names of ours)
        "coalesce(l.amount, 0) - coalesce(r.amount, 0) AS balance FROM "
        "(SELECT * FROM alone WHERE held IS NULL AND side = 0) l JOIN "
        "(SELECT * FROM alone WHERE held IS NULL AND side = 1) r ON "
        f"{left} = {right} AND {left} <> '' "
        "QUALIFY count(*) OVER (PARTITION BY l.n) = 1 AND count(*) OVER (PARTITION BY r.n) = 1)",
    )
    return _suggest(slate, "true", ALIKE)


def _decided(slate: Slate, decided: Iterable[Agreed]) -> int:
    """Match what a person said belongs together, if all is alone and still comes to the same."""
    listed = [
        (number, slate.comparison.sides.index(side), ref, each.left)
        for number, each in enumerate(decided)
        for side, ref in each.parts
        if side in slate.comparison.sides
    ]
    if not listed:
        return 0
    slate.run(
        "CREATE TEMP TABLE decided AS SELECT unnest(?) AS number, unnest(?) AS side, "
        f"unnest(?) AS ref, unnest(?)::{EXACT} AS allowed",
        [list(column) for column in zip(*listed, strict=True)],
    )
    signed = "sum(CASE WHEN side = 0 THEN coalesce(amount, 0) ELSE -coalesce(amount, 0) END)"
    _found(
        slate,
        "SELECT number::UBIGINT AS gid, n, 0 AS balance FROM decided JOIN alone USING (side, ref) "  # noqa: S608 (names of ours)
        "QUALIFY count(*) OVER (PARTITION BY number) = "
        "(SELECT count(*) FROM decided d WHERE d.number = decided.number) "
        "AND count(*) OVER (PARTITION BY n) = 1 "
        f"AND {signed} OVER (PARTITION BY number) = allowed",
    )
    return _settle(slate, "true")
