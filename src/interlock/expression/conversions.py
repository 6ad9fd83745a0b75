"""Functions that make one kind of number or text from another; money keeps every digit."""

import re as python_re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from interlock.expression.values import CONTEXT, Refused, kind, number, ranged, text
from interlock.foundation.errors import InterlockError
from interlock.foundation.money import exponent


def to_decimal(value: Any) -> Decimal:  # noqa: ANN401
    if isinstance(value, str):
        if not python_re.fullmatch(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?", value):
            raise Refused(f"{value[:40]!r} is not a decimal number")
        return Decimal(value)
    return Decimal(number(value))


def to_int(value: Any) -> int:  # noqa: ANN401
    if isinstance(value, str):
        if not python_re.fullmatch(r"[+-]?[0-9]{1,19}", value):
            raise Refused(f"{value[:40]!r} is not a whole number")
        return ranged(int(value))
    found = number(value)
    if found != int(found):
        raise Refused(f"{found} is not whole", "use round(x, 0) first")
    return ranged(int(found))


def to_string(value: Any) -> str:  # noqa: ANN401
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (int, date)):
        return str(value)
    raise Refused(f"cannot make a string of {kind(value)}")


def no_double(_value: object) -> object:
    raise Refused("there are no doubles here", "Use decimal(…): money is exact.")


def rounded(value: Any, digits: int = 0) -> Decimal:  # noqa: ANN401
    if type(digits) is not int or not 0 <= digits <= 20:  # noqa: PLR2004 (digits of money and rates)
        raise Refused("round takes 0 to 20 digits")
    step = Decimal(1).scaleb(-digits)
    return Decimal(number(value)).quantize(step, rounding=ROUND_HALF_UP, context=CONTEXT)


def absolute(value: Any) -> int | Decimal:  # noqa: ANN401
    found = number(value)
    return ranged(abs(found)) if isinstance(found, int) else abs(found)


def digits(currency: str) -> int:
    try:
        return exponent(text(currency))
    except InterlockError as error:
        raise Refused(error.what, error.hint) from error


def minor_units(amount: Any, currency: str) -> int:  # noqa: ANN401
    scaled = Decimal(number(amount)).scaleb(digits(currency))
    return to_int(scaled)
