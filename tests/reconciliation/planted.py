"""Two or three sides that agree, and breaks planted in them: what must be found is known."""

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal

from interlock.reconciliation import Cause, Column, Comparison, Role, Row
from interlock.reconciliation.reconciling import Known

ENTITIES = {"us": "USD", "uk": "GBP", "jp": "JPY", "kw": "KWD"}
UNITS = {"USD": "0.01", "GBP": "0.01", "JPY": "1", "KWD": "0.001"}


def comparison(*sides: str) -> Comparison:
    """Return a comparison of invoices that knows every role."""
    columns = (
        Column(name="total", role=Role.AMOUNT, sides=sides),
        Column(name="tax", role=Role.TAX, sides=sides),
        Column(name="currency", role=Role.CURRENCY, sides=sides),
        Column(name="entity", role=Role.LEGAL_ENTITY, sides=sides),
        Column(name="account", role=Role.ACCOUNT, sides=sides),
        Column(name="date", role=Role.DATE, sides=sides, days=2),
        Column(name="status", role=Role.STATUS, sides=sides),
        Column(name="terms", sides=sides, authority=sides[0]),
    )
    rounding = {code: Decimal(unit) * 2 for code, unit in UNITS.items()}
    return Comparison(
        name="planted", sides=sides, columns=columns, void=frozenset({"void"}), rounding=rounding
    )


@dataclass
class Planted:
    """What lies on each side, what a run knows, and what must be found."""

    sides: tuple[str, ...]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    runs: list[tuple[str, bool, bool]] = field(default_factory=list)
    expected: dict[str, Cause] = field(default_factory=dict)
    """Key -> the cause."""

    @property
    def known(self) -> Known:
        return Known(runs=self.runs)

    def shuffled(self, dice: random.Random) -> "dict[str, list[Row]]":
        return {side: dice.sample(rows, len(rows)) for side, rows in self.rows.items()}


def invoice(number: int, dice: random.Random, side: str) -> Row:
    entity = dice.choice(sorted(ENTITIES))
    currency = ENTITIES[entity]
    unit = Decimal(UNITS[currency])
    net = unit * dice.randrange(1_000, 10_000_000)
    tax = unit * dice.randrange(100, 900_000)
    cells: dict[str, str | Decimal | None] = {
        "tax": tax,
        "account": dice.choice(["4000", "4100"]),
        "date": f"2026-10-{dice.randrange(5, 25):02d}",
        "status": "posted",
        "terms": dice.choice(["NET30", "NET60"]),
    }
    return Row(
        ref=f"{side}-{number}",
        key=f"K{number:06d}",
        system=side,
        legal_entity=entity,
        currency=currency,
        amount=net + tax,
        cells=cells,
    )


def _with(row: Row, **cells: "str | Decimal | None") -> Row:
    return replace(row, cells={**row.cells, **cells})


def _money(row: Row, steps: int, *, tax: int = 0) -> Row:
    unit = Decimal(UNITS[row.currency])
    changed = _with(row, tax=Decimal(str(row.cells["tax"])) + unit * tax)
    return replace(changed, amount=(row.amount or Decimal(0)) + unit * steps)


def plant(dice: random.Random, count: int, sides: tuple[str, ...] = ("billing", "erp")) -> Planted:
    """Return `count` invoices on all sides, a good part of them broken in one way each."""
    made = Planted(sides=sides, rows={side: [] for side in sides})
    for number in range(count):
        seed = dice.random()
        rows = {side: invoice(number, random.Random(seed), side) for side in sides}
        cause = dice.choice([None, *Cause])
        if cause is not None:
            made.expected[rows[sides[0]].key or ""] = cause
            _break(made, rows, cause, dice)
        for side, row in rows.items():
            made.rows[side].append(row)
    return made


def _break(made: Planted, rows: dict[str, Row], cause: Cause, dice: random.Random) -> None:  # noqa: C901, PLR0912, PLR0915 (a few lines a cause)
    first, other = made.sides[0], dice.choice(made.sides[1:])
    row = rows[other]
    key = row.key or ""
    match cause:
        case Cause.DUPLICATE:
            made.rows[other].append(replace(row, ref=f"{row.ref}-again"))
        case Cause.IN_DOUBT:
            made.runs.append((key, True, True))
            del rows[other]
        case Cause.IN_FLIGHT:
            if dice.random() < 0.5:
                made.runs.append((key, False, True))
                rows[other] = _money(row, 500)
            else:
                rows[first] = replace(rows[first], fresh=True)
                del rows[other]
        case Cause.MISSING_DOWNSTREAM:
            del rows[other]
        case Cause.MISSING_UPSTREAM:
            del rows[first]
        case Cause.CUT_OFF:
            late = _with(row, date="2026-10-30")
            rows[other] = late if dice.random() < 0.5 else replace(row, late=True)
        case Cause.VOID:
            rows[other] = _with(row, status="void")
        case Cause.LEGAL_ENTITY:
            rows[other] = replace(row, legal_entity="us" if row.legal_entity != "us" else "uk")
        case Cause.CURRENCY:
            rows[other] = replace(row, currency="EUR")
        case Cause.TAX:
            rows[other] = _money(row, 300, tax=300)
        case Cause.ROUNDING:
            rows[other] = _money(row, dice.choice([-2, -1, 1, 2]))
        case Cause.AMOUNT:
            rows[other] = _money(row, dice.choice([-3, 3, 5_000]))
        case Cause.ACCOUNT:
            rows[other] = _with(row, account="4999")
        case Cause.STATUS:
            rows[other] = _with(row, status="paid")
        case Cause.DRIFT:
            rows[other] = _with(row, terms="NET90")
