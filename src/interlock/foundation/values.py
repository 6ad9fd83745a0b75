"""Values as text and back: exact decimals, dates and moments survive a JSON column."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

_TAG: Final = "$"


def dump(value: object) -> str:
    """Return `value` as JSON text from which `load` makes an equal value."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=_tagged)


def load(text: str) -> object:
    """Return the value that `dump` wrote. A JSON number with a point becomes a `Decimal`."""
    return _DECODER.decode(text)


def _tagged(value: object) -> object:
    if isinstance(value, Decimal):
        return {_TAG: "d", "v": str(value)}
    if isinstance(value, datetime):
        return {_TAG: "t", "v": value.astimezone(UTC).isoformat()}
    if isinstance(value, date):
        return {_TAG: "a", "v": value.isoformat()}
    if isinstance(value, timedelta):
        return {_TAG: "u", "v": str(value // timedelta(microseconds=1))}
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def _untagged(found: dict[str, object]) -> object:
    reader = _READERS.get(str(found.get(_TAG))) if len(found) == len((_TAG, "v")) else None
    if reader is None:
        return found
    try:
        return reader(str(found.get("v")))
    except (ValueError, ArithmeticError):
        # A vendor may send an object that only looks like one of ours: it stays what it is.
        return found


_READERS: Final[dict[str, Callable[[str], object]]] = {
    "d": Decimal,
    "t": datetime.fromisoformat,
    "a": date.fromisoformat,
    "u": lambda text: timedelta(microseconds=int(text)),
}
_DECODER: Final = json.JSONDecoder(object_hook=_untagged, parse_float=Decimal)
"""Made once: to make one costs more than to read a fact with it."""
