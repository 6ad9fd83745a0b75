"""Values between systems: one two-way codec per spelling; pure, and round-trip tested.

Reading back, syncing and reconciling are the same code in both directions (DESIGN.md section 1).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Protocol

from interlock.foundation.money import exponent


class CodecError(ValueError):
    """A value that does not fit; `kind` is ``unknown-value`` or ``malformed``."""

    def __init__(self, what: str, kind: str = "malformed") -> None:
        super().__init__(what)
        self.kind = kind


class Codec(Protocol):
    """A way to spell a value."""

    def out(self, value: object, currency: str | None) -> object:
        """Return the vendor's spelling of our `value`."""
        ...

    def back(self, value: object, currency: str | None) -> object:
        """Return our value for the vendor's spelling."""
        ...


class Plain:
    """The same on both sides but for the type: dates, decimals, numbers, text."""

    def __init__(self, type_: str) -> None:
        self._type = type_

    def out(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        if isinstance(value, (date, datetime)):
            return value.isoformat()
        return value

    def back(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        reader = _READERS.get(self._type)
        try:
            return value if reader is None else reader(value)
        except (ValueError, TypeError, InvalidOperation) as error:
            raise CodecError(f"{value!r} is not a {self._type}") from error


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise TypeError
    return Decimal(value)


def _int(value: object) -> int:
    found = _decimal(value)
    if found != int(found):
        raise ValueError
    return int(found)


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _moment(value: object) -> datetime:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _bool(value: object) -> bool:
    known = {True: True, False: False, "true": True, "false": False, "T": True, "F": False}
    if not isinstance(value, (bool, str)) or value not in known:
        raise ValueError
    return known[value]


def _text(value: object) -> str:
    if isinstance(value, (Mapping, list)):
        raise TypeError
    return str(value)


_READERS: Final = {
    "decimal": _decimal,
    "money": _decimal,
    "int": _int,
    "date": _day,
    "timestamp": _moment,
    "boolean": _bool,
    "string": _text,
    "currency": _text,
    "enum": _text,
}


class MinorUnits:
    """Amounts in the currency's smallest unit, as the vendor counts it (F18).

    Stripe counts ISK and UGX in hundredths although ISO 4217 gives them none, and takes only
    multiples of ten thousandths for three-decimal currencies (docs.stripe.com/currencies).
    """

    _OWN: Final[Mapping[str, int]] = {"ISK": 2, "UGX": 2, "HUF": 2, "TWD": 2, "CLP": 0}

    def out(self, value: object, currency: str | None) -> object:
        scaled = _decimal(value).scaleb(self._digits(currency))
        return int(scaled) if scaled == int(scaled) else scaled.normalize()

    def back(self, value: object, currency: str | None) -> object:
        return _decimal(value).scaleb(-self._digits(currency))

    def _digits(self, currency: str | None) -> int:
        if currency is None:
            raise CodecError("minor units need the record's currency")
        code = currency.upper()
        return self._OWN.get(code, exponent(code))


class EpochSeconds:
    """A date or moment as seconds since 1970, UTC."""

    def __init__(self, type_: str) -> None:
        self._type = type_

    def out(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        if isinstance(value, datetime):
            return int(value.timestamp())
        return int(datetime.combine(_day(value), datetime.min.time(), UTC).timestamp())

    def back(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        moment = datetime.fromtimestamp(_int(value), UTC)
        return moment.date() if self._type == "date" else moment


class Lower:
    """Lower case at the vendor, upper case here: Stripe's currencies."""

    def out(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        return str(value).lower()

    def back(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        return str(value).upper()


class Choice:
    """A closed set: vendor value -> our value. What is not in it is never guessed (F19)."""

    def __init__(self, table: Mapping[str, str], type_: str) -> None:
        self._back = dict(table)
        self._out: dict[str, str] = {}
        for theirs, ours in table.items():
            self._out.setdefault(ours, theirs)
        self._bool = type_ == "boolean"

    def out(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        ours = str(value).lower() if self._bool else str(value)
        if ours not in self._out:
            known = ", ".join(sorted(self._out))
            raise CodecError(
                f"{ours!r} has no spelling there; known are: {known}", "unknown-value"
            )
        return self._out[ours]

    def back(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        # JSON's true is spelled `true` in a table, like every key of YAML.
        theirs = str(value).lower() if isinstance(value, bool) else str(value)
        if theirs not in self._back:
            known = ", ".join(sorted(self._back))
            raise CodecError(f"{theirs!r} was never declared; known are: {known}", "unknown-value")
        ours = self._back[theirs]
        return ours == "true" if self._bool else ours


FITTING: Final[Mapping[str, frozenset[str]]] = {
    "minor_units": frozenset({"money", "decimal"}),
    "epoch_seconds": frozenset({"date", "timestamp"}),
    "lower": frozenset({"currency", "enum", "string"}),
    "reference": frozenset({"ref"}),
}
"""Codec -> the types of fields that it can spell."""
NAMES: Final = frozenset(FITTING)
"""Codecs by name; a mapping of values is a `Choice`."""


def codec_of(spelling: str | Mapping[str, str] | None, type_: str) -> Codec:
    """Return the codec that a binding asks for.

    Raises:
        KeyError: There is no codec of that name.
    """
    if isinstance(spelling, Mapping):
        return Choice(spelling, type_)
    match spelling:
        case None | "reference":
            return Plain(type_)
        case "minor_units":
            return MinorUnits()
        case "epoch_seconds":
            return EpochSeconds(type_)
        case "lower":
            return Lower()
        case _:
            raise KeyError(spelling)
