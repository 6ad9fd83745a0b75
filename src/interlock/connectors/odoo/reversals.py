"""Invoices and journal entries taken back: what is posted stays, and another one undoes it.

The reversal has an external id of its own and says what it reverses; when it is posted, Odoo
reconciles the two. It takes two requests; until the second one it does not count.
"""

from interlock.connectors.odoo.documents import (
    REVERSED,
    Rows,
    reversed_entry,
    reversed_sale,
    together,
)
from interlock.connectors.odoo.loading import already, missing, ref_of
from interlock.connectors.odoo.models import ENTRY, INVOICE
from interlock.connectors.odoo.operations import Scope
from interlock.connectors.odoo.postings import CANCELLED, POSTED, Desk, Postings
from interlock.connectors.port import Body, CallFailed, Outcome, Record, Request


class Reversals:
    """Takes back what `Postings` made."""

    def __init__(self, desk: Desk, postings: Postings) -> None:
        self._desk = desk
        self._postings = postings

    def credit(self, request: Request, scope: Scope) -> Outcome:
        """Take an invoice back: a draft is cancelled, a posted one gets a posted credit note.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        ref = ref_of(request)
        invoice = self._desk.records.read(INVOICE, ref, scope)
        if invoice is None:
            return missing(INVOICE, ref)
        if invoice.body.get("state") in CANCELLED:
            return already(invoice)
        if invoice.body.get("state") not in POSTED:
            return self._postings.pressed(INVOICE, ref, ("button_cancel", CANCELLED), scope)
        key = request.key or f"credit-{ref}"
        credited = self._desk.records.keyed(INVOICE, INVOICE.key, key, scope)
        if credited is None:
            rows = self._credit_note(invoice, key, request.body, scope)
            credited = _made(self._desk.loading.put(INVOICE, rows, key, scope))
        return self._postings.post(INVOICE, credited.ref, scope)

    def _credit_note(self, invoice: Record, key: str, body: Body, scope: Scope) -> Rows:
        kept = ("partner_id", "currency_id", "journal_id")
        dated = {"invoice_date": body["invoice_date"]} if body.get("invoice_date") else {}
        about = {**{name: invoice.body.get(name) for name in kept}, **dated}
        head = self._desk.composer.head(INVOICE, about, key, scope)
        head |= {"move_type": "out_refund", "reversed_entry_id/.id": invoice.ref}
        lines = INVOICE.lines
        original = (
            self._desk.records.raw_lines(lines, invoice.ref, REVERSED, scope) if lines else []
        )
        return together(head, reversed_sale(original, key))

    def reverse(self, request: Request, scope: Scope) -> Outcome:
        """Take a journal entry back: a draft is cancelled, a posted one reversed and posted.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        ref = ref_of(request)
        entry = self._desk.records.read(ENTRY, ref, scope)
        if entry is None:
            return missing(ENTRY, ref)
        if entry.body.get("state") in CANCELLED:
            return already(entry)
        if entry.body.get("state") not in POSTED:
            return self._postings.pressed(ENTRY, ref, ("button_cancel", CANCELLED), scope)
        key = request.key or f"reverse-{ref}"
        taken = self._desk.records.keyed(ENTRY, ENTRY.key, key, scope)
        if taken is None:
            dated = {"date": request.body["date"]} if request.body.get("date") else {}
            rows = self._postings.entry_rows({**reversed_entry(entry), **dated}, key, scope)
            rows[0] = {**rows[0], "reversed_entry_id/.id": ref}
            taken = _made(self._desk.loading.put(ENTRY, rows, key, scope))
        return self._postings.post(ENTRY, taken.ref, scope)


def is_half_reversal(record: Record) -> bool:
    """Tell whether this is a credit note or a reversal that was made and not posted yet."""
    half = record.body.get("state") == "draft"
    return half and record.body.get("reversed_entry_id") is not None


def _made(outcome: Outcome) -> Record:
    if outcome.record is None:
        raise CallFailed(outcome)
    return outcome.record
