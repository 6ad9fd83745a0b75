"""Money: exact decimals with an ISO 4217 code, allocated to the cent (F18).

No float ever becomes money. The exponent table holds ISO 4217's own exceptions to "two";
vendors differ from it, so minor units of a vendor are a property of its contract.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from interlock.foundation.errors import UsageError

ZERO_DECIMAL: Final = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
"""Currencies without a minor unit (ISO 4217, table A.1)."""

THREE_DECIMAL: Final = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
"""Currencies whose minor unit is a thousandth (ISO 4217, table A.1)."""

FOUR_DECIMAL: Final = frozenset({"CLF", "UYW"})
"""Units of account with four decimals (ISO 4217, table A.1)."""


def exponent(currency: str) -> int:
    """Return how many decimals an amount in `currency` has (ISO 4217)."""
    if len(currency) != 3 or not currency.isascii() or not currency.isupper():  # noqa: PLR2004 (ISO 4217 codes have three letters)
        raise UsageError(
            f"`{currency}` is not a currency code",
            hint="Use the three upper-case letters of ISO 4217, such as EUR.",
        )
    if currency in ZERO_DECIMAL:
        return 0
    if currency in THREE_DECIMAL:
        return 3
    return 4 if currency in FOUR_DECIMAL else 2


def quantum(currency: str) -> Decimal:
    """Return the smallest amount of `currency`, e.g. ``Decimal("0.01")``."""
    return Decimal(1).scaleb(-exponent(currency))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Return `amount` rounded half up to the smallest unit of `currency`."""
    return amount.quantize(quantum(currency), rounding=ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Money:
    """An exact amount in one currency."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise UsageError(
                f"cannot add {other.currency} to {self.currency}",
                hint="Convert one of them with a stated rate first.",
            )
        return Money(self.amount + other.amount, self.currency)


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Split `total` by `weights` so that the parts add up to it to the smallest unit.

    Largest remainder: every part is rounded down, then the units left over go to the parts that
    lost most. Raises `UsageError` when there is nothing to split over or `total` is not a whole
    number of smallest units.
    """
    unit = quantum(currency)
    whole = sum(weights, Decimal(0))
    if not weights or whole <= 0 or min(weights) < 0:
        raise UsageError(
            "cannot allocate over these weights",
            hint="Give at least one weight, none negative, not all zero.",
        )
    if total % unit != 0:
        raise UsageError(
            f"{total} {currency} is not a whole number of {unit}", hint="Round it first."
        )
    units = int(abs(total) / unit)
    exact = [Decimal(units) * weight / whole for weight in weights]
    parts = [int(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in order[: units - sum(parts)]:
        parts[index] += 1
    sign = -1 if total < 0 else 1
    return [sign * part * unit for part in parts]
