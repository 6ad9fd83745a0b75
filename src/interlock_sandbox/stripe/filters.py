"""Which rows a list or a search shows."""

from collections.abc import Mapping
from typing import Any, Final

from interlock_sandbox.world import Record

_PLAIN: Final = (
    *("customer", "email", "status", "type", "product", "invoice", "payment_intent", "charge"),
    "lookup_key",
)


def tagged(row: Record, name: str, value: str) -> bool:
    """Whether a row has this in its metadata."""
    return bool(row.get("metadata", {}).get(name) == value)


def fits(row: Record, query: Mapping[str, Any]) -> bool:
    """Whether a row is in a list: every given filter holds, ended subscriptions only if asked."""
    wanted = {name: query[name] for name in _PLAIN if query.get(name, "all") != "all"}
    made_by = ((row.get("parent") or {}).get("subscription_details") or {}).get("subscription")
    if query.get("subscription") not in {None, made_by}:
        return False
    ended = row["object"] == "subscription" and row["status"] == "canceled"
    if ended and "status" not in query:
        return False
    among = {"lookup_keys": "lookup_key", "types": "type"}
    chosen = all(row.get(field) in query[name] for name, field in among.items() if name in query)
    within = _in_time(row, query) and _is_active(row, query) and _pays(row, query)
    return chosen and within and all(row.get(n) == v for n, v in wanted.items())


def _is_active(row: Record, query: Mapping[str, Any]) -> bool:
    asked = query.get("active")
    return asked is None or row.get("active") is (asked == "true")


def _pays(row: Record, query: Mapping[str, Any]) -> bool:
    """Whether a payment of an invoice was made by the payment that is asked for."""
    asked = query.get("payment")
    if not isinstance(asked, dict):
        return True
    made = row.get("payment") or {}
    return all(made.get(name) == value for name, value in asked.items())


def _in_time(row: Record, query: Mapping[str, Any]) -> bool:
    created = query.get("created")
    if not isinstance(created, dict):
        return True
    return int(created.get("gte", 0)) <= int(row["created"]) < int(created.get("lt", 2**62))
