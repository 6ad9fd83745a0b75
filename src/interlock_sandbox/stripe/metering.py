"""Usage: meter events, counted once per identifier, and what they come to."""

from decimal import Decimal, InvalidOperation
from typing import Any, Final

from interlock_sandbox.stripe.errors import invalid
from interlock_sandbox.stripe.objects import Account
from interlock_sandbox.world import Record

OLDEST: Final = 35 * 86_400
NEWEST: Final = 5 * 60


class Metering:
    """The meter events of an account."""

    def __init__(self, account: Account, window_seconds: float) -> None:
        self._account = account
        self._window = window_seconds

    def event(self, given: Record) -> Record:
        """Take a meter event; what is wrong with its customer is found out only later."""
        meter = self._meter(str(given.get("event_name", "")))
        payload = dict(given.get("payload") or {})
        value = self._value(payload.get(meter["value_settings"]["event_payload_key"]))
        if not payload.get(meter["customer_mapping"]["event_payload_key"]):
            message = "Missing required param: payload[stripe_customer_id]."
            raise invalid(message, "parameter_missing", "payload[stripe_customer_id]")
        now = self._account.now()
        at = int(given.get("timestamp") or now)
        if not now - OLDEST <= at <= now + NEWEST:
            message = "The timestamp must be within the past 35 days or the next 5 minutes."
            raise invalid(message, "timestamp_too_far_in_past", "timestamp")
        ref = str(given.get("identifier") or self._account.world.token(24))
        self._unused(ref, now)
        made: Record = {
            "object": "billing.meter_event",
            "created": now,
            "event_name": meter["event_name"],
            "identifier": ref,
            "livemode": False,
            "payload": payload,
            "timestamp": at,
        }
        kept = {**made, "value": value, "meter": meter["id"], "billed": False}
        self._account.world.table("billing.meter_event")[f"{ref}/{now}"] = kept
        return made

    def _meter(self, name: str) -> Record:
        for meter in self._account.rows("billing.meter"):
            if meter["event_name"] == name and meter["status"] == "active":
                return meter
        message = f"No active meter found for event name: {name}."
        raise invalid(message, "no_meter", "event_name")

    def _value(self, text: Any) -> Decimal:  # noqa: ANN401 (a form's text)
        try:
            found = Decimal(str(text))
        except InvalidOperation:
            found = Decimal(-1)
        if found < 0 or found != int(found):
            message = "The value must be a non-negative whole number."
            raise invalid(message, "invalid_value", "payload[value]")
        return found

    def _unused(self, ref: str, now: int) -> None:
        for event in self._account.rows("billing.meter_event"):
            if event["identifier"] == ref and now - event["created"] <= self._window:
                message = f"An event already exists with identifier {ref}."
                raise invalid(message, "duplicate_meter_event", "identifier")

    def summaries(self, meter: Record, query: Record) -> list[Record]:
        """Return what a customer's usage comes to in a time."""
        begins, ends = int(query.get("start_time", 0)), int(query.get("end_time", 2**40))
        total = sum(
            (
                event["value"]
                for event in self._of(meter, str(query.get("customer", "")))
                if begins <= event["timestamp"] < ends
            ),
            Decimal(0),
        )
        made = {
            "id": f"mtrusg_{meter['id'][4:]}",
            "object": "billing.meter_event_summary",
            "meter": meter["id"],
            "aggregated_value": int(total),
            "start_time": begins,
            "end_time": ends,
            "livemode": False,
        }
        return [made]

    def since_last_time(self, meter: Record, customer: str) -> Decimal:
        """Return the usage that no invoice has billed yet, and call it billed."""
        total = Decimal(0)
        for event in self._of(meter, customer):
            if not event["billed"]:
                event["billed"] = True
                total += event["value"]
        return total

    def _of(self, meter: Record, customer: str) -> list[Record]:
        key = meter["customer_mapping"]["event_payload_key"]
        return [
            event
            for event in self._account.rows("billing.meter_event")
            if event["meter"] == meter["id"] and event["payload"].get(key) == customer
        ]
