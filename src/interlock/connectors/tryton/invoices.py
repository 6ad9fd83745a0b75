"""Customer invoices, from the form that bindings speak of into Tryton's.

Tryton computes a line's amount from quantity and unit price, and tax by its own rules. Here the
amounts are given, so a unit price is chosen that gives back exactly the amount, and the tax that
another engine computed goes in as one manual tax line.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Final

from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Record, Verdict
from interlock.connectors.tryton import wire
from interlock.connectors.tryton.codes import Codes
from interlock.foundation.errors import UsageError

PRICE_DIGITS: Final = Decimal("0.0001")
"""Of a unit price, as Tryton is delivered (``price_decimal``)."""
_OURS: Final = frozenset(
    {
        "party",
        "company",
        "currency",
        "invoice_date",
        "lines",
        "reference",
        "type",
        "tax_amount",
        "total_amount",
        "untaxed_amount",
        "number",
        "state",
    }
)
"""Fields that are composed here, or that Tryton computes; others pass through as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For whom an invoice is written."""

    company: int
    party: int
    address: int | None
    key: str


class Composer:
    """Composes the bodies of invoices and of their reversals."""

    def __init__(self, codes: Codes, tax: str) -> None:
        self._codes = codes
        self._tax = tax

    def invoice(self, body: Body, scope: Scope) -> dict[str, object]:
        """Return the body of a new invoice.

        Raises:
            CallFailed: A code is nobody's, or an amount cannot be stated; nothing was sent.
        """
        currency = self._codes.currency(_text(body, "currency"))
        unit = Decimal(1).scaleb(-_integer(currency.get("digits", 2), "digits"))
        lines = [self._line(line, scope.company, unit) for line in _lines(body)]
        dated = {"invoice_date": _day(body)} if body.get("invoice_date") else {}
        passing = {name: value for name, value in body.items() if name not in _OURS}
        return {
            **passing,
            **dated,
            "type": "out",
            "company": scope.company,
            "party": scope.party,
            "invoice_address": scope.address,
            "account": self._codes.receivable(scope.company),
            "journal": self._codes.journal(scope.company)["id"],
            "currency": currency["id"],
            "reference": scope.key,
            "lines": [["create", lines]],
            **self._taxes(body, scope.company, unit),
        }

    def _line(self, line: Body, company: int, unit: Decimal) -> dict[str, object]:
        quantity, amount = _decimal(line, "quantity"), _decimal(line, "amount")
        if amount != amount.quantize(unit):
            raise CallFailed(_refused(f"the amount {amount} has more digits than its currency"))
        price = _unit_price(amount, quantity, unit)
        if price is None:
            quantity, price = Decimal(1).copy_sign(amount), abs(amount)
        found: dict[str, object] = {
            "type": "line",
            "description": str(line.get("description") or ""),
            "quantity": quantity,
            "unit_price": wire.number(price),
            "account": self._codes.account(_text(line, "account"), company)["id"],
        }
        if line.get("product") is not None:
            product = self._codes.product(_text(line, "product"))
            found |= {"product": product["id"], "unit": product.get("default_uom")}
        return found

    def _taxes(self, body: Body, company: int, unit: Decimal) -> dict[str, object]:
        if body.get("tax_amount") is None:
            return {}
        amount = _decimal(body, "tax_amount")
        if amount != amount.quantize(unit):
            raise CallFailed(_refused(f"the tax {amount} has more digits than its currency"))
        if not amount:
            return {}
        tax = self._codes.tax(self._tax, company)
        base = sum((_decimal(line, "amount") for line in _lines(body)), Decimal(0))
        made = {
            "manual": True,
            "description": self._tax,
            "tax": tax["id"],
            "account": tax.get("invoice_account"),
            "base": wire.number(base),
            "amount": wire.number(amount),
        }
        return {"taxes": [["create", [made]]]}

    def reversal(self, invoice: Record, scope: Scope, body: Body) -> dict[str, object]:
        """Return the body of the invoice that reverses `invoice`, line by line.

        Without a date of its own it is posted today: the period of the original may be closed.
        """
        if body.get("lines") is not None:
            return self._part(invoice, scope, body)
        origin = invoice.body
        lines = [self._reversed(line, scope.company) for line in _lines(origin)]
        dated = {"invoice_date": _day(body)} if body.get("invoice_date") else {}
        number = origin.get("number") or invoice.ref
        return {
            **dated,
            "type": "out",
            "company": scope.company,
            "party": scope.party,
            "invoice_address": scope.address,
            "account": self._codes.receivable(scope.company),
            "journal": self._codes.journal(scope.company)["id"],
            "currency": self._codes.currency(_text(origin, "currency"))["id"],
            "reference": scope.key,
            "description": f"Reversal of {number}",
            "lines": [["create", lines]],
            "taxes": [["create", [_reversed_tax(tax) for tax in _lines(origin, "taxes")]]],
        }

    def _part(self, invoice: Record, scope: Scope, body: Body) -> dict[str, object]:
        """Return the body of the invoice that takes back what `body` says, and no more.

        It gives amounts as a credit memo has them, above zero; here quantities are negative.
        """
        given = {
            **{name: body[name] for name in ("invoice_date", "description") if body.get(name)},
            "currency": _text(invoice.body, "currency"),
            "lines": [_negative(line, "quantity", "amount") for line in _lines(body)],
        }
        if body.get("tax_amount") is not None:
            given |= _negative({"tax_amount": body["tax_amount"]}, "tax_amount")
        return self.invoice(given, scope)

    def _reversed(self, line: Body, company: int) -> dict[str, object]:
        found: dict[str, object] = {
            "type": "line",
            "origin": f"account.invoice.line,{line.get('id')}",
            "description": str(line.get("description") or ""),
            "quantity": -_decimal(line, "quantity"),
            "unit_price": wire.number(_decimal(line, "unit_price")),
            "account": self._codes.account(_text(line, "account"), company)["id"],
        }
        if line.get("product") is not None:
            product = self._codes.product(_text(line, "product"))
            found |= {"product": product["id"], "unit": line.get("unit")}
        return found


def _reversed_tax(tax: Body) -> dict[str, object]:
    return {
        "manual": True,
        "description": str(tax.get("description") or ""),
        "tax": tax.get("tax"),
        "account": tax.get("account"),
        "base": wire.number(-_decimal(tax, "base")),
        "amount": wire.number(-_decimal(tax, "amount")),
    }


def _negative(body: Body, *names: str) -> dict[str, object]:
    return {**body, **{name: -_decimal(body, name) for name in names}}


def _unit_price(amount: Decimal, quantity: Decimal, unit: Decimal) -> Decimal | None:
    """Return the unit price that gives back exactly `amount`, ``None`` if there is none."""
    if not quantity:
        return None
    price = (amount / quantity).quantize(PRICE_DIGITS)
    back = (price * quantity).quantize(unit, ROUND_HALF_EVEN)
    return price if back == amount else None


def _lines(body: Body, name: str = "lines") -> Iterator[Body]:
    found = body.get(name)
    for line in found if isinstance(found, list | tuple) else ():
        if isinstance(line, Mapping):
            yield line


def _decimal(body: Body, name: str) -> Decimal:
    try:
        return Decimal(str(body[name]))
    except (KeyError, InvalidOperation):
        raise CallFailed(_refused(f"`{name}` of an invoice or line must be a number")) from None


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise CallFailed(_refused(f"`{name}` of an invoice or line must be a code"))
    return value


def _day(body: Body) -> dict[str, object]:
    try:
        return wire.day(body["invoice_date"])
    except ValueError:
        raise CallFailed(_refused("`invoice_date` must be a date")) from None


def _integer(value: object, name: str) -> int:
    text = str(value)
    if not (text.isascii() and text.isdigit()):
        raise UsageError(
            f"`{name}` must be an id of Tryton's, not `{text[:40]}`",
            hint="Bind it with a reference, or map the values to ids.",
        )
    return int(text)


def id_of(body: Body, name: str) -> int:
    """Return an id that a body gives as a number or as text.

    Raises:
        UsageError: It is none.
    """
    return _integer(body.get(name), name)


def _refused(why: str) -> Outcome:
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.UNKNOWN_VALUE,
        code="NOT_EXPRESSIBLE",
        message=f"{why}; nothing was sent",
    )
