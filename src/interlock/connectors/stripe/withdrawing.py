"""Taking back what was never paid, as if it had not been sold."""

from dataclasses import replace
from functools import partial
from typing import Final

from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Request, Verdict
from interlock.connectors.stripe import operations
from interlock.connectors.stripe.proof import Desk, ref_of
from interlock.connectors.stripe.turns import CANCEL, TURNS, turned

_VOID: Final = TURNS["invoice.void"]
_ITEM: Final = "invoiceitem"


class Withdrawals:
    """Takes back."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def subscription(self, request: Request) -> Outcome:
        """End a subscription as if it had never been sold: nothing that is unpaid is asked for.

        Stripe leaves its open invoices open; those of which nothing was paid are voided here.
        """
        ref = ref_of(request)
        call = operations.cancel(ref, request)
        send = partial(self._desk.done, CANCEL.obj, call, ref=ref)
        ended = turned(self._desk, CANCEL, ref, send)
        if ended.verdict is not Verdict.DONE:
            return ended
        for invoice in self._desk.lookup.all(
            "invoice", (("subscription", ref), ("status", "open"))
        ):
            voided = ended if invoice.body.get("amount_paid") else self._void(invoice.ref, request)
            if voided.verdict is not Verdict.DONE:
                return voided
        return ended

    def _void(self, ref: str, request: Request) -> Outcome:
        call = operations.turn("invoice", ref, _VOID.verb, replace(request, body={}))
        return turned(self._desk, _VOID, ref, partial(self._desk.done, "invoice", call, ref=ref))

    def invoice(self, request: Request) -> Outcome:
        """Take an invoice back: a draft is deleted with its items, an open one is voided.

        The items go first, one by one: what Stripe does with those of a deleted draft its pages do
        not say, and one that waited for the customer's next invoice would be asked for after all.
        """
        ref = ref_of(request)
        found = self._desk.lookup.read("invoice", ref)
        if found is None:
            return _gone("invoice", ref)
        if found.body.get("status") != "draft":
            return self._void(ref, request)
        for item in self._desk.lookup.all(_ITEM, (("invoice", ref),)):
            self._delete(_ITEM, item.ref, request)
        self._delete("invoice", ref, request)
        return _gone("invoice", ref)

    def item(self, request: Request) -> Outcome:
        """Delete an item that waits, or that a draft has; one of a final invoice stays."""
        ref = ref_of(request)
        self._delete(_ITEM, ref, request)
        return _gone(_ITEM, ref)

    def _delete(self, obj: str, ref: str, request: Request) -> None:
        try:
            answer = self._desk.channel.ask(operations.delete(obj, ref, request))
        except CallFailed as failure:
            if failure.outcome.kind is Kind.NOT_FOUND:
                return
            raise
        shown = answer.mapping()
        if shown.get("id") != ref or shown.get("deleted") is not True:
            raise answer.malformed(f"the {obj} {ref} was to be deleted, and this does not say so")


def _gone(obj: str, ref: str) -> Outcome:
    """Return that there is no such object any more: it was read, or its deletion answered."""
    shown = {"id": ref, "object": obj, "deleted": True}
    return Outcome(verdict=Verdict.DONE, record=Record(ref=ref, body=shown), status=200)
