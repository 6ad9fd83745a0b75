"""The first pass: equal keys, by digests, and only what differs is looked at closely.

Sides of almost the same size are first compared by a sum for each bucket of keys, so that two that
agree are proven equal by hardly more than reading them. Then sixteen bytes a row are joined, of
what those sums left open. A collision of two keys' digests only adds a suspect; a difference is
missed only if key and content collide both (2^-64 a pair).
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from interlock.reconciliation.comparison import Column
from interlock.reconciliation.slate import Slate

CLOSE: Final = 64
"""Sides are added up before they are joined if they differ by at most this part of the buckets in
rows: then a thousand differences leave all but one row in sixty-four alone."""
_KEYED: Final = "kh IS NOT NULL AND NOT late"


def pair_by_key(slate: Slate, *, closely: bool = False) -> None:
    """Make `suspect`, `member` and `grp`: everything that does not plainly agree.

    `closely`: everything is suspect, and no digest is believed.
    """
    slate.run("CREATE TEMP TABLE suspect (kh UBIGINT)")
    if closely:
        _suspect_all(slate)
    else:
        _suspect(slate)
    slate.run(_members(slate))
    slate.run(_groups(slate))


def _suspect_all(slate: Slate) -> None:
    for index in range(len(slate.comparison.sides)):
        slate.run(f"INSERT INTO suspect SELECT kh FROM side_{index} WHERE {_KEYED}")  # noqa: S608 (names of ours)


def _suspect(slate: Slate) -> None:
    for number, (one, other, _) in enumerate(slate.comparison.pairs()):
        open_ = _uneven(slate, number, one, other)
        slate.run(
            "INSERT INTO suspect SELECT coalesce(l.kh, r.kh) FROM "  # noqa: S608 (names of ours)
            f"(SELECT kh, f{number} FROM side_{one} WHERE {open_}) l FULL JOIN "
            f"(SELECT kh, f{number} FROM side_{other} WHERE {open_}) r ON l.kh = r.kh "
            f"WHERE l.f{number} IS DISTINCT FROM r.f{number}"
        )
        # keys that are there twice on both sides of an even bucket are so on the first one
        slate.run(f"INSERT INTO suspect {_twice(one, _KEYED)}")
        slate.run(f"INSERT INTO suspect {_twice(other, open_)}")


def _twice(side: int, which: str) -> str:
    return f"SELECT kh FROM side_{side} WHERE {which} GROUP BY kh HAVING count(*) > 1"  # noqa: S608 (names of ours)


def _uneven(slate: Slate, number: int, one: int, other: int) -> str:
    """Return the condition under which a row must be joined: all of them, or some buckets'."""
    counts = [slate.count(f"SELECT count(*) FROM side_{side}") for side in (one, other)]  # noqa: S608 (names of ours)
    if abs(counts[0] - counts[1]) > slate.buckets // CLOSE or max(counts) < slate.buckets:
        return _KEYED
    bucket = f"(kh & {slate.buckets - 1})::USMALLINT"
    sums = [
        f"SELECT {bucket} AS b, count(*) AS c, sum(hash(kh, f{number})) AS s FROM side_{side} "  # noqa: S608 (names of ours)
        f"WHERE {_KEYED} GROUP BY b"
        for side in (one, other)
    ]
    slate.run(
        f"CREATE OR REPLACE TEMP TABLE uneven AS SELECT b FROM ({sums[0]}) l "  # noqa: S608 (names of ours)
        f"FULL JOIN ({sums[1]}) r USING (b) WHERE l.c IS DISTINCT FROM r.c "
        "OR l.s IS DISTINCT FROM r.s"
    )
    return f"{_KEYED} AND {bucket} IN (SELECT b FROM uneven)"  # noqa: S608 (names of ours)


def _members(slate: Slate) -> str:
    """Return the rows of all suspects; of several on one side the one that agrees comes first."""
    everybody = set(slate.comparison.sides)
    shared = [c for c in slate.comparison.columns if everybody <= set(c.sides)]
    content = slate.content(shared)
    suspects = " UNION ALL ".join(
        f"SELECT {index} AS side, * EXCLUDE ({', '.join(slate.digests(index))}), "  # noqa: S608 (names of ours)
        f"hash({content}) AS fh FROM side_{index} "
        "WHERE kh IN (SELECT kh FROM suspect)"
        for index in range(len(slate.comparison.sides))
    )
    return (
        "CREATE TEMP TABLE member AS SELECT * EXCLUDE (fh, agrees), row_number() OVER "  # noqa: S608 (names of ours)
        "(PARTITION BY key, side ORDER BY late, agrees DESC, ref, n) AS turn FROM ("
        "SELECT *, min(side) OVER same <> max(side) OVER same AS agrees "
        f"FROM ({suspects}) WINDOW same AS (PARTITION BY key, fh, late))"
    )


def _groups(slate: Slate) -> str:
    """Return one line for each key, with the values of every side beside each other."""
    names = [
        "n",
        "amount",
        "currency",
        "legal_entity",
        "late",
        "unsaid",
        "about",
        *(c for c, _ in slate.extra()),
    ]
    beside = ", ".join(
        f"any_value({name}) FILTER (side = {index}) AS {name}_{index}"
        for name in names
        for index in range(len(slate.comparison.sides))
    )
    return (
        "CREATE TEMP TABLE grp AS SELECT key, count(*) AS present, "  # noqa: S608 (names of ours)
        f"count(*) FILTER (NOT late) AS inside, bool_or(fresh) AS fresh, {beside} "
        "FROM member WHERE turn = 1 GROUP BY key"
    )


def differs(slate: Slate, column: Column) -> str:
    """Return the condition that a column differs by more than it may."""
    name, mark = slate.spelled(column.name), slate.mark(column.name)
    first, *others = (slate.comparison.sides.index(side) for side in column.sides)
    return (
        " OR ".join(
            f"(n_{first} IS NOT NULL AND n_{other} IS NOT NULL AND "
            f"NOT contains(concat(unsaid_{first}, unsaid_{other}), '{mark}') AND "
            f"{_unequal(column, f'{name}_{first}', f'{name}_{other}', f'currency_{first}')})"
            for other in others
        )
        or "false"
    )


def _unequal(column: Column, one: str, other: str, currency: str) -> str:
    if column.days:
        apart = f"abs(datediff('day', try_cast({one} AS DATE), try_cast({other} AS DATE)))"
        return f"({one} IS DISTINCT FROM {other} AND coalesce({apart} > {column.days}, true))"
    if not column.number or not column.tolerance:
        return f"{one} IS DISTINCT FROM {other}"
    bound = by_currency(column.tolerance, currency)
    return f"({one} IS DISTINCT FROM {other} AND coalesce(abs({one} - {other}) > {bound}, true))"


def by_currency(bounds: Mapping[str, Decimal], currency: str) -> str:
    """Return the bound that belongs to a row's currency, as an expression."""
    known = dict(bounds)
    otherwise = format(known.pop("", Decimal(0)), "f")
    cases = "".join(
        f" WHEN '{code}' THEN {format(bound, 'f')}" for code, bound in sorted(known.items())
    )
    return f"(CASE {currency}{cases} ELSE {otherwise} END)" if cases else otherwise
