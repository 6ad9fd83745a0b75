"""Values between systems: one two-way codec per spelling; pure, and round-trip tested.

Reading back, syncing and reconciling are the same code in both directions (DESIGN.md section 1).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Protocol

from interlock.foundation.errors import UsageError
from interlock.foundation.money import exponent

DIGITS: Final = 40
"""More digits than any amount has: what is longer is a mistake or an attack."""
_BEYOND: Final = 10**DIGITS
_NUMBER = re.compile(
    rf"[-+]?[0-9]{{1,{DIGITS}}}(?:\.[0-9]{{1,{DIGITS}}})?(?:[eE][-+]?[0-9]{{1,2}})?"
)
_CODE = re.compile(r"[A-Z]{3}")
_SHOWN: Final = 80
"""How much of a vendor's value an error repeats."""


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
            raise CodecError(f"{shown(value)} is not a {self._type}") from error


def _decimal(value: object) -> Decimal:
    """Read a number that somebody could mean: finite, plain, of a size that money can have."""
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise TypeError
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError
    if isinstance(value, int) and abs(value) >= _BEYOND:
        raise ValueError
    found = Decimal(value)
    if not found.is_finite() or abs(found.adjusted()) > DIGITS:
        raise ValueError
    return found


def _int(value: object) -> int:
    found = _decimal(value)
    if found != int(found):
        raise ValueError
    return int(found)


def _day(value: object) -> date:
    if isinstance(value, datetime):
        return value.date()
    # A moment says its day in its first ten characters; the rest must be a time.
    return value if isinstance(value, date) else datetime.fromisoformat(str(value)).date()


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


def _currency(value: object) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise ValueError
    return value


_READERS: Final = {
    "decimal": _decimal,
    "money": _decimal,
    "int": _int,
    "date": _day,
    "timestamp": _moment,
    "boolean": _bool,
    "string": _text,
    "currency": _currency,
    "enum": _text,
}


OWN_DIGITS: Final[Mapping[str, Mapping[str, int]]] = {
    # docs.stripe.com/currencies: MGA is among its zero-decimal currencies, ISK and UGX are not.
    "stripe": {"MGA": 0, "ISK": 2, "UGX": 2},
}
"""Connector -> currency -> how many decimals that vendor counts, where it is not ISO 4217's."""


class MinorUnits:
    """Amounts in the currency's smallest unit, as the vendor counts it (F18)."""

    def __init__(self, connector: str = "") -> None:
        self._own = OWN_DIGITS.get(connector, {})

    def out(self, value: object, currency: str | None) -> object:
        scaled = _decimal(value).scaleb(self._digits(currency))
        return int(scaled) if scaled == int(scaled) else scaled.normalize()

    def back(self, value: object, currency: str | None) -> object:
        return _decimal(value).scaleb(-self._digits(currency))

    def _digits(self, currency: str | None) -> int:
        if currency is None:
            raise CodecError("minor units need the record's currency")
        code = currency.upper()
        if code in self._own:
            return self._own[code]
        try:
            return exponent(code)
        except UsageError as error:
            raise CodecError(error.what) from error


class EpochSeconds:
    """A date or moment as seconds since 1970, UTC."""

    def __init__(self, type_: str) -> None:
        self._type = type_

    def out(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        if isinstance(value, datetime):
            return int(value.timestamp())
        return int(datetime.combine(_day(value), datetime.min.time(), UTC).timestamp())

    def back(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        try:
            moment = datetime.fromtimestamp(_int(value), UTC)
        except OSError as error:
            raise CodecError(f"{shown(value)} is no moment in time") from error
        return moment.date() if self._type == "date" else moment


class Lower:
    """Lower case at the vendor, upper case here: Stripe's currencies."""

    def out(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        return str(value).lower()

    def back(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        return _text(value).upper()


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
                f"{shown(ours)} has no spelling there; known are: {known}", "unknown-value"
            )
        return self._out[ours]

    def back(self, value: object, currency: str | None) -> object:  # noqa: ARG002 (one signature for all)
        # JSON's true is spelled `true` in a table, like every key of YAML.
        theirs = str(value).lower() if isinstance(value, bool) else str(value)
        if theirs not in self._back:
            known = ", ".join(sorted(self._back))
            raise CodecError(
                f"{shown(theirs)} was never declared; known are: {known}", "unknown-value"
            )
        ours = self._back[theirs]
        return ours == "true" if self._bool else ours


class Closed:
    """A closed set that the vendor spells as we do: what was not declared is not let in."""

    def __init__(self, inner: Codec, values: Sequence[str]) -> None:
        self._inner = inner
        self._values = frozenset(values)

    def out(self, value: object, currency: str | None) -> object:
        return self._inner.out(self._known(value), currency)

    def back(self, value: object, currency: str | None) -> object:
        return self._known(self._inner.back(value, currency))

    def _known(self, value: object) -> object:
        if value not in self._values:
            known = ", ".join(sorted(self._values))
            raise CodecError(
                f"{shown(value)} was never declared; known are: {known}", "unknown-value"
            )
        return value


FITTING: Final[Mapping[str, frozenset[str]]] = {
    "minor_units": frozenset({"money", "decimal"}),
    "epoch_seconds": frozenset({"date", "timestamp"}),
    "lower": frozenset({"currency", "enum", "string"}),
    "reference": frozenset({"ref"}),
}
"""Codec -> the types of fields that it can spell."""
NAMES: Final = frozenset(FITTING)
"""Codecs by name; a mapping of values is a `Choice`."""


def shown(value: object) -> str:
    """Return a vendor's value as an error may repeat it: bounded."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """What decides how a field is spelled in a system."""

    as_: str | Mapping[str, str] | None
    type_: str
    values: Sequence[str] = ()
    """Of an enum."""
    connector: str = ""
    """Vendors count minor units differently."""


def codec_of(spelling: Spelling) -> Codec:
    """Return the codec that a binding asks for.

    Raises:
        KeyError: There is no codec of that name.
    """
    if isinstance(spelling.as_, Mapping):
        return Choice(spelling.as_, spelling.type_)
    found = _named(spelling)
    return Closed(found, spelling.values) if spelling.values else found


def _named(spelling: Spelling) -> Codec:
    match spelling.as_:
        case None | "reference":
            return Plain(spelling.type_)
        case "minor_units":
            return MinorUnits(spelling.connector)
        case "epoch_seconds":
            return EpochSeconds(spelling.type_)
        case "lower":
            return Lower()
        case _:
            raise KeyError(spelling.as_)
