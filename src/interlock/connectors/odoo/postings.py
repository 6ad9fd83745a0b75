"""Invoices and journal entries on their way into the ledger: made, then posted.

Odoo moves the accounting date of what it posts out of a closed period without a word. A date is
the estate's to choose (F15), so the locks are read before anything is posted, and the date that
was booked is read afterwards.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from interlock.connectors.odoo import wire
from interlock.connectors.odoo.codes import Codes
from interlock.connectors.odoo.documents import Composer, Rows, lines_in, together
from interlock.connectors.odoo.loading import Loading, already, key_of, missing, ref_of
from interlock.connectors.odoo.locks import Locks
from interlock.connectors.odoo.models import ENTRY, INVOICE, Model
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.odoo.records import Records
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Record, Request, Verdict

POSTED: Final = frozenset({"posted"})
CANCELLED: Final = frozenset({"cancel"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What every kind of posting works with."""

    records: Records
    loading: Loading
    composer: Composer
    codes: Codes
    locks: Locks


class Postings:
    """Writes `account.move`: customer invoices and journal entries."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def create_invoice(self, request: Request, scope: Scope) -> Outcome:
        """Make a draft invoice.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        key = key_of(request)
        there = self._desk.records.keyed(INVOICE, INVOICE.key, key, scope)
        if there is not None:
            return already(there)
        rows = self._invoice(request.body, key, "out_invoice", scope)
        outcome = self._desk.loading.put(INVOICE, rows, key, scope)
        return _as_meant(outcome, request.body)

    def _invoice(self, body: Body, key: str, kind: str, scope: Scope) -> Rows:
        head = self._desk.composer.head(INVOICE, body, key, scope)
        if "journal_id/.id" not in head:
            head["journal_id/.id"] = str(self._desk.codes.journal("sale", scope))
        head["move_type"] = kind
        return together(head, self._desk.composer.sold(INVOICE, body, key, scope))

    def create_entry(self, request: Request, scope: Scope) -> Outcome:
        """Make a draft journal entry.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        key = key_of(request)
        there = self._desk.records.keyed(ENTRY, ENTRY.key, key, scope)
        if there is not None:
            return already(there)
        return self._desk.loading.put(ENTRY, self.entry_rows(request.body, key, scope), key, scope)

    def entry_rows(self, body: Body, key: str, scope: Scope) -> Rows:
        """Return the rows of a journal entry."""
        head = self._desk.composer.head(ENTRY, body, key, scope)
        if "journal_id/.id" not in head:
            head["journal_id/.id"] = str(self._desk.codes.journal("general", scope))
        head["move_type"] = "entry"
        return together(head, self._desk.composer.booked(body, key, scope))

    def post_invoice(self, request: Request, scope: Scope) -> Outcome:
        """Post an invoice; one that is posted already is done because its state says so.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        return self.post(INVOICE, ref_of(request), scope)

    def post_entry(self, request: Request, scope: Scope) -> Outcome:
        """Post a journal entry.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        return self.post(ENTRY, ref_of(request), scope)

    def post(self, model: Model, ref: str, scope: Scope) -> Outcome:
        """Post what is made, on its own date or not at all.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        record = self._desk.records.read(model, ref, scope)
        if record is None:
            return missing(model, ref)
        if record.body.get("state") in POSTED:
            return already(record)
        meant = _day(record)
        if meant is not None:
            self._desk.locks.demand_open(meant, record, scope)
        outcome = self.pressed(model, ref, ("action_post", POSTED), scope)
        return _booked(outcome, meant)

    def pressed(
        self, model: Model, ref: str, how: tuple[str, frozenset[str]], scope: Scope
    ) -> Outcome:
        """Call a method; what counts is whether the record is in one of the states then."""
        method, states = how
        try:
            answer = self._desk.loading.press(model, ref, method, scope)
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.CONFLICT:
                raise
            record = self._desk.records.read(model, ref, scope)
            if record is None or record.body.get("state") not in states:
                return failure.outcome
            return already(record, failure.outcome)
        outcome = self._desk.loading.shown(model, ref, answer, scope)
        record = outcome.record
        if record is not None and record.body.get("state") not in states:
            return answer.unproven(f"its state is {record.body.get('state')}")
        return outcome


def _day(record: Record) -> date | None:
    """Return the date that it shall be booked on; ``None``: the day on which it is posted."""
    text = record.body.get("invoice_date") or (
        None if "invoice_date" in record.body else record.body.get("date")
    )
    return date.fromisoformat(str(text)) if text else None


def _booked(outcome: Outcome, meant: date | None) -> Outcome:
    """Doubt a posting that Odoo booked on another date than it was meant for."""
    if outcome.record is None or meant is None or outcome.existing:
        return outcome
    booked = outcome.record.body.get("date")
    return outcome if booked == meant.isoformat() else _doubted(outcome, f"booked on {booked}")


def _as_meant(outcome: Outcome, body: Body) -> Outcome:
    """Doubt a draft whose amounts Odoo computed differently."""
    if outcome.record is None:
        return outcome
    same = _amounts(outcome.record.body) == _amounts(body)
    if body.get("amount_tax") is not None:
        same = same and outcome.record.body.get("amount_tax") == Decimal(str(body["amount_tax"]))
    return outcome if same else _doubted(outcome, "Odoo computed other amounts")


def _amounts(body: Body) -> list[Decimal]:
    field = INVOICE.lines.field if INVOICE.lines else ""
    return [wire.amount_in(line, "price_subtotal") for line in lines_in(body, field)]


def _doubted(outcome: Outcome, why: str) -> Outcome:
    return Outcome(
        verdict=Verdict.UNCERTAIN,
        kind=Kind.CONFLICT,
        code="NOT_AS_MEANT",
        message=f"done, but not as it was meant: {why}",
        status=outcome.status,
    )
