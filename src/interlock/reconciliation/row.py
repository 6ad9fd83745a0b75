"""A record as it is compared: flat, exact, in the words of the entity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from interlock.foundation.clock import iso
from interlock.foundation.ids import digest
from interlock.foundation.money import Money
from interlock.reconciliation.comparison import SCALE

_UNIT: Final = Decimal(1).scaleb(-SCALE)
_LARGEST: Final = Decimal(10) ** 20
"""No amount in any currency is as large; ten thousand million such rows still add up exactly."""
Cell = str | Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One record of one side."""

    ref: str
    """The system's own id."""
    key: str | None
    """What it has in common with the others; ``None``: it says nothing."""
    about: str | None = None
    """The key of the run that is about it; ``None``: its own."""
    system: str = ""
    legal_entity: str = ""
    currency: str = ""
    amount: Decimal | None = None
    late: bool = False
    """It counts after the cut-off."""
    fresh: bool = False
    """It changed less than the settle time ago."""
    dated: date | None = None
    """The day by which it is late or not."""
    at: datetime | None = None
    """The moment by which it is fresh or not."""
    cells: Mapping[str, Cell] = field(default_factory=dict)
    """By column."""
    unsaid: frozenset[str] = frozenset()
    """Columns that its system does not hold: nothing is compared there."""


class UnfitError(ValueError):
    """A value that cannot be compared exactly."""


def number(value: object) -> Decimal | None:
    """Return an exact number; raises `UnfitError` for what is none."""
    if value is None:
        return None
    if isinstance(value, Money):
        return exact(value.amount)
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise UnfitError(f"{type(value).__name__} where an exact number is compared")
    return exact(Decimal(value))


def exact(value: Decimal) -> Decimal:
    """Return `value` if it has no more digits than any amount; raises `UnfitError` if it has."""
    if not value.is_finite() or abs(value) >= _LARGEST or value != value.quantize(_UNIT):
        raise UnfitError(f"{value} is no amount of any currency")
    return value


def text(value: object) -> str | None:
    """Return the one text of a value; nothing for nothing."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, list | tuple | Mapping):
        return digest(value)
    return str(value).strip() or None
