"""Codes turned into Tryton's ids: currency, product, account, and what an invoice needs besides.

Answers are remembered per connection for a while; what is not there is never remembered, because
somebody may just be adding it.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Verdict
from interlock.connectors.tryton import operations
from interlock.connectors.tryton.records import rows_of
from interlock.foundation.clock import Clock

REMEMBERED: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is looked for, and what to call it when it is not there."""

    model: str
    domain: Sequence[object]
    fields: Sequence[str]
    what: str


class Codes:
    """Answers with the one row that has a code."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str, int | None], tuple[datetime, Body]] = {}

    def currency(self, code: str) -> Body:
        """Return a currency, with its ``digits``."""
        domain = [["code", "=", code]]
        fields = ("code", "digits")
        return self._one(
            Question(
                model="currency.currency", domain=domain, fields=fields, what=f"currency {code}"
            )
        )

    def product(self, code: str) -> Body:
        """Return a product, with its ``default_uom``."""
        return self._one(_coded("product.product", code, "default_uom", f"product {code}"))

    def account(self, code: str, company: int) -> Body:
        """Return an account of the company."""
        domain = [["code", "=", code], ["company", "=", company]]
        asked = Question(
            model="account.account", domain=domain, fields=("code",), what=f"account {code}"
        )
        return self._one(asked, company)

    def journal(self, company: int) -> Body:
        """Return the journal of revenue: the first, where there are several."""
        domain = [["type", "=", "revenue"]]
        asked = Question(
            model="account.journal", domain=domain, fields=("code",), what="revenue journal"
        )
        return self._one(asked, company, first=True)

    def receivable(self, company: int) -> int:
        """Return the company's default account for what customers owe."""
        field = "default_account_receivable"
        asked = Question(
            model="account.configuration", domain=[], fields=(field,), what="configuration"
        )
        return self._id(self._one(asked, company), field, "default account receivable")

    def tax(self, name: str, company: int) -> Body:
        """Return the tax that carries what another engine computed, with its accounts."""
        domain = [["name", "=", name]]
        fields = ("name", "invoice_account", "credit_note_account")
        asked = Question(model="account.tax", domain=domain, fields=fields, what=f"tax {name}")
        return self._one(asked, company)

    def company(self) -> int:
        """Return the only company of the database."""
        asked = Question(model="company.company", domain=[], fields=("id",), what="company")
        return self._id(self._one(asked), "id", "company")

    def _id(self, row: Body, field: str, what: str) -> int:
        found = row.get(field)
        if not isinstance(found, int):
            raise CallFailed(_missing(what, 0))
        return found

    def _one(self, asked: Question, company: int | None = None, *, first: bool = False) -> Body:
        place = (asked.model, repr(asked.domain), company)
        with self._lock:
            known = self._known.get(place)
        if known and self._clock.now() < known[0]:
            return known[1]
        call = operations.search(asked.model, asked.domain, asked.fields, company=company)
        answer = self._channel.ask(call)
        rows = rows_of(answer)
        if not rows or (len(rows) > 1 and not first):
            raise CallFailed(_missing(asked.what, len(rows)))
        if not isinstance(rows[0].get("id"), int):
            raise answer.malformed("a row without its id")
        with self._lock:
            self._known[place] = (self._clock.now() + REMEMBERED, rows[0])
        return rows[0]


def _coded(model: str, code: str, besides: str, what: str) -> Question:
    domain = [["code", "=", code]]
    return Question(model=model, domain=domain, fields=("code", besides), what=what)


def _missing(what: str, count: int) -> Outcome:
    said = "has several" if count else "has no"
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.UNKNOWN_VALUE,
        code="CODE_NOT_RESOLVED",
        message=f"Tryton {said} {what[:80]}; nothing was sent",
    )
