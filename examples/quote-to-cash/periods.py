"""Invoices of later billing periods: what billing asks for, as the books want it."""

from decimal import Decimal
from zoneinfo import ZoneInfo

ACCOUNTS = {"recurring": "4000", "usage": "4100", "one_time": "4200"}
"""Chart of accounts: which revenue account a charge is posted to."""
TAX = "TAX"
"""The product under which billing charges the tax that the tax engine worked out."""
ZONES = {"us": "America/New_York", "uk": "Europe/London", "jp": "Asia/Tokyo", "kw": "Asia/Kuwait", "de": "Europe/Berlin"}
CHARGED = {"KWD": Decimal("0.01")}
"""The smallest amount that can be charged, where it is not the currency's smallest unit."""


def bill(lines, sold):
    """Return a billing invoice as the books want it: its lines by revenue account, its tax apart.

    What was sold says what kind of charge a product is; a line of anything else, or of a product that
    was sold as two kinds of charge, cannot be given to an account.
    """
    kinds: dict[str, set] = {}
    for line in sold:
        kinds.setdefault(line["product"], set()).add(line["charge"])
    booked, tax = [], Decimal(0)
    for line in lines:
        product = line["product"]
        if product == TAX:
            tax += line["amount"]
            continue
        if len(kinds.get(product, ())) != 1:
            raise ValueError(f"billing charges for {product}, and the contract does not say as what")
        if line["amount"]:
            booked.append({**line, "revenue_account": ACCOUNTS[next(iter(kinds[product]))]})
    served = [line for line in booked if line["starts"] and line["ends"]]
    return {
        "lines": [
            {
                "number": str(number),
                "product": line["product"],
                "description": line["product"],
                "quantity": line["quantity"] or Decimal(1),
                "amount": line["amount"],
                "revenue_account": line["revenue_account"],
            }
            for number, line in enumerate(booked, start=1)
        ],
        "net": sum((line["amount"] for line in booked), Decimal(0)),
        "tax": tax,
        "service_start": min((line["starts"] for line in served), default=None),
        "service_end": max((line["ends"] for line in served), default=None),
    }


def nothing():
    """Return the tax of an invoice that asks for nothing."""
    return {"total_tax": Decimal(0)}


def owed(due, charged, currency):
    """Return the tax that billing must add to a draft, and how far off the whole is; none below its smallest unit."""
    unit = CHARGED.get(currency, Decimal(0))
    missing = due - charged
    return {"off": Decimal(0) if abs(missing) < (unit or Decimal("0.000001")) else missing}


def posting_day(moment, legal_entity):
    """Return the day of a moment where the legal entity keeps its books."""
    return {"date": moment.astimezone(ZoneInfo(ZONES[legal_entity])).date()}
