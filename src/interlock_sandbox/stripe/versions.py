"""The account's objects as older API versions show them.

Since 2025-03-31.basil (docs.stripe.com/changelog/basil) an invoice says in ``parent`` what made
it, its payments are objects of their own, and a billing period is the subscription item's.
Accounts and webhook endpoints that were pinned before still get the old form.
"""

from typing import Final

from interlock_sandbox.world import Record

BASIL: Final = "2025-03-31"


def as_of(version: str, found: Record) -> Record:
    """Return an object as an API version shows it."""
    if version[: len(BASIL)] >= BASIL:
        return found
    match found.get("object"):
        case "invoice":
            return _invoice(found)
        case "subscription":
            return _subscription(found)
        case "credit_note":
            old = {name: value for name, value in found.items() if name != "refunds"}
            refunds = found.get("refunds") or [{"refund": None}]
            return {**old, "refund": refunds[0]["refund"]}
        case _:
            return found


def _invoice(found: Record) -> Record:
    old = {name: value for name, value in found.items() if name != "parent"}
    details = (found.get("parent") or {}).get("subscription_details") or {}
    lines = [
        {name: value for name, value in line.items() if name not in {"parent", "pricing"}}
        for line in found["lines"]["data"]
    ]
    return {
        **old,
        "paid": found["status"] == "paid",
        "subscription": details.get("subscription"),
        "subscription_details": {"metadata": details.get("metadata")},
        "lines": {**found["lines"], "data": lines},
    }


def _subscription(found: Record) -> Record:
    items = found["items"]["data"]
    bare = [
        {name: value for name, value in item.items() if not name.startswith("current_period")}
        for item in items
    ]
    return {
        **found,
        "items": {**found["items"], "data": bare},
        "current_period_start": items[0]["current_period_start"] if items else None,
        "current_period_end": items[0]["current_period_end"] if items else None,
    }
