"""Invoices: drafted from subscriptions or items, finalised, paid, voided, given up."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.stripe.currencies import rounded
from interlock_sandbox.stripe.errors import invalid
from interlock_sandbox.stripe.objects import Account, plain, whole
from interlock_sandbox.world import Record

DAY: Final = 86_400
OPEN: Final = frozenset({"open", "uncollectible"})


class Invoicing:
    """The invoices of an account."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def of_subscription(
        self, subscription: Record, lines: Sequence[Record], reason: str = "subscription_cycle"
    ) -> Record:
        """Make the invoice of a billing period; the first one is final at once.

        A later one is a draft for about an hour, so that something may be added to it
        (docs.stripe.com/billing/invoices/subscription); `hour_passes` ends that.
        """
        parent = {
            "type": "subscription_details",
            "subscription_details": {
                "subscription": subscription["id"],
                "metadata": dict(subscription["metadata"]),
            },
        }
        fields = {name: subscription[name] for name in ("customer", "currency")}
        fields |= {name: subscription[name] for name in ("collection_method", "days_until_due")}
        invoice = self._draft({**fields, "parent": parent, "billing_reason": reason}, lines)
        invoice["auto_advance"] = True
        return invoice if reason == "subscription_cycle" else self.finalize(invoice)

    def hour_passes(self, invoice: Record) -> Record:
        """Let the hour be over after which a draft that advances by itself is made final."""
        if not invoice["auto_advance"]:
            raise invalid("This invoice is finalized by a call only.", "invoice_not_editable")
        return self.finalize(invoice)

    def create(self, given: Record) -> Record:
        """Draft an invoice for a customer, of the items that wait for one."""
        customer = self._account.existing("customer", str(given.get("customer", "")))
        currency = str(given.get("currency") or customer.get("currency") or "usd").lower()
        waiting = [
            item
            for item in self._account.rows("invoiceitem")
            if item["customer"] == customer["id"] and item["invoice"] is None
        ]
        if given.get("pending_invoice_items_behavior", "exclude") != "include":
            waiting = []
        fields = {
            "customer": customer["id"],
            "currency": currency,
            "collection_method": given.get("collection_method", "charge_automatically"),
            "days_until_due": whole(given.get("days_until_due")),
            "metadata": given.get("metadata") or {},
            "auto_advance": plain(given.get("auto_advance", False)) is True,
            "parent": None,
            "billing_reason": "manual",
        }
        invoice = self._draft(fields, [item_line(item) for item in waiting])
        for item in waiting:
            item["invoice"] = invoice["id"]
        return invoice

    def item(self, given: Record) -> Record:
        """Make an item that waits for the customer's next invoice, or belongs to a draft."""
        customer = self._account.existing("customer", str(given.get("customer", "")))
        currency = str(given.get("currency", "")).lower()
        data = given.get("price_data") or {}
        priced = data.get("unit_amount_decimal") or data.get("unit_amount")
        product = self._product(data, currency)
        exact = Decimal(
            str(given.get("amount") or given.get("unit_amount_decimal") or priced or 0)
        )
        quantity = Decimal(str(given.get("quantity") or 1))
        fields = {
            "customer": customer["id"],
            "currency": currency,
            "amount": rounded(exact * quantity, currency),
            "quantity": int(quantity),
            "description": given.get("description") or (product and product["name"]),
            "pricing": pricing(None, product["id"]) if product else None,
            "invoice": None,
            "metadata": given.get("metadata") or {},
        }
        made = self._account.new("invoiceitem", "ii", fields)
        if given.get("invoice"):
            self._belongs(made, str(given["invoice"]))
        self._account.happened("invoiceitem.created", made)
        return made

    def _product(self, data: Record, currency: str) -> Record | None:
        if not data:
            return None
        if str(data.get("currency", "")).lower() != currency:
            raise invalid("The price's currency is another one.", "currency_mismatch", "currency")
        return self._account.existing("product", str(data.get("product", "")))

    def delete_item(self, item: Record) -> Record:
        """Delete an item that no invoice has, or only a draft."""
        ref = item["invoice"]
        if ref is not None:
            invoice = self._account.existing("invoice", ref)
            _only(invoice, {"draft"}, "invoice_not_editable")
            kept = [line for line in invoice["lines"]["data"] if item_of(line) != item["id"]]
            invoice["lines"]["data"] = kept
            self._total(invoice)
        return self._deleted(item)

    def delete(self, invoice: Record) -> Record:
        """Delete a draft that no subscription made; its items wait for the next one again."""
        if invoice["status"] != "draft" or invoice.get("parent"):
            message = "You can only delete draft invoices that no subscription made."
            raise invalid(message, "invoice_not_editable")
        for item in self._account.rows("invoiceitem"):
            if item["invoice"] == invoice["id"]:
                item["invoice"] = None
        found = self._deleted(invoice)
        self._account.happened("invoice.deleted", invoice)
        return found

    def _deleted(self, found: Record) -> Record:
        del self._account.world.table(found["object"])[found["id"]]
        return {"id": found["id"], "object": found["object"], "deleted": True}

    def _belongs(self, item: Record, ref: str) -> None:
        invoice = self._account.existing("invoice", ref)
        _only(invoice, {"draft"}, "invoice_not_editable")
        item["invoice"] = ref
        invoice["lines"]["data"].append(_line(item_line(item), invoice))
        self._total(invoice)

    def _draft(self, fields: Record, lines: Sequence[Record]) -> Record:
        standing: Record = {
            "status": "draft",
            "number": None,
            "attempt_count": 0,
            "attempted": False,
            "amount_paid": 0,
            "amount_overpaid": 0,
            "pre_payment_credit_notes_amount": 0,
            "post_payment_credit_notes_amount": 0,
            "due_date": None,
            "next_payment_attempt": None,
            "status_transitions": dict.fromkeys(
                ("finalized_at", "paid_at", "voided_at", "marked_uncollectible_at")
            ),
        }
        invoice = self._account.new("invoice", "in", standing | fields)
        shown = [_line(line, invoice) for line in lines]
        invoice["lines"] = {"object": "list", "data": shown, "has_more": False}
        self._total(invoice)
        self._account.happened("invoice.created", invoice)
        return invoice

    def _total(self, invoice: Record) -> None:
        total = sum(line["amount"] for line in invoice["lines"]["data"])
        invoice |= {"subtotal": total, "total": total}
        self.balance(invoice)

    def balance(self, invoice: Record) -> None:
        """Work out what is still to be paid."""
        due = max(0, invoice["total"] - invoice["pre_payment_credit_notes_amount"])
        invoice["amount_due"] = due
        invoice["amount_remaining"] = max(0, due - invoice["amount_paid"])

    def finalize(self, invoice: Record) -> Record:
        """Make a draft final: it gets its number, and can be paid."""
        _only(invoice, {"draft"}, "invoice_not_editable")
        now = self._account.now()
        days = invoice.get("days_until_due")
        invoice["number"] = f"STR-{self._account.world.number():06d}"
        invoice["due_date"] = now + int(days) * DAY if days else None
        self._turned(invoice, "open", "finalized_at", "invoice.finalized")
        if not invoice["amount_remaining"]:
            self.paid(invoice)
        return invoice

    def paid(self, invoice: Record) -> None:
        """Close an invoice of which nothing remains to be paid."""
        self._turned(invoice, "paid", "paid_at", "invoice.paid")

    def void(self, invoice: Record) -> Record:
        """Take an invoice back before it is paid."""
        _only(invoice, OPEN, "invoice_not_editable")
        return self._turned(invoice, "void", "voided_at", "invoice.voided")

    def give_up(self, invoice: Record) -> Record:
        """Mark an invoice uncollectible: it can still be paid."""
        _only(invoice, {"open"}, "invoice_not_editable")
        told = "invoice.marked_uncollectible"
        return self._turned(invoice, "uncollectible", "marked_uncollectible_at", told)

    def send(self, invoice: Record) -> Record:
        """Send an invoice to the customer, or a reminder of it."""
        _only(invoice, OPEN, "invoice_not_editable")
        self._account.happened("invoice.sent", invoice)
        return invoice

    def overdue(self, invoice: Record) -> Record:
        """Let an invoice's due date pass unpaid."""
        _only(invoice, OPEN, "invoice_not_editable")
        invoice["due_date"] = self._account.now() - DAY
        self._account.happened("invoice.overdue", invoice)
        return invoice

    def _turned(self, invoice: Record, status: str, when: str, event: str) -> Record:
        invoice["status"] = status
        invoice["status_transitions"] = {
            **invoice["status_transitions"],
            when: self._account.now(),
        }
        self._account.happened(event, invoice)
        return invoice


def _only(invoice: Record, states: "set[str] | frozenset[str]", code: str) -> None:
    if invoice["status"] not in states:
        message = f"This invoice is {invoice['status']}: that is not possible any more."
        raise invalid(message, code)


def item_of(line: Mapping[str, Any]) -> str | None:
    """Return the invoice item that a line came from."""
    details = (line.get("parent") or {}).get("invoice_item_details") or {}
    found: str | None = details.get("invoice_item")
    return found


def pricing(price: str | None, product: str) -> Record:
    """Return what a line says about its price."""
    return {"type": "price_details", "price_details": {"price": price, "product": product}}


def item_line(item: Mapping[str, Any]) -> Record:
    """Return the line that an invoice item becomes."""
    details = {"invoice_item": item["id"]}
    return {
        "description": item["description"],
        "quantity": item["quantity"],
        "amount": item["amount"],
        "pricing": item["pricing"],
        "parent": {"type": "invoice_item_details", "invoice_item_details": details},
    }


def _line(given: Record, invoice: Record) -> Record:
    return {
        "id": f"il_{invoice['id'][3:]}{len(invoice.get('lines', {}).get('data', []))}",
        "object": "line_item",
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "metadata": {},
        **given,
    }
