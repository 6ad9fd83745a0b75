"""Orders, invoices, entries and payments, from the form that bindings speak of into cells.

Odoo computes a line's amount from quantity and unit price, and tax by its own rules. Here the
amounts are given: a unit price is chosen that gives back exactly the amount, lines carry no tax
of Odoo's, and the tax that another engine computed is a line of its own: no price, as many units
of a fixed tax as make the amount.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from interlock.connectors.odoo import wire
from interlock.connectors.odoo.cells import Cells, refused
from interlock.connectors.odoo.codes import QUANTITY, Codes
from interlock.connectors.odoo.loading import external_id, line_id
from interlock.connectors.odoo.models import ENTRY, INVOICE, Lines, Model
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.port import Body, CallFailed, Record

PRICE_UNIT: Final = Decimal("0.000001")
"""Odoo keeps every digit of a unit price, as a float; so many of them are exact."""
_COMPUTED: Final = frozenset(
    {
        *("id", "name", "state", "move_type", "payment_state", "invoice_status"),
        *("amount_untaxed", "amount_tax", "amount_total", "amount_residual"),
        "amount_total_in_currency_signed",
        *("is_reconciled", "is_matched", "move_id", "reversed_entry_id"),
    }
)
"""Fields that Odoo computes, or that are composed here; all others pass through."""
Rows = list[Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """How the lines of what is sold are spelled, and where their amounts are computed."""

    lines: Lines
    quantity: str


class Composer:
    """Composes the rows that `load` takes: the document with its first line, the other lines."""

    def __init__(self, codes: Codes, cells: Cells, tax: str) -> None:
        self._codes = codes
        self._cells = cells
        self._tax = tax

    def head(self, model: Model, body: Body, key: str, scope: Scope) -> dict[str, str]:
        """Return the columns of a document without its lines."""
        field = model.lines.field if model.lines else ""
        passing = {n: v for n, v in body.items() if n not in _COMPUTED and n != field}
        passing |= {model.key: key, "company_id": scope.company}
        return {"id": external_id(model, key), **self._cells.of(passing, model.fields, scope)}

    def sold(self, model: Model, body: Body, key: str, scope: Scope) -> Rows:
        """Return the lines of an order or an invoice, and the tax that another engine computed.

        Raises:
            CallFailed: A code is nobody's, or an amount cannot be stated; nothing was sent.
        """
        lines = _lines_of(model)
        unit = self._unit(body, scope)
        how = Sold(lines=lines, quantity=_quantity(model))
        found = [self._line(how, line, unit, scope) for line in lines_in(body, lines.field)]
        if body.get("amount_tax") is not None:
            amount = _amount(body, "amount_tax", unit)
            found += [{**_beside(found), **line} for line in self._taxes(how, amount, scope)]
        return numbered(model, key, found)

    def _unit(self, body: Body, scope: Scope) -> Decimal:
        currency = body.get("currency_id")
        if not isinstance(currency, str) or not currency:
            raise CallFailed(refused("`currency_id` must be a code"))
        return Decimal(1).scaleb(-self._codes.places(currency, scope))

    def _line(self, how: Sold, line: Body, unit: Decimal, scope: Scope) -> dict[str, str]:
        amount = _amount(line, "price_subtotal", unit)
        quantity = _decimal(line, how.quantity)
        kept = Decimal(1).scaleb(-self._codes.digits(QUANTITY, scope))
        price = unit_price(amount, quantity, unit) if quantity % kept == 0 else None
        if price is None:
            quantity, price = Decimal(1), amount
        numbers = {how.quantity: quantity, "price_unit": price}
        passing = {n: v for n, v in line.items() if n not in {"id", "price_subtotal", *numbers}}
        cells = self._cells.of({**passing, **numbers}, how.lines.fields, scope)
        return {**cells, "tax_ids/.id": ""}

    def _taxes(self, how: Sold, amount: Decimal, scope: Scope) -> list[dict[str, str]]:
        if not amount:
            return []
        tax = self._codes.tax(self._tax, scope)
        units = amount / tax.per_unit
        if units % Decimal(1).scaleb(-self._codes.digits(QUANTITY, scope)):
            raise CallFailed(refused(f"the tax {amount} is no number of {tax.per_unit}"))
        numbers = {"name": self._tax, how.quantity: units, "price_unit": Decimal(0)}
        cells = self._cells.of(numbers, how.lines.fields, scope)
        return [{**cells, "tax_ids/.id": str(tax.ref)}]

    def booked(self, body: Body, key: str, scope: Scope) -> Rows:
        """Return the lines of a journal entry."""
        lines = _lines_of(ENTRY)
        bare = [
            {name: value for name, value in line.items() if name != "id"}
            for line in lines_in(body, lines.field)
        ]
        return numbered(ENTRY, key, [self._cells.of(line, lines.fields, scope) for line in bare])


def together(head: Mapping[str, str], lines: Rows) -> Rows:
    """Return the rows of one document: the first line stands beside the head."""
    if not lines:
        raise CallFailed(refused("the document has no lines"))
    first, *rest = lines
    return [{**dict.fromkeys(_columns(lines), ""), **head, **first}, *rest]


def _columns(lines: Rows) -> list[str]:
    return list(dict.fromkeys(name for line in lines for name in line))


def numbered(model: Model, key: str, lines: list[dict[str, str]]) -> Rows:
    """Return the columns of lines, each under an external id of its own."""
    field = _lines_of(model).field
    return [
        {
            f"{field}/id": line_id(model, key, number),
            **{f"{field}/{name}": value for name, value in line.items()},
        }
        for number, line in enumerate(lines, start=1)
    ]


def reversed_sale(original: list[Body], key: str) -> Rows:
    """Return the lines of a credit note: those of the invoice, hidden ones among them.

    `original` are rows as Odoo has them; a credit note has the same signs.
    """
    lines = [
        {
            "name": str(line.get("name") or ""),
            "product_id/.id": _pair(line.get("product_id")),
            "account_id/.id": _pair(line.get("account_id")),
            "tax_ids/.id": ",".join(str(ref) for ref in _list(line.get("tax_ids"))),
            **{name: wire.number_cell(line.get(name)) for name in REVERSED_NUMBERS},
        }
        for line in original
    ]
    return numbered(INVOICE, key, lines)


REVERSED_NUMBERS: Final = ("quantity", "price_unit", "discount")
REVERSED: Final = ("name", "product_id", "account_id", "tax_ids", *REVERSED_NUMBERS)


def reversed_entry(original: Record) -> dict[str, object]:
    """Return the body of the entry that takes one back: debit and credit change places."""
    lines = [
        {**line, "debit": line.get("credit"), "credit": line.get("debit")}
        for line in lines_in(original.body, _lines_of(ENTRY).field)
    ]
    kept = {name: original.body[name] for name in ("journal_id", "currency_id")}
    return {**kept, _lines_of(ENTRY).field: lines}


def unit_price(amount: Decimal, quantity: Decimal, unit: Decimal) -> Decimal | None:
    """Return the unit price that gives back exactly `amount`, ``None`` if there is none.

    It must come well within the half cent that is rounded away: Odoo multiplies floats.
    """
    if not quantity:
        return None
    price = (amount / quantity).quantize(PRICE_UNIT)
    return price if abs(price * quantity - amount) < unit / 4 else None


def lines_in(body: Body, field: str) -> Iterator[Body]:
    """Yield the lines of a body."""
    found = body.get(field)
    for line in found if isinstance(found, (list, tuple)) else ():
        if isinstance(line, Mapping):
            yield line


def _beside(lines: list[dict[str, str]]) -> Mapping[str, str]:
    """Return the account of the line that carries the tax: it has none of its own, and no amount.

    Odoo books the tax itself where the tax says.
    """
    column = "account_id/.id"
    return {column: lines[0][column]} if lines and column in lines[0] else {}


def _lines_of(model: Model) -> Lines:
    if model.lines is None:
        raise TypeError(f"{model.obj} has no lines")
    return model.lines


def _quantity(model: Model) -> str:
    return "quantity" if model is INVOICE else "product_uom_qty"


def _decimal(body: Body, name: str) -> Decimal:
    try:
        return wire.amount_in(body, name)
    except ValueError as error:
        raise CallFailed(refused(str(error))) from None


def _amount(body: Body, name: str, unit: Decimal) -> Decimal:
    amount = _decimal(body, name)
    if amount % unit:
        raise CallFailed(refused(f"the amount {amount} has more digits than its currency"))
    return amount


def _pair(value: object) -> str:
    return str(value[0]) if isinstance(value, list) and value else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
