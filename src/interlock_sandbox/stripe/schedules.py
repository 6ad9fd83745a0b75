"""Subscription schedules: phases that are laid down now and come about later."""

from typing import Final

from interlock_sandbox.stripe.errors import invalid
from interlock_sandbox.stripe.objects import Account, whole
from interlock_sandbox.stripe.subscriptions import Subscriptions
from interlock_sandbox.world import Record

ENDS: Final = frozenset({"canceled", "completed", "released"})
NOW: Final = "now"


class Schedules:
    """The schedules of an account."""

    def __init__(self, account: Account, subscriptions: Subscriptions) -> None:
        self._account = account
        self._subscriptions = subscriptions

    def create(self, given: Record) -> Record:
        """Lay phases down, for a new subscription or for one that is there."""
        if given.get("from_subscription"):
            return self._from(self._account.existing("subscription", given["from_subscription"]))
        customer = self._account.existing("customer", str(given.get("customer", "")))
        phases = self._phases(given)
        begins = given.get("start_date", NOW)
        now = self._account.now()
        at = now if begins == NOW else int(begins)
        made = self._made(customer["id"], _timed(phases, at), given)
        if at <= now:
            self._begin(made)
        self._account.happened("subscription_schedule.created", made)
        return made

    def _phases(self, given: Record) -> list[Record]:
        phases = given.get("phases") or []
        if not phases:
            raise invalid("Missing required param: phases.", "parameter_missing", "phases")
        for phase in phases:
            for item in phase.get("items") or []:
                self._account.existing("price", str(item.get("price", "")))
        return list(phases)

    def _made(self, customer: str, phases: list[Record], given: Record) -> Record:
        fields = {
            "customer": customer,
            "phases": phases,
            "current_phase": None,
            "end_behavior": given.get("end_behavior", "release"),
            "status": "not_started",
            "subscription": None,
            "released_subscription": None,
            "canceled_at": None,
            "released_at": None,
            "metadata": given.get("metadata") or {},
        }
        return self._account.new("subscription_schedule", "sub_sched", fields)

    def _from(self, subscription: Record) -> Record:
        if subscription["schedule"]:
            message = "The subscription is already attached to a schedule."
            raise invalid(message, "resource_already_exists", "from_subscription")
        items = [
            {"price": item["price"]["id"], "quantity": item["quantity"]}
            for item in subscription["items"]["data"]
        ]
        begins = subscription["start_date"]
        ends = max(item["current_period_end"] for item in subscription["items"]["data"])
        phase = {"items": items, "start_date": begins, "end_date": ends}
        made = self._made(subscription["customer"], [phase], {})
        self._attached(made, subscription)
        self._account.happened("subscription_schedule.created", made)
        return made

    def _begin(self, schedule: Record) -> None:
        phase = schedule["phases"][0]
        asked = {"customer": schedule["customer"], "items": phase["items"]}
        asked["metadata"] = {**schedule["metadata"], **(phase.get("metadata") or {})}
        self._attached(schedule, self._subscriptions.create(asked))

    def _attached(self, schedule: Record, subscription: Record) -> None:
        subscription["schedule"] = schedule["id"]
        phase = schedule["phases"][0]
        current = {name: phase[name] for name in ("start_date", "end_date")}
        schedule.update(status="active", subscription=subscription["id"], current_phase=current)

    def update(self, schedule: Record, given: Record) -> Record:
        """Lay other phases down."""
        self._alive(schedule)
        if "phases" in given:
            begins = schedule["phases"][0]["start_date"]
            given["phases"] = _timed(self._phases(given), begins)
        return self._account.change("subscription_schedule", schedule, given)

    def release(self, schedule: Record, _: Record) -> Record:
        """Let the subscription go on without its schedule."""
        self._alive(schedule)
        ref = schedule["subscription"]
        if ref is not None:
            self._account.existing("subscription", ref)["schedule"] = None
        schedule.update(status="released", released_subscription=ref, subscription=None)
        schedule["released_at"] = self._account.now()
        self._account.happened("subscription_schedule.released", schedule)
        return schedule

    def cancel(self, schedule: Record, given: Record) -> Record:
        """End a schedule, and its subscription with it."""
        self._alive(schedule)
        schedule.update(status="canceled", canceled_at=self._account.now())
        if schedule["subscription"]:
            subscription = self._account.existing("subscription", schedule["subscription"])
            self._subscriptions.cancel(subscription, given)
        self._account.happened("subscription_schedule.canceled", schedule)
        return schedule

    def _alive(self, schedule: Record) -> None:
        if schedule["status"] in ENDS:
            message = f"You cannot change a schedule that is {schedule['status']}."
            raise invalid(message, "resource_missing", "id")


def _timed(phases: list[Record], begins: int) -> list[Record]:
    """Return phases with their begin and end, one after the other."""
    found = []
    for phase in phases:
        ends = whole(phase.get("end_date"))
        begins = whole(phase.get("start_date")) or begins
        found.append({**phase, "start_date": begins, "end_date": ends})
        begins = ends or begins
    return found
