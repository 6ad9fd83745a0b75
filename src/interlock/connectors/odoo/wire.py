"""Odoo's forms of values: `false` for nothing, pairs for other records, UTC without a zone."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from interlock.connectors.kit.document import UnreadableError, plain
from interlock.connectors.odoo.models import Field, Form

_MOMENT: Final = "%Y-%m-%d %H:%M:%S"
_PAIR: Final = 2


def shown(value: object, field: Field) -> object:
    """Return a field's value as bindings see it; a code that is not the name stays an id.

    Raises:
        UnreadableError: It has not the form of its field.
    """
    if field.form is Form.FLAG:
        return _flag(value)
    if value is False or value is None:
        return None
    if field.form in {Form.REF, Form.CODE}:
        ref, name = _pair(value)
        return name if field.form is Form.CODE and field.by == "name" else str(ref)
    if field.form is Form.REFS:
        return _refs(value)
    if field.form is Form.NUMBER:
        return _number(value)
    if field.form is Form.MOMENT:
        return moment_of(value).isoformat()
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise UnreadableError("a flag that is neither true nor false")
    return value


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise UnreadableError("an amount that is no number")
    return Decimal(value)


def _pair(value: object) -> tuple[int, str]:
    if isinstance(value, list) and len(value) == _PAIR and is_id(value[0]):
        return value[0], str(value[1])
    raise UnreadableError("another record that is not an id and a name")


def _refs(value: object) -> object:
    if not isinstance(value, list) or not all(is_id(each) for each in value):
        raise UnreadableError("other records that are no ids")
    refs = [str(each) for each in value]
    return refs[0] if len(refs) == 1 else (refs or None)


def is_id(value: object) -> bool:
    """Tell whether an answer's value is an id."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def moment_of(value: object) -> datetime:
    """Return a time of Odoo's.

    Raises:
        UnreadableError: It is none.
    """
    try:
        return datetime.strptime(str(value), _MOMENT).replace(tzinfo=UTC)
    except ValueError:
        raise UnreadableError("a time that is none") from None


def moment(value: datetime) -> str:
    """Return a time as Odoo writes it, cut to the second."""
    return value.astimezone(UTC).strftime(_MOMENT)


def cell(value: object, field: Field) -> str:
    """Return a value as `load` takes it: text; nothing is empty.

    Raises:
        ValueError: It has not the form of its field.
    """
    if value is None:
        return ""
    match field.form:
        case Form.FLAG:
            return _flag_cell(value)
        case Form.NUMBER:
            return number_cell(value)
        case Form.DAY:
            return date.fromisoformat(str(value)[:10]).isoformat()
        case Form.MOMENT:
            return _moment_cell(value)
        case _:
            return str(value)


def _flag_cell(value: object) -> str:
    if value is not True and value is not False:
        raise ValueError("a flag is true or false")
    return "1" if value else "0"


def number_cell(value: object) -> str:
    """Return a number as `load` takes it, every digit of it.

    Raises:
        ValueError: It is none.
    """
    try:
        return plain(Decimal(str(value)))
    except (InvalidOperation, TypeError):
        raise ValueError("it is not a number") from None


def _moment_cell(value: object) -> str:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment(found if found.tzinfo else found.replace(tzinfo=UTC))


def amount_in(body: Mapping[str, object], name: str) -> Decimal:
    """Return an amount of a body of ours.

    Raises:
        ValueError: It is none.
    """
    try:
        found = Decimal(str(body[name]))
    except (KeyError, InvalidOperation):
        raise ValueError(f"`{name}` must be a number") from None
    if not found.is_finite():
        raise ValueError(f"`{name}` must be a number")
    return found
