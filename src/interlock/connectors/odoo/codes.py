"""Codes turned into Odoo's ids and back, and what a document needs to know besides.

Answers are remembered per connection for a while. What is not there is never remembered, because
somebody may just be adding it.
"""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.kit.exchange import Call
from interlock.connectors.odoo import operations
from interlock.connectors.odoo.answers import rows_of
from interlock.connectors.odoo.models import CURRENCY, Field
from interlock.connectors.odoo.operations import Domain, Scope, Search
from interlock.connectors.odoo.wire import is_id
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Verdict
from interlock.foundation.clock import Clock

REMEMBERED: Final = timedelta(minutes=10)
QUANTITY: Final = "Product Unit"
MOST_DIGITS: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """The tax that carries what another engine computed: so much per unit of a line."""

    ref: int
    per_unit: Decimal


class Codes:
    """Knows what Odoo calls things."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[datetime, Body]] = {}

    def ref(self, field: Field, code: str, scope: Scope) -> int:
        """Return the id of the record that has this code.

        Raises:
            CallFailed: No record has it, or several have; nothing was sent.
        """
        row = self._one(field.model, [[field.by, "=", code]], (field.by,), (code, scope))
        return _id(row)

    def codes(self, field: Field, refs: Iterable[int], scope: Scope) -> Mapping[int, str | None]:
        """Return the codes of the records with these ids; ``None`` for one without a code."""
        wanted = sorted(set(refs))
        known = {ref: self._known(_place(field, ref)) for ref in wanted}
        asked = [ref for ref, row in known.items() if row is None]
        if asked:
            domain = [["id", "in", asked]]
            search = Search(model=field.model, domain=domain, fields=(field.by,), limit=len(asked))
            for row in rows_of(self._channel.ask(operations.search(search, scope))):
                known[_id(row)] = row
                self._remember(_place(field, _id(row)), row)
        return {ref: _text((row or {}).get(field.by)) for ref, row in known.items()}

    def places(self, currency: str, scope: Scope) -> int:
        """Return how many decimal places a currency has."""
        row = self._one(
            CURRENCY.model,
            [["name", "=", currency], ["active", "=", True]],
            ("name", "decimal_places"),
            (currency, scope),
        )
        return _digits(row.get("decimal_places"))

    def pricelist(self, currency: str, scope: Scope) -> int | None:
        """Return the price list that gives an order its currency; ``None``: the company has it."""
        company = self._one("res.company", [["id", "=", scope.company]], _COMPANY, ("", scope))
        own = company.get("currency_id")
        if isinstance(own, list) and own[1:] == [currency]:
            return None
        domain = [["currency_id.name", "=", currency], ["active", "=", True]]
        return _id(
            self._one("product.pricelist", domain, ("name",), (currency, scope), first=True)
        )

    def journal(self, kind: str, scope: Scope) -> int:
        """Return the first journal of a kind: ``sale``, ``general``, ``bank``."""
        domain = [["type", "=", kind], ["company_id", "=", scope.company], ["active", "=", True]]
        return _id(self._one("account.journal", domain, ("code",), (kind, scope), first=True))

    def tax(self, name: str, scope: Scope) -> Tax:
        """Return the tax of a fixed amount per unit that has this name.

        Raises:
            CallFailed: There is none, or it is not of a fixed amount.
        """
        domain = [
            ["name", "=", name],
            ["type_tax_use", "=", "sale"],
            ["amount_type", "=", "fixed"],
            ["company_id", "=", scope.company],
        ]
        row = self._one("account.tax", domain, ("amount",), (name, scope))
        amount = row.get("amount")
        if isinstance(amount, bool) or not isinstance(amount, (int, Decimal)) or amount <= 0:
            raise CallFailed(_missing(f"an amount in tax {name}", 0))
        return Tax(ref=_id(row), per_unit=Decimal(amount))

    def digits(self, usage: str, scope: Scope) -> int:
        """Return how many digits prices or quantities keep."""
        known = self._known(usage)
        if known is None:
            found = self._asked(operations.precision(usage, scope))
            known = {"digits": _digits(found)}
            self._remember(usage, known)
        return _digits(known["digits"])

    def company(self) -> int:
        """Return the only company that the key may work in.

        Raises:
            CallFailed: There are several, and nobody said which.
        """
        return _id(self._one("res.company", [], _COMPANY, ("", Scope())))

    def _asked(self, call: Call) -> object:
        return self._channel.ask(call).document

    def _one(
        self,
        model: str,
        domain: Domain,
        fields: tuple[str, ...],
        about: tuple[str, Scope],
        *,
        first: bool = False,
    ) -> Body:
        code, scope = about
        place = f"{model} {domain!r} {scope.company}"
        known = self._known(place)
        if known is not None:
            return known
        search = Search(model=model, domain=domain, fields=fields)
        rows = rows_of(self._channel.ask(operations.search(search, scope)))
        if not rows or (len(rows) > 1 and not first):
            raise CallFailed(_missing(f"{model} {code}".strip(), len(rows)))
        self._remember(place, rows[0])
        return rows[0]

    def _known(self, place: str) -> Body | None:
        with self._lock:
            until, row = self._rows.get(place, (None, None))
        return row if until is not None and self._clock.now() < until else None

    def _remember(self, place: str, row: Body) -> None:
        with self._lock:
            self._rows[place] = (self._clock.now() + REMEMBERED, row)


_COMPANY: Final = ("currency_id",)


def _place(field: Field, ref: int) -> str:
    return f"{field.model} {field.by} {ref}"


def _id(row: Body) -> int:
    found = row["id"]
    if not isinstance(found, int) or not is_id(found):
        raise TypeError("rows_of lets no row without an id through")
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _digits(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_DIGITS:
        return value
    raise CallFailed(_missing("a precision that makes sense", 0))


def _missing(what: str, count: int) -> Outcome:
    said = "has several" if count else "has no"
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.UNKNOWN_VALUE,
        code="CODE_NOT_RESOLVED",
        message=f"Odoo {said} {what[:80]}; nothing was sent",
    )
