"""What customers owe, pay and get back: pure functions, tested like any code."""

from decimal import Decimal
from zoneinfo import ZoneInfo

ZONES = {"us": "America/New_York", "uk": "Europe/London", "jp": "Asia/Tokyo", "kw": "Asia/Kuwait", "de": "Europe/Berlin"}
"""Where each legal entity keeps its books: a payment belongs to the day that it was there."""
ROUNDED = {"KWD": Decimal("0.05")}
"""What may be lost or won because nobody can be charged less than ten fils (ten lines of five)."""


def receipt(reference, payments, total, credited, status, currency, legal_entity):
    """Return how one payment of an invoice is applied in the books, and on which day.

    Only the last payment of a settled invoice takes up what rounding left: too little is written
    off as a discount, too much stays on the customer's account. Anything more is no rounding.
    """
    paid = sorted((p for p in payments if p["status"] == "paid"), key=lambda p: (p["received_at"], p["reference"]))
    this = next(each for each in paid if each["reference"] == reference)
    rest = Decimal(0)
    if status == "paid" and this is paid[-1]:
        rest = total - (credited or 0) - sum(each["amount"] for each in paid)
    if abs(rest) > ROUNDED.get(currency, 0):
        raise ValueError(f"the customer settled the invoice, and the books differ by {rest} {currency}")
    return {
        "applied": this["amount"] + min(rest, Decimal(0)),
        "discount": max(rest, Decimal(0)),
        "date": this["received_at"].astimezone(ZoneInfo(ZONES[legal_entity])).date(),
    }
