"""What the billing account holds: customers, products, prices."""

from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.stripe.delivery import Delivery
from interlock_sandbox.stripe.errors import invalid, missing
from interlock_sandbox.world import Record, World

INTERVALS: Final = frozenset({"day", "week", "month", "year"})
CHANGED: Final = {
    "customer": "customer.updated",
    "product": "product.updated",
    "price": "price.updated",
    "subscription": "customer.subscription.updated",
    "invoice": "invoice.updated",
    "credit_note": "credit_note.updated",
    "refund": "refund.updated",
    "dispute": "charge.dispute.updated",
    "subscription_schedule": "subscription_schedule.updated",
    "billing.meter": "billing.meter.updated",
}
"""Object -> the event that tells of a change of it."""
FIXED: Final = {
    "price": frozenset({"unit_amount", "unit_amount_decimal", "currency", "product", "recurring"}),
    "invoice": frozenset({"total", "status", "amount_paid", "customer", "currency"}),
}
"""What cannot be changed once the object is there."""


class Account:
    """One Stripe account."""

    def __init__(self, world: World, delivery: Delivery) -> None:
        self.world = world
        self.happened = delivery.happened

    def now(self) -> int:
        """Return the vendor's time in seconds."""
        return int(self.world.now().timestamp())

    def new(self, obj: str, prefix: str, fields: Record, ref: str | None = None) -> Record:
        """Make an object and keep it."""
        made = {
            "id": ref or f"{prefix}_{self.world.token(14)}",
            "object": obj,
            "created": self.now(),
            "livemode": False,
            "metadata": {},
            **fields,
        }
        self.world.table(obj)[made["id"]] = made
        return made

    def existing(self, obj: str, ref: str) -> Record:
        """Return an object by its id."""
        found = self.world.table(obj).get(ref)
        if found is None:
            raise missing(obj, ref)
        return found

    def rows(self, obj: str) -> list[Record]:
        """Return every object of a kind, oldest first."""
        return list(self.world.table(obj).values())

    def change(self, obj: str, found: Record, given: Record) -> Record:
        """Change an object; metadata is merged, blank unsets."""
        for name in FIXED.get(obj, frozenset()) & set(given):
            raise invalid(f"Received unknown parameter: {name}", "parameter_unknown", name)
        metadata = {**found.get("metadata", {}), **(given.pop("metadata", None) or {})}
        address = given.pop("address", None)
        if address is not None:
            found["address"] = {**(found.get("address") or {}), **address}
        found.update({name: plain(value) for name, value in given.items()})
        found["metadata"] = {name: value for name, value in metadata.items() if value}
        if obj in CHANGED:
            self.happened(CHANGED[obj], found)
        return found

    def customer(self, given: Record) -> Record:
        """Make a customer."""
        made = self.new("customer", "cus", {"email": None, "name": None, "address": None} | given)
        self.happened("customer.created", made)
        return made

    def product(self, given: Record) -> Record:
        """Make a product, under an id of the caller's choice."""
        ref = given.pop("id", None)
        if ref is not None and ref in self.world.table("product"):
            raise invalid(f"Product already exists: {ref}", "resource_already_exists", "id")
        if not given.get("name"):
            raise invalid("Missing required param: name.", "parameter_missing", "name")
        plainly = {name: plain(value) for name, value in given.items()}
        made = self.new("product", "prod", {"active": True, **plainly}, ref)
        self.happened("product.created", made)
        return made

    def meter(self, given: Record) -> Record:
        """Make a usage meter; an event name belongs to one active meter only."""
        named = given.get("event_name")
        for other in self.rows("billing.meter"):
            if other["event_name"] == named and other["status"] == "active":
                message = f"A meter with event name {named} already exists: {other['id']}."
                raise invalid(message, "resource_already_exists", "event_name")
        standing = {
            "status": "active",
            "default_aggregation": {"formula": "sum"},
            "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
            "value_settings": {"event_payload_key": "value"},
        }
        made = self.new("billing.meter", "mtr", {**standing, **given})
        self.happened("billing.meter.created", made)
        return made

    def price(self, given: Record) -> Record:
        """Make a price; a lookup key belongs to one price only."""
        for needed in ("currency", "product"):
            if not given.get(needed):
                message = f"Missing required param: {needed}."
                raise invalid(message, "parameter_missing", needed)
        self.existing("product", str(given["product"]))
        key = given.get("lookup_key")
        taken = [p for p in self.rows("price") if p.get("lookup_key") == key]
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
        made = self.new("price", "price", fields)
        self.happened("price.created", made)
        return made

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


def plain(value: Any) -> Any:  # noqa: ANN401 (a form's text)
    """Return what the text of a form means: nothing, yes, no or itself."""
    if value == "":
        return None
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def whole(value: Any) -> int | None:  # noqa: ANN401 (a form's text)
    """Return the number in a form's text."""
    return None if value in {None, ""} else int(value)
