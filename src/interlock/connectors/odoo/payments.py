"""Customer payments: registered, posted, and matched with the invoice that they pay.

Three requests, each of which can be repeated: the payment has an external id, and a second
posting or matching is without effect. Until all are made the payment is not there.
"""

from datetime import date
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.odoo import operations
from interlock.connectors.odoo.answers import rows_of
from interlock.connectors.odoo.loading import already, key_of, missing, ref_of
from interlock.connectors.odoo.models import INVOICE, PAYMENT
from interlock.connectors.odoo.operations import Scope, Search
from interlock.connectors.odoo.postings import Desk
from interlock.connectors.port import CallFailed, Outcome, Record, Request, Verdict

DRAFT: Final = "draft"
CANCELLED: Final = frozenset({"canceled"})
_PAID: Final = "invoice_ids"
_MATCHED: Final = "is_reconciled"


class Payments:
    """Writes `account.payment`, inbound and from customers only."""

    def __init__(self, desk: Desk, channel: Channel) -> None:
        self._desk = desk
        self._channel = channel

    def create(self, request: Request, scope: Scope) -> Outcome:
        """Register a payment; with `invoice_ids` it is matched with that invoice.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        key = key_of(request)
        there = self._desk.records.keyed(PAYMENT, PAYMENT.key, key, scope)
        if there is not None and not is_half_payment(there):
            return already(there)
        record = there or self._made(request, key, scope)
        if record.body.get("state") == DRAFT:
            day = date.fromisoformat(str(record.body.get("date")))
            self._desk.locks.demand_open(day, record, scope)
            record = self._after("action_post", record, scope)
        if is_half_payment(record):
            self._match(record, scope)
        return self._shown(record.ref, scope)

    def _made(self, request: Request, key: str, scope: Scope) -> Record:
        head = self._desk.composer.head(PAYMENT, request.body, key, scope)
        if "journal_id/.id" not in head:
            head["journal_id/.id"] = str(self._desk.codes.journal("bank", scope))
        head |= {"payment_type": "inbound", "partner_type": "customer"}
        return _record(self._desk.loading.put(PAYMENT, [head], key, scope))

    def _after(self, method: str, record: Record, scope: Scope) -> Record:
        answer = self._desk.loading.press(PAYMENT, record.ref, method, scope)
        return _record(self._desk.loading.shown(PAYMENT, record.ref, answer, scope))

    def _match(self, record: Record, scope: Scope) -> None:
        """Match what the payment has open with its invoice; what is over stays on account."""
        invoice, move = record.body.get(_PAID), record.body.get("move_id")
        if not isinstance(invoice, str) or not isinstance(move, str):
            return
        domain = [
            ["move_id", "=", int(move)],
            ["account_type", "=", "asset_receivable"],
            ["reconciled", "=", False],
        ]
        search = Search(model="account.move.line", domain=domain, fields=("reconciled",))
        for row in rows_of(self._channel.ask(operations.search(search, scope))):
            matching = {"line_id": row["id"]}
            self._desk.loading.press(
                INVOICE, invoice, "js_assign_outstanding_line", scope, **matching
            )

    def _shown(self, ref: str, scope: Scope) -> Outcome:
        record = self._desk.records.read(PAYMENT, ref, scope)
        if record is None:
            return missing(PAYMENT, ref)
        return Outcome(verdict=Verdict.DONE, record=record)

    def cancel(self, request: Request, scope: Scope) -> Outcome:
        """Take a payment back; its invoice is open again.

        Raises:
            CallFailed: It was refused, or nobody knows.
        """
        ref = ref_of(request)
        record = self._desk.records.read(PAYMENT, ref, scope)
        if record is None:
            return missing(PAYMENT, ref)
        if record.body.get("state") in CANCELLED:
            return already(record)
        answer = self._desk.loading.press(PAYMENT, ref, "action_cancel", scope)
        outcome = self._desk.loading.shown(PAYMENT, ref, answer, scope)
        if outcome.record is not None and outcome.record.body.get("state") not in CANCELLED:
            return answer.unproven(f"its state is {outcome.record.body.get('state')}")
        return outcome


def is_half_payment(record: Record) -> bool:
    """Tell whether a payment was made, but not yet posted, or not yet matched."""
    body = record.body
    open_ = body.get(_PAID) is not None and body.get(_MATCHED) is False
    return body.get("state") == DRAFT or (open_ and body.get("state") not in CANCELLED)


def _record(outcome: Outcome) -> Record:
    if outcome.record is None:
        raise CallFailed(outcome)
    return outcome.record
