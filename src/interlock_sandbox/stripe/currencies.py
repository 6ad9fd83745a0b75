"""Which amounts the vendor charges: docs.stripe.com/currencies, special cases included."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from interlock_sandbox.stripe.errors import invalid

THREE_DECIMALS: Final = frozenset({"bhd", "jod", "kwd", "omr", "tnd"})
"""Counted in thousandths, and charged in tens of them: the last digit is 0."""
WHOLE_ONLY: Final = frozenset({"isk", "ugx"})
"""Counted in hundredths for old times' sake, and charged in whole units: it ends in 00."""


def step(currency: str) -> int:
    """Return the smallest amount that can be charged, in the units that amounts are counted in."""
    if currency in THREE_DECIMALS:
        return 10
    return 100 if currency in WHOLE_ONLY else 1


def chargeable(amount: object, currency: str, param: str = "amount") -> int:
    """Return an amount that somebody asks for, if it can be moved.

    The words are assumed; that it is refused is documented.
    """
    text = str(amount)
    if not text.lstrip("-").isdigit():
        raise invalid(f"Invalid integer: {text[:40]}", "parameter_invalid_integer", param)
    found = int(text)
    if found <= 0:
        raise invalid("This value must be greater than or equal to 1.", "amount_too_small", param)
    if found % step(currency):
        message = f"Invalid amount for {currency}: it must be a multiple of {step(currency)}."
        raise invalid(message, "invalid_charge_amount", param)
    return found


def rounded(exact: Decimal, currency: str) -> int:
    """Return what a line of an invoice comes to."""
    unit = step(currency)
    return int((exact / unit).quantize(Decimal(1), ROUND_HALF_UP)) * unit
