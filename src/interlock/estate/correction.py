"""What a person types to correct a field, as a value of the field's type."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from interlock.estate.estate import Estate

_READ: Final[Mapping[str, Callable[[str], object]]] = {
    "decimal": Decimal,
    "money": Decimal,
    "int": int,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def typed(estate: Estate, correction: Mapping[str, object]) -> dict[str, object]:
    """Return a correction with text read by the type of its field, ``entity.field``.

    Text that is no value of the type stays as it is: the step that uses it says what is wrong.
    """
    return {name: _typed(estate, name, value) for name, value in correction.items()}


def _typed(estate: Estate, name: str, value: object) -> object:
    entity, _, field = name.partition(".")
    known = estate.entities.get(entity)
    declared = known.field(field) if known is not None else None
    read = _READ.get(declared.type or "") if declared is not None else None
    if read is None or not isinstance(value, str):
        return value
    try:
        return read(value)
    except (ValueError, KeyError, InvalidOperation):
        return value
