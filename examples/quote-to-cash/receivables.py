"""What customers owe, pay and get back: pure functions, tested like any code."""

import calendar
from datetime import UTC, date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

ZONES = {"us": "America/New_York", "uk": "Europe/London", "jp": "Asia/Tokyo", "kw": "Asia/Kuwait", "de": "Europe/Berlin"}
"""Where each legal entity keeps its books: a payment belongs to the day that it was there."""
PERIODS = {"monthly": 1, "quarterly": 3, "annual": 12}
RECURRING = "4000"
"""The revenue account of what is served day by day; the rest was served at once."""
DECIMALS = {"JPY": 0, "KWD": 3}
CHARGED = {"KWD": Decimal("0.01")}
"""The smallest amount that can be moved, where it is not the currency's smallest unit."""
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


def running(invoice, latest, status):
    """Return whether sales is told of an invoice of a subscription.

    What became of an older one is history; a contract that was taken back is not told of again.
    """
    return {"told": latest == invoice and status != "canceled"}


def standing(status):
    """Return whether sales is told of an invoice for services: not of one that was taken back."""
    return {"told": status != "void"}


def split(amount, remaining, payments, status, currency):
    """Return what billing does about a credit memo: what it credits, and what it gives back.

    What is still open is not asked for any more; beyond that money goes back, the last payment
    first. A void invoice asks for nothing: there is nothing to do.
    """
    unit = CHARGED.get(currency, Decimal(1).scaleb(-DECIMALS.get(currency, 2)))
    due = (amount / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit
    if status == "void" or not due:
        return {"amount": Decimal(0), "refunds": [], "notes": []}
    paid = sorted((p for p in payments or [] if p["status"] == "paid"), key=lambda p: p["received_at"], reverse=True)
    rest, refunds = due - min(due, remaining), []
    for each in paid:
        part = min(rest, each["amount"])
        if part and each["intent"]:
            refunds.append({"intent": each["intent"], "amount": part})
            rest -= part
    if rest:
        raise ValueError(f"{rest} {currency} more is credited than the customer owes or has paid through billing")
    return {"amount": due, "refunds": refunds, "notes": [{"amount": due}]}


def credit_lines(lines, tax, total, amount, currency):
    """Return the lines and the tax of a credit memo over part of an invoice; they add up to it.

    Every line and the tax give their share; what rounding leaves goes to the largest remainders.
    """
    if not Decimal(0) < amount <= total:
        raise ValueError(f"{amount} {currency} of an invoice over {total} cannot be credited")
    unit = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
    wholes = [*(line["amount"] for line in lines), tax or Decimal(0)]
    shares = [whole * amount / total for whole in wholes]
    found = [share.quantize(unit, ROUND_DOWN) for share in shares]
    missing = int((amount - sum(found)) / unit)
    by_remainder = sorted(range(len(shares)), key=lambda index: found[index] - shares[index])
    for index in by_remainder[:missing]:
        found[index] += unit
    credited = [
        {"product": line["product"], "quantity": line["quantity"], "amount": part, "revenue_account": line.get("revenue_account")}
        for line, part in zip(lines, found, strict=False)
        if part
    ]
    return {"lines": credited, "tax": found[-1]}


def unserved(lines, tax, start, frequency, ends, currency):
    """Return what is credited of a period's invoice when the contract ends on `ends`: nothing, or one credit.

    Only what is served day by day is given back, for the days that are left; tax goes with it.
    """
    unit = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
    over = months_later(start, PERIODS[frequency])
    left = max((over - max(ends, start)).days, 0)
    share = Decimal(left) / Decimal((over - start).days)
    credited = [
        {
            "product": line["product"],
            "quantity": line["quantity"],
            "amount": (line["amount"] * share).quantize(unit, ROUND_HALF_UP),
            "revenue_account": line["revenue_account"],
        }
        for line in lines
        if line["revenue_account"] == RECURRING
    ]
    net = sum((line["amount"] for line in credited), Decimal(0))
    whole = sum((line["amount"] for line in lines), Decimal(0))
    if not net:
        return {"due": [], "lines": []}
    return {"due": [{"tax": ((tax or Decimal(0)) * net / whole).quantize(unit, ROUND_HALF_UP)}], "lines": credited}


def months_later(start: date, months: int) -> date:
    """Return the date `months` later; a day that the month lacks becomes its last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def day(moment):
    """Return the day (UTC) of a moment as billing counts time: seconds, the end not included."""
    begins = datetime.combine(moment.astimezone(UTC).date(), datetime.min.time(), UTC)
    return {"begins": str(int(begins.timestamp())), "ends": str(int(begins.timestamp()) + 86_400)}
