"""Money that comes and goes: payments of invoices, refunds, credit notes, disputes."""

from typing import Any, Final

from interlock_sandbox.stripe.currencies import chargeable
from interlock_sandbox.stripe.errors import StripeError, invalid
from interlock_sandbox.stripe.invoicing import OPEN, Invoicing
from interlock_sandbox.stripe.objects import Account
from interlock_sandbox.world import Record

REASONS: Final = frozenset({"duplicate", "fraudulent", "requested_by_customer"})
SHOWN: Final = 10
NOTE_REASONS: Final = frozenset(
    {"duplicate", "fraudulent", "order_change", "product_unsatisfactory"}
)


class Payments:
    """The payments of an account."""

    def __init__(self, account: Account, invoicing: Invoicing) -> None:
        self._account = account
        self._invoicing = invoicing

    def pay(self, invoice: Record, given: Record) -> Record:
        """Pay what remains of an invoice; some customers' banks decline."""
        self._payable(invoice)
        amount = invoice["amount_remaining"]
        if str(given.get("paid_out_of_band", "")) == "true":
            record = {"type": "payment_record", "payment_record": self._token("payrec")}
            return self._received(invoice, amount, record, default=True)
        if invoice["customer"] in self._account.world.options.get("declines", []):
            self.declined(invoice)
            kind, message = "card_error", "Your card was declined."
            raise StripeError(402, kind, message, code="card_declined")
        intent = self._intent(invoice["customer"], amount, invoice["currency"])
        return self._received(invoice, amount, _by(intent), default=True)

    def receive(self, invoice: Record, amount: object) -> Record:
        """Receive part of an invoice's money, as by a bank transfer."""
        self._payable(invoice)
        found = chargeable(amount, invoice["currency"])
        intent = self._intent(invoice["customer"], found, invoice["currency"])
        return self._received(invoice, found, _by(intent), default=False)

    def attach(self, invoice: Record, given: Record) -> Record:
        """Count a payment that was made elsewhere towards an invoice."""
        self._payable(invoice)
        intent = self._account.existing("payment_intent", str(given.get("payment_intent", "")))
        if intent["status"] != "succeeded":
            raise invalid("The payment is not complete.", "payment_intent_unexpected_state")
        return self._received(invoice, intent["amount_received"], _by(intent), default=False)

    def declined(self, invoice: Record) -> Record:
        """Let an attempt to collect an invoice fail."""
        invoice["attempt_count"] += 1
        invoice["attempted"] = True
        invoice["next_payment_attempt"] = self._account.now() + 3 * 86_400
        self._account.happened("invoice.payment_failed", invoice)
        return invoice

    def _payable(self, invoice: Record) -> None:
        if invoice["status"] == "paid":
            raise invalid("Invoice is already paid", "invoice_already_paid")
        if invoice["status"] not in OPEN:
            raise invalid(f"Invoice is {invoice['status']}.", "invoice_not_editable")

    def _intent(self, customer: str, amount: int, currency: str) -> Record:
        charge = self._account.new(
            "charge",
            "ch",
            {
                "amount": amount,
                "amount_refunded": 0,
                "currency": currency,
                "customer": customer,
                "disputed": False,
                "paid": True,
                "refunded": False,
                "status": "succeeded",
            },
        )
        intent = self._account.new(
            "payment_intent",
            "pi",
            {
                "amount": amount,
                "amount_received": amount,
                "currency": currency,
                "customer": customer,
                "latest_charge": charge["id"],
                "status": "succeeded",
            },
        )
        charge["payment_intent"] = intent["id"]
        self._account.happened("charge.succeeded", charge)
        self._account.happened("payment_intent.succeeded", intent)
        return intent

    def _received(self, invoice: Record, amount: int, by: Record, *, default: bool) -> Record:
        counted = min(amount, invoice["amount_remaining"])
        invoice["amount_paid"] += counted
        invoice["amount_overpaid"] += amount - counted
        self._invoicing.balance(invoice)
        payment = self._account.new(
            "invoice_payment",
            "inpay",
            {
                "invoice": invoice["id"],
                "amount_requested": amount,
                "amount_paid": counted,
                "currency": invoice["currency"],
                "is_default": default,
                "payment": by,
                "status": "paid",
                "status_transitions": {"paid_at": self._account.now(), "canceled_at": None},
            },
        )
        del payment["metadata"]  # an invoice payment has none
        self._account.happened("invoice_payment.paid", payment)
        if invoice["amount_remaining"]:
            self._account.happened("invoice.updated", invoice)
        else:
            self._invoicing.paid(invoice)
        if amount > counted:
            self._account.happened("invoice.overpaid", invoice)
        return invoice

    def shown_with(self, invoice: Record) -> Record:
        """Return an invoice with its payments, as those see it who ask: the first ten."""
        made = [
            payment
            for payment in reversed(self._account.rows("invoice_payment"))
            if payment["invoice"] == invoice["id"]
        ]
        shown = {"object": "list", "data": made[:SHOWN], "has_more": len(made) > SHOWN}
        return {**invoice, "payments": shown}

    def refund(self, given: Record) -> Record:
        """Give money back: by payment intent or by charge, wholly unless an amount is given."""
        charge = self._charge(given)
        open_ = charge["amount"] - charge["amount_refunded"]
        if not open_:
            message = f"Charge {charge['id']} has already been refunded."
            raise invalid(message, "charge_already_refunded")
        amount = chargeable(given.get("amount", open_), charge["currency"])
        if amount > open_:
            message = f"Refund amount ({amount}) is greater than unrefunded amount ({open_})."
            raise invalid(message, "amount_too_large", "amount")
        if charge["disputed"]:
            raise invalid("This charge is disputed.", "charge_disputed")
        reason = given.get("reason")
        if reason is not None and reason not in REASONS:
            raise invalid(f"Invalid reason: {reason}", "parameter_invalid_string", "reason")
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        fields = {
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "succeeded",
            "metadata": given.get("metadata") or {},
        }
        made = self._account.new("refund", "re", fields)
        self._account.happened("refund.created", made)
        self._account.happened("charge.refunded", charge)
        return made

    def _charge(self, given: Record) -> Record:
        if given.get("payment_intent"):
            intent = self._account.existing("payment_intent", str(given["payment_intent"]))
            return self._account.existing("charge", intent["latest_charge"])
        if not given.get("charge"):
            message = "One of the following params should be provided: payment_intent or charge."
            raise invalid(message, "parameter_missing", "payment_intent")
        return self._account.existing("charge", str(given["charge"]))

    def credit(self, given: Record) -> Record:
        """Credit an invoice: what is open gets less, what is paid must go somewhere."""
        invoice = self._account.existing("invoice", str(given.get("invoice", "")))
        if invoice["status"] not in {"open", "uncollectible", "paid"}:
            raise invalid(f"Invoice is {invoice['status']}.", "invoice_not_editable", "invoice")
        amount = chargeable(given.get("amount", 0), invoice["currency"])
        credited = (
            invoice["pre_payment_credit_notes_amount"]
            + invoice["post_payment_credit_notes_amount"]
        )
        if amount > invoice["total"] - credited:
            message = "The credit note's amount is greater than what can still be credited."
            raise invalid(message, "amount_too_large", "amount")
        reason = given.get("reason")
        if reason is not None and reason not in NOTE_REASONS:
            raise invalid(f"Invalid reason: {reason}", "parameter_invalid_string", "reason")
        before = min(amount, invoice["amount_remaining"])
        refunds = self._refunds(given, invoice, amount - before)
        invoice["pre_payment_credit_notes_amount"] += before
        invoice["post_payment_credit_notes_amount"] += amount - before
        made = self._account.new(
            "credit_note",
            "cn",
            {
                "invoice": invoice["id"],
                "customer": invoice["customer"],
                "currency": invoice["currency"],
                "amount": amount,
                "total": amount,
                "subtotal": amount,
                "pre_payment_amount": before,
                "post_payment_amount": amount - before,
                "refunds": refunds,
                "reason": reason,
                "memo": given.get("memo"),
                "number": f"{invoice['number']}-CN-{self._account.world.number():02d}",
                "status": "issued",
                "metadata": given.get("metadata") or {},
            },
        )
        self._invoicing.balance(invoice)
        self._account.happened("credit_note.created", made)
        if before and not invoice["amount_remaining"] and invoice["status"] in OPEN:
            self._invoicing.paid(invoice)
        return made

    def void_credit(self, note: Record) -> Record:
        """Take a credit note back, as long as its invoice is open."""
        invoice = self._account.existing("invoice", note["invoice"])
        if note["status"] == "void" or note["post_payment_amount"]:
            raise invalid("This credit note cannot be voided.", "credit_note_not_voidable")
        invoice["pre_payment_credit_notes_amount"] -= note["pre_payment_amount"]
        self._invoicing.balance(invoice)
        note.update(status="void", voided_at=self._account.now())
        self._account.happened("credit_note.voided", note)
        return note

    def _refunds(self, given: Record, invoice: Record, after: int) -> list[Record]:
        """Return the refunds of a credit note: what is paid already must be accounted for."""
        linked: list[Record] = [
            {"refund": str(each["refund"]), "amount_refunded": int(each["amount_refunded"])}
            for each in given.get("refunds") or []
        ]
        for each in linked:
            self._account.existing("refund", each["refund"])
        elsewhere = int(given.get("credit_amount") or 0) + int(
            given.get("out_of_band_amount") or 0
        )
        told = sum(each["amount_refunded"] for each in linked) + elsewhere
        asked = int(given.get("refund_amount") or 0)
        if told + asked != after:
            message = (
                "The sum of credit amount, refund amount and out of band amount must equal "
                f"the post payment amount ({after})."
            )
            raise invalid(message, "parameter_invalid_integer", "refund_amount")
        if asked:
            payment = next(
                each
                for each in reversed(self._account.rows("invoice_payment"))
                if each["invoice"] == invoice["id"] and "payment_intent" in each["payment"]
            )
            asking = {"payment_intent": payment["payment"]["payment_intent"], "amount": asked}
            linked.append({"refund": self.refund(asking)["id"], "amount_refunded": asked})
        return linked

    def _token(self, prefix: str) -> str:
        return f"{prefix}_{self._account.world.token(14)}"


def _by(intent: Record) -> dict[str, Any]:
    return {"type": "payment_intent", "payment_intent": intent["id"]}
