"""Reads the loose data of an audit entry into exact values and short words."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from interlock.foundation.money import Money

_LONGEST: Final = 300


def text(data: Mapping[str, object], name: str) -> str:
    """Return the field as text; empty when it is not there."""
    found = data.get(name)
    return "" if found is None else str(found)


def money_of(found: object) -> Money | None:
    """Return the money in a ``{"amount", "currency"}`` object, if that is what it is."""
    if not isinstance(found, Mapping) or not found.get("currency"):
        return None
    try:
        return Money(Decimal(str(found.get("amount"))), str(found["currency"]))
    except InvalidOperation:
        return None


def lines(data: Mapping[str, object]) -> str:
    """Return what `data` says, on one line: ``name value, name value``."""
    said = (f"{name} {_short(value)}" for name, value in data.items() if value not in ("", None))
    return ", ".join(said)


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        value = "{" + lines(value) + "}"
    elif isinstance(value, list):
        value = "[" + ", ".join(_short(each) for each in value) + "]"
    shown = str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
