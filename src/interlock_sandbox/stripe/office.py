"""What everybody in an account does, by path: the vendor's own pages say which calls there are."""

from collections.abc import Callable, Mapping
from typing import Final

from interlock_sandbox.stripe.delivery import Delivery
from interlock_sandbox.stripe.disputes import Disputes
from interlock_sandbox.stripe.errors import missing
from interlock_sandbox.stripe.invoicing import Invoicing
from interlock_sandbox.stripe.metering import Metering
from interlock_sandbox.stripe.objects import Account
from interlock_sandbox.stripe.payments import Payments
from interlock_sandbox.stripe.schedules import Schedules
from interlock_sandbox.stripe.subscriptions import Subscriptions
from interlock_sandbox.world import Record, World

LISTS: Final = {
    "customers": "customer",
    "products": "product",
    "prices": "price",
    "billing/meters": "billing.meter",
    "subscriptions": "subscription",
    "subscription_schedules": "subscription_schedule",
    "invoices": "invoice",
    "invoiceitems": "invoiceitem",
    "invoice_payments": "invoice_payment",
    "payment_intents": "payment_intent",
    "charges": "charge",
    "refunds": "refund",
    "credit_notes": "credit_note",
    "disputes": "dispute",
    "events": "event",
}
"""Path -> object: every one of them can be listed and read by its id."""
SEARCHED: Final = frozenset(
    {
        *("customers", "products", "prices", "subscriptions"),
        *("invoices", "payment_intents", "charges"),
    }
)
"""Paths whose objects the search knows (docs.stripe.com/search)."""
CHANGED: Final = frozenset(LISTS) - {"events", "invoice_payments"}
"""Paths whose objects take a POST of new fields."""

Make = Callable[[Record], Record]
Act = Callable[[Record, Record], Record]


class Office:
    """The parts of an account, wired."""

    def __init__(self, world: World) -> None:
        self.account = Account(world, Delivery(world))
        window = float(world.options.get("idempotency_window", 86_400))
        self.metering = Metering(self.account, window)
        self.invoicing = Invoicing(self.account)
        self.payments = Payments(self.account, self.invoicing)
        self.disputes = Disputes(self.account)
        self.subscriptions = Subscriptions(self.account, self.invoicing, self.metering)
        self.schedules = Schedules(self.account, self.subscriptions)

    @property
    def makers(self) -> Mapping[str, Make]:
        """Return what a POST to a list makes."""
        return {
            "customers": self.account.customer,
            "products": self.account.product,
            "prices": self.account.price,
            "billing/meters": self.account.meter,
            "billing/meter_events": self.metering.event,
            "subscriptions": self.subscriptions.create,
            "subscription_schedules": self.schedules.create,
            "invoices": self.invoicing.create,
            "invoiceitems": self.invoicing.item,
            "refunds": self.payments.refund,
            "credit_notes": self.payments.credit,
        }

    @property
    def acts(self) -> Mapping[tuple[str, str], Act]:
        """Return what a POST to a verb of an object does."""
        invoicing, payments = self.invoicing, self.payments
        return {
            ("invoices", "finalize"): lambda found, _: invoicing.finalize(found),
            ("invoices", "pay"): payments.pay,
            ("invoices", "attach_payment"): payments.attach,
            ("invoices", "void"): lambda found, _: invoicing.void(found),
            ("invoices", "mark_uncollectible"): lambda found, _: invoicing.give_up(found),
            ("invoices", "send"): lambda found, _: invoicing.send(found),
            ("credit_notes", "void"): lambda found, _: payments.void_credit(found),
            ("disputes", "close"): lambda found, _: self.disputes.closed(found, "lost"),
            ("subscription_schedules", "release"): self.schedules.release,
            ("subscription_schedules", "cancel"): self.schedules.cancel,
        }

    @property
    def removals(self) -> Mapping[str, Act]:
        """Return what a DELETE of an object does."""
        return {
            "subscriptions": self.subscriptions.cancel,
            "invoices": lambda found, _: self.invoicing.delete(found),
            "invoiceitems": lambda found, _: self.invoicing.delete_item(found),
        }

    def change(self, path: str, found: Record, given: Record) -> Record:
        """Change an object."""
        match path:
            case "subscriptions":
                return self.subscriptions.update(found, given)
            case "subscription_schedules":
                return self.schedules.update(found, given)
            case "disputes":
                return self.disputes.answer(found, given)
            case _:
                return self.account.change(LISTS[path], found, given)

    def told(self, deed: str, given: Record) -> Record:
        """Let customers, banks and time do their part: the sandbox's own control.

        Deeds: ``receive`` (part of an invoice's money), ``decline``, ``overdue``, ``refund`` (in
        the dashboard), ``dispute``, ``decide`` (a dispute), ``cycle`` (a billing period ends),
        ``hour`` (after which the draft of a period is made final).
        """
        invoice = given.get("invoice")
        if deed in {"receive", "decline", "overdue", "hour"}:
            found = self.account.existing("invoice", str(invoice))
            if deed == "receive":
                return self.payments.receive(found, given["amount"])
            acts = {"decline": self.payments.declined, "overdue": self.invoicing.overdue}
            return acts.get(deed, self.invoicing.hour_passes)(found)
        match deed:
            case "refund":
                return self.payments.refund(given)
            case "dispute":
                intent = self.account.existing("payment_intent", str(given["payment_intent"]))
                return self.disputes.opened(intent, str(given.get("reason", "fraudulent")))
            case "decide":
                found = self.account.existing("dispute", str(given["dispute"]))
                return self.disputes.closed(found, str(given["status"]))
            case "cycle":
                found = self.account.existing("subscription", str(given["subscription"]))
                return self.subscriptions.cycle(found)
            case _:
                raise missing("deed", deed)
