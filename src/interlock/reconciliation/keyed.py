"""The first pass: equal keys, by digests, and only what differs is looked at closely.

Sixteen bytes a row are compared first. A collision of two keys' digests only adds a suspect; a
difference is missed only if key and content collide both (2^-64 a pair).
"""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations

from interlock.reconciliation.comparison import Column, Comparison
from interlock.reconciliation.slate import Slate


def pair_by_key(slate: Slate) -> None:
    """Make `suspect`, `member` and `grp`: everything that does not plainly agree."""
    slate.run(f"CREATE TEMP TABLE suspect AS SELECT kh FROM ({_suspects(slate)}) GROUP BY kh")  # noqa: S608 (names of ours)
    slate.run(_members(slate))
    slate.run(_groups(slate))


def _suspects(slate: Slate) -> str:
    parts = [
        f"SELECT hash(key) AS kh FROM side_{index} WHERE key IS NOT NULL AND NOT late "  # noqa: S608 (names of ours)
        "GROUP BY 1 HAVING count(*) > 1"
        for index in range(len(slate.comparison.sides))
    ]
    parts += [
        f"SELECT coalesce(l.kh, r.kh) AS kh FROM ({_digests(slate, one, columns)}) l "  # noqa: S608 (names of ours)
        f"FULL JOIN ({_digests(slate, other, columns)}) r ON l.kh = r.kh "
        "WHERE l.fh IS DISTINCT FROM r.fh"
        for one, other, columns in pairs(slate.comparison)
    ]
    return " UNION ALL ".join(parts)


def pairs(comparison: Comparison) -> Iterator[tuple[int, int, list[Column]]]:
    """Yield which sides are compared directly, and in what.

    The first with every other, because each must have every key; and whoever has a column that
    the first has not, with its first holder.
    """
    for one, other in combinations(range(len(comparison.sides)), 2):
        first, second = comparison.sides[one], comparison.sides[other]
        shared = [c for c in comparison.columns if c.sides[0] == first and second in c.sides]
        if one == 0 or shared:
            yield one, other, shared


def _digests(slate: Slate, side: int, columns: Sequence[Column]) -> str:
    content = ", ".join(slate.spelled(column.name) for column in columns) or "0"
    return (
        f"SELECT hash(key) AS kh, hash({content}) AS fh FROM side_{side} "  # noqa: S608 (names of ours)
        "WHERE key IS NOT NULL AND NOT late"
    )


def _members(slate: Slate) -> str:
    """Return the rows of all suspects; of several on one side the one that agrees comes first."""
    everybody = set(slate.comparison.sides)
    shared = [c for c in slate.comparison.columns if everybody <= set(c.sides)]
    content = ", ".join(slate.spelled(column.name) for column in shared) or "0"
    suspects = " UNION ALL ".join(
        f"SELECT {index} AS side, *, hash({content}) AS fh FROM side_{index} "  # noqa: S608 (names of ours)
        "WHERE key IS NOT NULL AND hash(key) IN (SELECT kh FROM suspect)"
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
