"""Subscriptions: made, changed, billed period by period, ended."""

import calendar
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.stripe.currencies import rounded
from interlock_sandbox.stripe.errors import invalid
from interlock_sandbox.stripe.invoicing import OPEN, Invoicing, pricing
from interlock_sandbox.stripe.metering import Metering
from interlock_sandbox.stripe.objects import Account, plain, whole
from interlock_sandbox.world import Record

MONTHS: Final = {"month": 1, "year": 12}
DAYS: Final = {"day": 1, "week": 7}
_ORDINARY: Final = frozenset(
    {"cancel_at", "cancel_at_period_end", "collection_method", "days_until_due", "metadata"}
)


class Subscriptions:
    """The subscriptions of an account."""

    def __init__(self, account: Account, invoicing: Invoicing, metering: Metering) -> None:
        self._account = account
        self._invoicing = invoicing
        self._metering = metering

    def create(self, given: Record) -> Record:
        """Make a subscription and its first invoice."""
        customer = self._account.existing("customer", str(given.get("customer", "")))
        items = given.get("items") or []
        if not items:
            raise invalid("Missing required param: items.", "parameter_missing", "items")
        ref = f"sub_{self._account.world.token(14)}"
        now = self._account.now()
        began = whole(given.get("backdate_start_date")) or now
        lines = [self._item(item, ref, now) for item in items]
        anchor = whole(given.get("billing_cycle_anchor"))
        if anchor is not None:
            for line in lines:
                _anchored(line, began, anchor, now)
        fields = {
            "customer": customer["id"],
            "currency": str(given.get("currency") or lines[0]["price"]["currency"]).lower(),
            "status": "active",
            "collection_method": given.get("collection_method", "charge_automatically"),
            "days_until_due": whole(given.get("days_until_due")),
            "start_date": began,
            "billing_cycle_anchor": anchor or began,
            "cancel_at": whole(given.get("cancel_at")),
            "metadata": given.get("metadata") or {},
            "items": {"object": "list", "data": lines, "has_more": False},
            "cancel_at_period_end": False,
            "canceled_at": None,
            "ended_at": None,
            "latest_invoice": None,
            "schedule": None,
        }
        made = self._account.new("subscription", "sub", fields, ref)
        billed = [*_first_lines(made, given), *self._extras(given, made)]
        if billed:
            invoice = self._invoicing.of_subscription(made, billed, "subscription_create")
            made["latest_invoice"] = invoice["id"]
        self._account.happened("customer.subscription.created", made)
        return made

    def _item(self, given: Record, subscription: str, begins: int) -> Record:
        price = self._account.existing("price", str(given.get("price", "")))
        if price["type"] != "recurring":
            message = "This field only accepts prices with `type=recurring`."
            raise invalid(message, "parameter_invalid_string", "items[0][price]")
        metered = price["recurring"]["usage_type"] == "metered"
        fields = {
            "price": price,
            "quantity": None if metered else int(given.get("quantity") or 1),
            "subscription": subscription,
            # Since 2025-03-31.basil the period is the item's.
            "current_period_start": begins,
            "current_period_end": period_end(begins, price["recurring"]),
            "metadata": given.get("metadata") or {},
        }
        return self._account.new("subscription_item", "si", fields)

    def _extras(self, given: Record, subscription: Record) -> Iterator[Record]:
        """Yield the lines of one-off charges on the next invoice."""
        for each in given.get("add_invoice_items") or []:
            data = each.get("price_data") or {}
            if each.get("price"):
                data = self._account.existing("price", str(each["price"]))
            product = self._account.existing("product", str(data.get("product", "")))
            if str(data.get("currency", "")).lower() != subscription["currency"]:
                message = "All prices on a subscription must have the same currency."
                raise invalid(message, "currency_mismatch", "add_invoice_items")
            amount = Decimal(str(data.get("unit_amount_decimal", data.get("unit_amount", 0))))
            quantity = int(each.get("quantity") or 1)
            asked = {
                "customer": subscription["customer"],
                "currency": subscription["currency"],
                "amount": amount * quantity,
                "description": product["name"],
            }
            item = self._invoicing.item(asked)
            item["invoice"] = "this"
            details = {"type": "invoice_item_details", "invoice_item_details": {"id": item["id"]}}
            yield {
                "description": product["name"],
                "quantity": quantity,
                "amount": item["amount"],
                "parent": details,
                "pricing": pricing(None, product["id"]),
            }

    def update(self, subscription: Record, given: Record) -> Record:
        """Change a subscription; items with their id are changed, others are added."""
        if subscription["status"] == "canceled":
            raise invalid("A canceled subscription can only update its cancellation_details "
                          "and metadata.", "resource_missing", "id")  # fmt: skip
        items = given.pop("items", None) or []
        before = sum(line["amount"] for line in _lines(subscription))
        for item in items:
            self._changed_item(subscription, item)
        ordinary = {name: given[name] for name in _ORDINARY & set(given)}
        for name in ("cancel_at", "days_until_due"):
            if name in ordinary:
                ordinary[name] = whole(ordinary[name])
        after = sum(line["amount"] for line in _lines(subscription))
        if given.get("proration_behavior") == "always_invoice" and after != before:
            line = {"description": "Remaining time", "quantity": 1, "amount": after - before}
            extras = list(self._extras(given, subscription))
            invoice = self._invoicing.of_subscription(
                subscription, [line, *extras], "subscription_update"
            )
            subscription["latest_invoice"] = invoice["id"]
        elif given.get("add_invoice_items"):
            extras = list(self._extras(given, subscription))
            invoice = self._invoicing.of_subscription(subscription, extras, "subscription_update")
            subscription["latest_invoice"] = invoice["id"]
        return self._account.change("subscription", subscription, ordinary)

    def _changed_item(self, subscription: Record, given: Record) -> None:
        held: list[Record] = subscription["items"]["data"]
        if not given.get("id"):
            held.append(self._item(given, subscription["id"], self._account.now()))
            return
        found = next((item for item in held if item["id"] == given["id"]), None)
        if found is None:
            message = f"No such subscription item: '{given['id']}'"
            raise invalid(message, "resource_missing", "items[0][id]")
        if plain(given.get("deleted")) is True:
            held.remove(found)
            return
        if given.get("price"):
            found["price"] = self._account.existing("price", str(given["price"]))
        if given.get("quantity"):
            found["quantity"] = int(given["quantity"])
        found["metadata"] = {**found["metadata"], **(given.get("metadata") or {})}

    def cancel(self, subscription: Record, _: Record) -> Record:
        """End a subscription now; its open invoices stay, and are not collected by themselves."""
        if subscription["status"] == "canceled":
            ref = subscription["id"]
            raise invalid(f"No such subscription: {ref}", "resource_missing", "id")
        now = self._account.now()
        subscription.update(status="canceled", canceled_at=now, ended_at=now)
        for invoice in self.invoices(subscription):
            if invoice["status"] in OPEN:
                invoice["auto_advance"] = False
        self._account.happened("customer.subscription.deleted", subscription)
        return subscription

    def invoices(self, subscription: Record) -> Iterator[Record]:
        """Yield the invoices of a subscription."""
        for invoice in self._account.rows("invoice"):
            details = (invoice.get("parent") or {}).get("subscription_details") or {}
            if details.get("subscription") == subscription["id"]:
                yield invoice

    def cycle(self, subscription: Record) -> Record:
        """Let a billing period end: usage is billed in arrears, the rest in advance."""
        used: list[Record] = []
        for item in subscription["items"]["data"]:
            ends = item["current_period_end"]
            if item["price"]["recurring"]["usage_type"] == "metered":
                line = self._used(item, subscription)
                used.append(line)
            item["current_period_start"] = ends
            item["current_period_end"] = period_end(ends, item["price"]["recurring"])
        lines = [line for line in _lines(subscription) if not line["metered"]]
        invoice = self._invoicing.of_subscription(subscription, [*lines, *used])
        subscription["latest_invoice"] = invoice["id"]
        self._account.happened("customer.subscription.updated", subscription)
        return invoice

    def _used(self, item: Record, subscription: Record) -> Record:
        meter = self._account.existing("billing.meter", item["price"]["recurring"]["meter"])
        total = self._metering.since_last_time(meter, subscription["customer"])
        amount = Decimal(item["price"]["unit_amount_decimal"]) * total
        return {
            "description": item["price"]["product"],
            "quantity": int(total),
            "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
            "amount": rounded(amount, subscription["currency"]),
            "pricing": pricing(item["price"]["id"], item["price"]["product"]),
            "parent": _of_item(item),
        }


def _anchored(item: Record, began: int, anchor: int, now: int) -> None:
    """Let an item's first period end where the cycle is anchored.

    The anchor lies in the future, and no later than where a period that begins now would end
    (docs.stripe.com/billing/subscriptions/billing-cycle).
    """
    natural = period_end(max(now, began), item["price"]["recurring"])
    if not now < anchor <= natural:
        message = (
            "`billing_cycle_anchor` must be in the future, and cannot be later than the next "
            f"natural billing date ({natural})."
        )
        raise invalid(message, "parameter_invalid_integer", "billing_cycle_anchor")
    item.update(current_period_start=began, current_period_end=anchor)


def _first_lines(subscription: Record, given: Record) -> list[Record]:
    """Return what the time until the first full period costs.

    That is a share by seconds, or nothing at all: then there is no invoice, not even one of zero,
    unless something is charged once (docs.stripe.com/billing/subscriptions/billing-cycle).
    """
    lines = _lines(subscription)
    if not given.get("billing_cycle_anchor"):
        return lines
    if given.get("proration_behavior") == "none":
        return []
    items = subscription["items"]["data"]
    for line, item in zip(lines, items, strict=True):
        begins, ends = item["current_period_start"], item["current_period_end"]
        whole_period = period_end(begins, item["price"]["recurring"]) - begins
        share = Decimal(ends - begins) / Decimal(whole_period)
        line["amount"] = rounded(line["amount"] * share, subscription["currency"])
    return lines


def _lines(subscription: Record) -> list[Record]:
    """Return what a period costs in advance."""
    return [
        {
            "description": item["price"]["product"],
            "quantity": item["quantity"] or 0,
            "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
            "amount": _amount(item, subscription["currency"]),
            "metered": item["price"]["recurring"]["usage_type"] == "metered",
            "pricing": pricing(item["price"]["id"], item["price"]["product"]),
            "parent": _of_item(item),
        }
        for item in subscription["items"]["data"]
    ]


def _amount(item: Record, currency: str) -> int:
    if item["price"]["recurring"]["usage_type"] == "metered":
        return 0
    return rounded(Decimal(item["price"]["unit_amount_decimal"]) * item["quantity"], currency)


def _of_item(item: Record) -> Record:
    details = {"subscription_item": item["id"], "subscription": item["subscription"]}
    return {"type": "subscription_item_details", "subscription_item_details": details}


def period_end(begins: int, recurring: dict[str, Any]) -> int:
    """Return when a period that begins then ends: by the calendar."""
    count = int(recurring["interval_count"])
    if recurring["interval"] in DAYS:
        return begins + 86_400 * DAYS[recurring["interval"]] * count
    moment = datetime.fromtimestamp(begins, UTC)
    months = MONTHS[recurring["interval"]] * count
    year, month = divmod(moment.year * 12 + moment.month - 1 + months, 12)
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return int(moment.replace(year=year, month=month + 1, day=day).timestamp())
