"""Which values a field takes, and how they are kept: as the REST API shows them."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from interlock_sandbox.salesforce.errors import SalesforceError, refused
from interlock_sandbox.salesforce.schema import NUMBERS, Field

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ID: Final = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHORT: Final = 15


def stamp(moment: datetime) -> str:
    """Return `moment` in the vendor's form: whole seconds, milliseconds that are always zero.

    Two changes within a second leave the same SystemModstamp: the vendor compares seconds
    (salesforce.stackexchange.com/questions/234824).
    """
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def long_id(ref: str) -> str:
    """Return an id with its three check characters, which make it differ without case."""
    if len(ref) != _SHORT:
        return ref
    chunks = (ref[i : i + 5] for i in range(0, _SHORT, 5))
    return ref + "".join(
        _ALPHABET[sum(1 << i for i, letter in enumerate(chunk) if letter.isupper())]
        for chunk in chunks
    )


def kept(field: Field, value: object) -> object:
    """Return `value` as the org keeps it.

    Raises:
        SalesforceError: The field does not take it.
    """
    if value is None or (value == "" and field.kind not in {"date", "datetime", "boolean"}):
        return False if field.kind == "boolean" else None
    taker = _TAKERS.get(field.kind)
    if taker is not None:
        return taker(field, value)
    return _number(field, value) if field.kind in NUMBERS else _text(field, value)


def _unread(field: Field, value: object) -> SalesforceError:
    kinds: list[tuple[type | tuple[type, ...], str]] = [
        (bool, "VALUE_TRUE" if value else "VALUE_FALSE"),
        (int, "VALUE_NUMBER_INT"),
        (Decimal, "VALUE_NUMBER_FLOAT"),
        (list, "START_ARRAY"),
        (Mapping, "START_OBJECT"),
    ]
    token = next((name for kind, name in kinds if isinstance(value, kind)), "VALUE_STRING")
    shown = {"START_ARRAY": "[", "START_OBJECT": "{"}.get(token, str(value))
    message = (
        f"Cannot deserialize instance of {field.kind} from {token} value {shown} "
        "or request may be missing a required field at [line:1, column:2]"
    )
    return refused("JSON_PARSER_ERROR", message)


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _unread(field, value)
    if len(value) > field.length:
        shown = f"{field.name}: data value too large: {value} (max length={field.length})"
        raise refused("STRING_TOO_LONG", shown, field.name)
    return value


def _pick(field: Field, value: object) -> str:
    found = _text(field, value)
    if field.restricted and found not in field.values:
        message = f"{field.name}: bad value for restricted picklist field: {found}"
        raise refused("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, field.name)
    return found


def _email(field: Field, value: object) -> str:
    found = _text(field, value)
    if _EMAIL.fullmatch(found) is None:
        message = f"{field.name}: invalid email address: {found}"
        raise refused("INVALID_EMAIL_ADDRESS", message, field.name)
    return found


def _reference(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise _unread(field, value)
    if _ID.fullmatch(value) is None:
        message = f"{field.to} ID: id value of incorrect type: {value}"
        raise refused("MALFORMED_ID", message, field.name)
    return long_id(value)


def _number(field: Field, value: object) -> Decimal:
    # Assumed: a number as text is read as the number.
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _unread(field, value)
    try:
        found = Decimal(value)
    except InvalidOperation:
        raise _unread(field, value) from None
    if not found.is_finite():
        raise _unread(field, value)
    return found


def _boolean(field: Field, value: object) -> bool:
    # Assumed: a boolean as text is read as the boolean.
    found = {"true": True, "false": False}.get(str(value).lower())
    if found is None or not isinstance(value, bool | str):
        raise _unread(field, value)
    return found


def _day(field: Field, value: object) -> str:
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise _unread(field, value)
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise _unread(field, value) from None


def _moment(field: Field, value: object) -> str:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise _unread(field, value) from None
    if "T" not in str(value):
        raise _unread(field, value)
    return stamp(found if found.tzinfo else found.replace(tzinfo=UTC))


_TAKERS: Final[Mapping[str, Callable[[Field, object], object]]] = {
    "picklist": _pick,
    "email": _email,
    "reference": _reference,
    "boolean": _boolean,
    "date": _day,
    "datetime": _moment,
}
