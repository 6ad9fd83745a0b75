"""What the billing account holds, and how one thing makes the next."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from interlock_sandbox.stripe.delivery import Delivery
from interlock_sandbox.world import Record, World

INTERVALS: Final = frozenset({"day", "week", "month", "year"})


class StripeError(Exception):
    """An answer that is an error."""

    def __init__(
        self,
        status: int,
        kind: str,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "message": message, "code": code, "param": param}


def invalid(message: str, code: str, param: str | None = None) -> StripeError:
    """Return the commonest error: a 400 about one parameter."""
    return StripeError(400, "invalid_request_error", message, code=code, param=param)


class Account:
    """One Stripe account."""

    def __init__(self, world: World, delivery: Delivery) -> None:
        self._world = world
        self._delivery = delivery

    def new(self, obj: str, prefix: str, fields: Record, ref: str | None = None) -> Record:
        """Make an object and keep it."""
        made = {
            "id": ref or f"{prefix}_{self._world.token(14)}",
            "object": obj,
            "created": int(self._world.now().timestamp()),
            "livemode": False,
            "metadata": {},
            **fields,
        }
        self._world.table(obj)[made["id"]] = made
        return made

    def existing(self, obj: str, ref: str) -> Record:
        """Return an object by its id."""
        found = self._world.table(obj).get(ref)
        if found is None:
            message = f"No such {obj}: '{ref}'"
            kind = "invalid_request_error"
            raise StripeError(404, kind, message, code="resource_missing", param="id")
        return found

    def customer(self, given: Record) -> Record:
        """Make a customer."""
        made = self.new("customer", "cus", {"email": None, "name": None, "address": None} | given)
        self._delivery.happened("customer.created", made)
        return made

    def product(self, given: Record) -> Record:
        """Make a product, under an id of the caller's choice."""
        ref = given.pop("id", None)
        if ref is not None and ref in self._world.table("product"):
            raise invalid(f"Product already exists: {ref}", "resource_already_exists", "id")
        if not given.get("name"):
            raise invalid("Missing required param: name.", "parameter_missing", "name")
        return self.new("product", "prod", {"active": True, **given}, ref)

    def meter(self, given: Record) -> Record:
        """Make a usage meter."""
        return self.new("billing.meter", "mtr", {"status": "active", **given})

    def price(self, given: Record) -> Record:
        """Make a price; a lookup key belongs to one price only."""
        for needed in ("currency", "product"):
            if not given.get(needed):
                message = f"Missing required param: {needed}."
                raise invalid(message, "parameter_missing", needed)
        self.existing("product", str(given["product"]))
        key = given.get("lookup_key")
        taken = [p for p in self._world.table("price").values() if p.get("lookup_key") == key]
        if key is not None and taken:
            message = f"A price (`{taken[0]['id']}`) already uses that lookup key."
            raise invalid(message, "resource_already_exists", "lookup_key")
        exact = Decimal(str(given.get("unit_amount_decimal", given.get("unit_amount", 0))))
        whole = int(exact) if exact == int(exact) else None
        recurring = given.get("recurring")
        if recurring is not None:
            recurring = self._recurring(dict(recurring))
        fields = {
            "active": True,
            "type": "recurring" if recurring else "one_time",
            **given,
            "currency": str(given["currency"]).lower(),
            "unit_amount": whole,
            "unit_amount_decimal": format(exact.normalize(), "f"),
            "recurring": recurring,
        }
        return self.new("price", "price", fields)

    def _recurring(self, given: Record) -> Record:
        if given.get("interval") not in INTERVALS:
            message = f"Invalid recurring[interval]: {given.get('interval')}"
            raise invalid(message, "parameter_invalid_string", "recurring[interval]")
        if given.get("usage_type") == "metered":
            if not given.get("meter"):
                # Since 2025-03-31.basil a metered price must name its meter.
                message = "Metered prices must be backed by a meter."
                raise invalid(message, "parameter_missing", "recurring[meter]")
            self.existing("billing.meter", str(given["meter"]))
        count = int(given.get("interval_count", 1))
        return {"usage_type": "licensed", "meter": None, **given, "interval_count": count}

    def subscription(self, given: Record) -> Record:
        """Make a subscription and its first invoice."""
        customer = self.existing("customer", str(given.get("customer", "")))
        items = given.get("items") or []
        if not items:
            raise invalid("Missing required param: items.", "parameter_missing", "items")
        ref = f"sub_{self._world.token(14)}"
        lines = [self._item(item, ref) for item in items]
        now = int(self._world.now().timestamp())
        fields = {
            "customer": customer["id"],
            "currency": str(given.get("currency") or lines[0]["price"]["currency"]).lower(),
            "status": "active",
            "collection_method": given.get("collection_method", "charge_automatically"),
            "days_until_due": _int(given.get("days_until_due")),
            "start_date": _int(given.get("backdate_start_date")) or now,
            "metadata": given.get("metadata") or {},
            "items": {"object": "list", "data": lines, "has_more": False},
            "cancel_at_period_end": False,
            "canceled_at": None,
            "latest_invoice": None,
        }
        made = self.new("subscription", "sub", fields, ref)
        made["latest_invoice"] = self._invoice(made)["id"]
        self._delivery.happened("customer.subscription.created", made)
        return made

    def _item(self, given: Record, subscription: str) -> Record:
        price = self.existing("price", str(given.get("price", "")))
        if price["type"] != "recurring":
            message = "This field only accepts prices with `type=recurring`."
            raise invalid(message, "parameter_invalid_string", "items[0][price]")
        metered = price["recurring"]["usage_type"] == "metered"
        quantity = None if metered else int(given.get("quantity", 1))
        fields = {"price": price, "quantity": quantity, "subscription": subscription}
        return self.new(
            "subscription_item", "si", {**fields, "metadata": given.get("metadata") or {}}
        )

    def _invoice(self, subscription: Record) -> Record:
        lines = [
            {
                "description": item["price"]["product"],
                "quantity": item["quantity"] or 0,
                "amount": _amount(item),
                "currency": subscription["currency"],
            }
            for item in subscription["items"]["data"]
        ]
        total = sum(line["amount"] for line in lines)
        number = self._world.number()
        made = self.new(
            "invoice",
            "in",
            {
                "customer": subscription["customer"],
                "currency": subscription["currency"],
                "status": "open",
                "number": f"STR-{number:06d}",
                "collection_method": subscription["collection_method"],
                "total": total,
                "amount_due": total,
                "amount_paid": 0,
                "amount_remaining": total,
                "lines": {"object": "list", "data": lines, "has_more": False},
                "parent": {
                    "type": "subscription_details",
                    "subscription_details": {"subscription": subscription["id"]},
                },
            },
        )
        self._delivery.happened("invoice.created", made)
        self._delivery.happened("invoice.finalized", made)
        return made

    def pay(self, invoice: Record) -> Record:
        """Pay an invoice in full; a paid one stays paid."""
        if invoice["status"] == "paid":
            return invoice
        if invoice["status"] != "open":
            message = "Invoice is not open."
            raise invalid(message, "invoice_not_editable")
        paid = {"status": "paid", "amount_paid": invoice["total"], "amount_remaining": 0}
        invoice.update(paid)
        self._delivery.happened("invoice.paid", invoice)
        return invoice

    def cancel(self, subscription: Record) -> Record:
        """End a subscription; its open invoice is voided with it."""
        if subscription["status"] == "canceled":
            ref = subscription["id"]
            raise invalid(f"No such subscription: {ref}", "resource_missing", "id")
        subscription.update(status="canceled", canceled_at=int(self._world.now().timestamp()))
        for invoice in self._world.table("invoice").values():
            details = (invoice.get("parent") or {}).get("subscription_details") or {}
            if details.get("subscription") == subscription["id"] and invoice["status"] == "open":
                invoice["status"] = "void"
                self._delivery.happened("invoice.voided", invoice)
        self._delivery.happened("customer.subscription.deleted", subscription)
        return subscription


def _amount(item: Record) -> int:
    exact = Decimal(item["price"]["unit_amount_decimal"]) * (item["quantity"] or 0)
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def _int(value: Any) -> int | None:  # noqa: ANN401 (a form's text)
    return None if value in {None, ""} else int(value)
