"""Durations as people write them in the estate."""

from datetime import timedelta
from typing import Final

_UNITS: Final = (
    ("d", timedelta(days=1)),
    ("h", timedelta(hours=1)),
    ("m", timedelta(minutes=1)),
    ("s", timedelta(seconds=1)),
)


def spoken(duration: timedelta) -> str:
    """Return ``1h30m``: the two largest units that are not nothing."""
    parts: list[str] = []
    left = duration
    for letter, unit in _UNITS:
        number, left = divmod(left, unit)
        if number:
            parts.append(f"{number}{letter}")
    if not parts:
        return f"{duration // timedelta(milliseconds=1)}ms"
    return "".join(parts[:2])
