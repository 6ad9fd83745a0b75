"""How a break gets its cause: one question after the other, the first yes counts.

The order is on one page in docs/reconciliation.md; this is that page as a statement.
"""

from collections.abc import Iterable, Iterator

from interlock.reconciliation.cause import MATCHED, Cause
from interlock.reconciliation.comparison import Column, Role
from interlock.reconciliation.keyed import by_currency, differs
from interlock.reconciliation.slate import EXACT, Slate

_BASE = "ref, about, system, legal_entity, currency, amount, late"


def know(slate: Slate, runs: Iterable[tuple[str, bool, bool]]) -> None:
    """Remember which keys a run is at work on: key, whether in doubt, whether it still writes."""
    slate.run("CREATE TEMP TABLE known (key VARCHAR, doubt BOOLEAN, moving BOOLEAN)")
    known = list(runs)
    if known:
        keys, doubts, moving = (list(column) for column in zip(*known, strict=True))
        slate.run(
            "INSERT INTO known SELECT key, bool_or(doubt), bool_or(moving) FROM (SELECT "
            "unnest(?) AS key, unnest(?) AS doubt, unnest(?) AS moving) GROUP BY key",
            [keys, doubts, moving],
        )


def judge(slate: Slate) -> None:
    """Make `piece`: every row that does not plainly agree, with its cause; and `alone`."""
    slate.run(
        "CREATE TEMP TABLE piece (brk VARCHAR, cause VARCHAR, key VARCHAR, side INTEGER, "
        "n UBIGINT, ref VARCHAR, about VARCHAR, system VARCHAR, legal_entity VARCHAR, "
        f"currency VARCHAR, amount {EXACT}, late BOOLEAN)"
    )
    slate.run(_judged(slate))
    slate.run(
        f"INSERT INTO piece SELECT 'k:' || key, cause, key, side, n, {_BASE} "  # noqa: S608 (names of ours)
        "FROM member JOIN (SELECT key, cause FROM judged WHERE cause IS NOT NULL) USING (key) "
        "WHERE turn = 1"
    )
    slate.run(
        f"INSERT INTO piece SELECT 'd:' || side || ':' || key, '{Cause.DUPLICATE}', key, "  # noqa: S608 (names of ours)
        f"side, n, {_BASE} FROM member WHERE turn > 1 AND NOT late"
    )
    slate.run(_alone(slate))


def _judged(slate: Slate) -> str:
    columns = slate.comparison.columns
    about = ", ".join(f"about_{index}" for index in range(len(slate.comparison.sides)))
    about = f"coalesce({about}, grp.key)"
    flags = ", ".join(f"({differs(slate, c)}) AS d_{i}" for i, c in enumerate(columns))
    lines = "SELECT grp.*, coalesce(doubt, false) AS doubt, coalesce(moving, false) AS moving, "
    lines += "known.key IS NOT NULL AS running"
    lines += f"{', ' + flags if flags else ''} FROM grp LEFT JOIN known ON {about} = known.key "
    return (
        f"CREATE TEMP TABLE judged AS SELECT *, {_differences(slate)} AS differences, "  # noqa: S608 (names of ours)
        f"CASE {' '.join(_questions(slate))} END AS cause FROM ({lines} WHERE inside > 0)"
    )


def _questions(slate: Slate) -> Iterator[str]:
    """Yield the questions in their order; no answer: the row is alone, and passes follow."""
    sides = len(slate.comparison.sides)
    if sides == 2:  # noqa: PLR2004 (only between two sides there is more than the key)
        yield "WHEN present = 1 THEN NULL"
    else:
        yield f"WHEN present < {sides} AND doubt THEN '{Cause.IN_DOUBT}'"
        yield f"WHEN present < {sides} AND (running OR fresh) THEN '{Cause.IN_FLIGHT}'"
        yield f"WHEN n_0 IS NULL THEN '{Cause.MISSING_UPSTREAM}'"
        yield f"WHEN present < {sides} THEN '{Cause.MISSING_DOWNSTREAM}'"
    yield f"WHEN inside < present THEN '{Cause.CUT_OFF}'"
    everything = [f"d_{i}" for i in range(len(slate.comparison.columns))]
    yield f"WHEN NOT ({' OR '.join(everything) or 'false'}) THEN '{MATCHED}'"
    yield f"WHEN doubt THEN '{Cause.IN_DOUBT}'"
    yield f"WHEN moving OR fresh THEN '{Cause.IN_FLIGHT}'"
    yield from _told_by_columns(slate)
    yield f"ELSE '{Cause.DRIFT}'"


def _told_by_columns(slate: Slate) -> Iterator[str]:
    void = _void(slate)
    if void:
        yield f"WHEN {void} THEN '{Cause.VOID}'"
    yield from _if_any(slate, (Role.LEGAL_ENTITY,), Cause.LEGAL_ENTITY)
    yield from _if_any(slate, (Role.CURRENCY, Role.RATE), Cause.CURRENCY)
    money = _any(slate, (Role.AMOUNT, Role.MONEY, Role.TAX))
    if money:
        yield f"WHEN ({money}) AND {_rounding(slate)} THEN '{Cause.ROUNDING}'"
        tax = _tax(slate)
        if tax:
            yield f"WHEN {tax} THEN '{Cause.TAX}'"
        yield f"WHEN {money} THEN '{Cause.AMOUNT}'"
    yield from _if_any(slate, (Role.ACCOUNT,), Cause.ACCOUNT)
    yield from _if_any(slate, (Role.DATE,), Cause.CUT_OFF)
    yield from _if_any(slate, (Role.STATUS,), Cause.STATUS)


def _if_any(slate: Slate, roles: tuple[Role, ...], cause: Cause) -> Iterator[str]:
    found = _any(slate, roles)
    if found:
        yield f"WHEN {found} THEN '{cause}'"


def _any(slate: Slate, roles: tuple[Role, ...]) -> str:
    return " OR ".join(
        f"d_{i}" for i, column in enumerate(slate.comparison.columns) if column.role in roles
    )


def _beside(slate: Slate, column: Column) -> Iterator[tuple[str, str, str]]:
    """Yield the values of a column on its first side and on another one, and the currency."""
    name = slate.spelled(column.name)
    first, *others = (slate.comparison.sides.index(side) for side in column.sides)
    for other in others:
        yield f"{name}_{first}", f"{name}_{other}", f"currency_{first}"


def _void(slate: Slate) -> str:
    """Return the condition that one side says void and another one does not."""
    status, words = slate.comparison.of(Role.STATUS), slate.comparison.void
    if status is None or not words:
        return ""
    spelled = ", ".join("'" + word.replace("'", "''") + "'" for word in sorted(words))
    return " OR ".join(
        f"coalesce({one} IN ({spelled}), false) <> coalesce({other} IN ({spelled}), false)"
        for one, other, _ in _beside(slate, status)
    )


def _rounding(slate: Slate) -> str:
    """Return the condition that no money differs by more than rounding does."""
    money = (Role.AMOUNT, Role.MONEY, Role.TAX)
    bounds = [
        f"coalesce(abs({one} - {other}) <= {by_currency(slate.comparison.rounding, currency)}, "
        f"{one} IS NOT DISTINCT FROM {other})"
        for column in slate.comparison.columns
        if column.role in money
        for one, other, currency in _beside(slate, column)
    ]
    return f"({' AND '.join(bounds)})"


def _tax(slate: Slate) -> str:
    """Return the condition that the tax differs and the net amount does not."""
    amount, tax = slate.comparison.of(Role.AMOUNT), slate.comparison.of(Role.TAX)
    if tax is None:
        return ""
    differing = f"d_{slate.comparison.columns.index(tax)}"
    if amount is None:
        return differing
    index = slate.comparison.columns.index(amount)
    net = " AND ".join(
        f"coalesce({one} - {t_one} = {other} - {t_other}, false)"
        for (one, other, _), (t_one, t_other, _) in zip(
            _beside(slate, amount), _beside(slate, tax), strict=False
        )
    )
    return f"{differing} AND (NOT d_{index} OR ({net}))"


def _differences(slate: Slate) -> str:
    """Return the list of what differs, each with the values of all sides as text."""
    each = []
    for i, column in enumerate(slate.comparison.columns):
        name = slate.spelled(column.name)
        values = ", ".join(
            f"'{side}': {name}_{slate.comparison.sides.index(side)}::VARCHAR"
            if side in column.sides
            else f"'{side}': NULL::VARCHAR"
            for side in slate.comparison.sides
        )
        each.append(f"CASE WHEN d_{i} THEN {{'number': {i}, 'values': {{{values}}}}} END")
    if not each:
        return "[]"
    return f"list_filter([{', '.join(each)}], lambda x: x IS NOT NULL)"


def _alone(slate: Slate) -> str:
    """Return the rows without a counterpart: those whose key nobody else has, or without one."""
    extra = "".join(f", {name}" for name, _ in slate.extra())
    wanted = f"side, n, ref, key, about, system, legal_entity, currency, amount, fresh{extra}"
    without = " UNION ALL ".join(
        f"SELECT {index} AS side, n, ref, key, about, system, legal_entity, currency, amount, "  # noqa: S608 (names of ours)
        f"fresh{extra} FROM side_{index} WHERE key IS NULL AND NOT late"
        for index in range(len(slate.comparison.sides))
    )
    return (
        "CREATE TEMP TABLE alone AS SELECT a.*, coalesce(doubt, false) AS doubt, "  # noqa: S608 (names of ours)
        "known.key IS NOT NULL AS running, NULL::VARCHAR AS held FROM ("
        f"SELECT {wanted} FROM member WHERE turn = 1 AND NOT late "
        "AND key IN (SELECT key FROM judged WHERE cause IS NULL) "
        f"UNION ALL {without}) a LEFT JOIN known ON coalesce(a.about, a.key) = known.key"
    )


def leave(slate: Slate) -> None:
    """Give what is still alone its cause."""
    slate.run(
        "INSERT INTO piece SELECT CASE WHEN key IS NULL THEN 'r:' || side || ':' || ref "  # noqa: S608 (names of ours)
        f"ELSE 'k:' || key END, CASE WHEN doubt THEN '{Cause.IN_DOUBT}' "
        f"WHEN running OR fresh THEN '{Cause.IN_FLIGHT}' "
        f"WHEN side = 0 THEN '{Cause.MISSING_DOWNSTREAM}' ELSE '{Cause.MISSING_UPSTREAM}' END, "
        "key, side, n, ref, about, system, legal_entity, currency, amount, false FROM alone"
    )
