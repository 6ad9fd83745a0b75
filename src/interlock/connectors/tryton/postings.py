"""Invoices on their way through the ledger: made as drafts, posted, and taken back.

Neither a post nor a reversal is idempotent at the vendor, so what is there already is told from
the invoice's state, never from the answer to a second attempt.
"""

from decimal import Decimal
from typing import Final

from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.connectors.tryton import operations
from interlock.connectors.tryton.invoices import Composer, Scope, id_of
from interlock.connectors.tryton.operations import INVOICE
from interlock.connectors.tryton.parties import Parties
from interlock.connectors.tryton.records import Records, already, done, only
from interlock.foundation.errors import UsageError

DRAFTS: Final = frozenset({"draft", "validated"})
POSTED: Final = frozenset({"posted", "paid"})
CANCELLED: Final = frozenset({"cancelled"})


class Postings:
    """Writes customer invoices."""

    def __init__(self, records: Records, parties: Parties, composer: Composer) -> None:
        self._records = records
        self._parties = parties
        self._composer = composer

    def create(self, request: Request, company: int) -> Outcome:
        """Make a draft.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        if not request.key:
            raise UsageError(
                "`invoice.create` needs our reference", hint="Bind the entity's identity."
            )
        scope = self._scope(id_of(request.body, "party"), company, request.key)
        body = self._composer.invoice(request.body, scope)
        call = operations.create(INVOICE, body, company, request.traceparent)
        return done(*self._records.made(INVOICE, request.key, call))

    def _scope(self, party: int, company: int, key: str) -> Scope:
        address = self._parties.address(party, company)
        return Scope(company=company, party=party, address=address, key=key)

    def post(self, request: Request, company: int) -> Outcome:
        """Post an invoice; one that is posted already is done because its state says so.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        return self._pressed("post", _ref(request), POSTED, (company, request.traceparent))

    def credit(self, request: Request, company: int) -> Outcome:
        """Take an invoice back: a draft is cancelled, a posted one reversed by another invoice.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        ref = _ref(request)
        invoice = self._records.read(INVOICE, ref, company)
        if invoice is None:
            message = f"Tryton has no invoice {ref}; nothing was sent"
            return Outcome(verdict=Verdict.REJECTED, kind=Kind.NOT_FOUND, message=message)
        state = invoice.body.get("state")
        if state in CANCELLED:
            return already(invoice)
        if state in DRAFTS:
            return self._pressed("cancel", ref, CANCELLED, (company, request.traceparent))
        return self._reversed(invoice, company, request)

    def _reversed(self, invoice: Record, company: int, request: Request) -> Outcome:
        """Make the reversing invoice unless it is there, and post it unless it is posted."""
        key = request.key or f"credit-{invoice.ref}"
        there = self._records.keyed(INVOICE, "reference", key, company)
        found = only("invoice", "reference", there)
        if found is not None and found.body.get("state") in POSTED:
            return already(found)
        if found is None:
            scope = self._scope(id_of(invoice.body, "party"), company, key)
            body = self._composer.reversal(invoice, scope, request.body)
            call = operations.create(INVOICE, body, company, request.traceparent)
            found, _ = self._records.made(INVOICE, key, call)
        return self._pressed("post", found.ref, POSTED, (company, request.traceparent))

    def _pressed(
        self, button: str, ref: str, states: frozenset[str], about: tuple[int, str]
    ) -> Outcome:
        """Press a button; what counts is whether the invoice is in one of `states` then."""
        company, traceparent = about
        try:
            call = operations.press(ref, button, company, traceparent)
            record, answer = self._records.changed(INVOICE, ref, call)
        except CallFailed as failure:
            if failure.outcome.kind is not Kind.CONFLICT:
                raise
            return self._in_state(ref, company, states, failure.outcome)
        if record.body.get("state") not in states:
            return answer.unproven(f"its state is {record.body.get('state')}")
        return done(record, answer)

    def _in_state(
        self, ref: str, company: int, states: frozenset[str], refused: Outcome
    ) -> Outcome:
        record = self._records.read(INVOICE, ref, company)
        if record is None or record.body.get("state") not in states:
            return refused
        return already(record, refused)


def is_half_reversal(record: Record) -> bool:
    """Tell whether this is a reversal that was made and not posted yet."""
    total = record.body.get("total_amount")
    negative = isinstance(total, Decimal) and total < 0
    return negative and record.body.get("state") in DRAFTS


def _ref(request: Request) -> str:
    if not request.ref or not operations.is_id(request.ref):
        raise UsageError(
            f"`{request.operation}` needs the id of the invoice", hint="Give it as `ref`."
        )
    return request.ref
