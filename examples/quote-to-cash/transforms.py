"""Pure functions of this estate: plain values in, plain values out, tested like any code."""

import calendar
from datetime import date
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal

PERIODS = {"monthly": 1, "quarterly": 3, "annual": 12}
INTERVALS = {"monthly": ("month", "month", 1), "quarterly": ("quarter", "month", 3), "annual": ("year", "year", 1)}
DECIMALS = {"JPY": 0, "KWD": 3}
ACCOUNTS = {"recurring": "4000", "usage": "4100", "one_time": "4200"}
"""Chart of accounts: which revenue account a charge is posted to."""


def first_bill(lines, currency, term_months, frequency, start, legal_entity):
    """Return what the first invoice bills, to the smallest unit of the currency.

    Recurring charges are spread evenly over the contract's periods, and the first one bears what
    cannot be: the periods add up to the contract. Usage is billed in arrears, one-off services in
    full. `price` is what the billing system charges for every period (for usage: per unit),
    `extra` what it charges only once: both together come to the amount that the books get.
    """
    months = PERIODS[frequency]
    periods = -(-term_months // months)
    unit = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
    billed = []
    for number, line in enumerate(lines, start=1):
        amount, price, extra = line["amount"], Decimal(0), Decimal(0)
        if line["charge"] == "usage":
            amount, price = Decimal(0), line["unit_price"]
        elif line["charge"] == "recurring":
            price = (amount / periods).quantize(unit, ROUND_DOWN)
            extra = amount.quantize(unit, ROUND_HALF_UP) - price * periods
            amount = price + extra
        else:
            extra = amount
        billed.append(
            {
                "number": str(number),
                "product": line["product"],
                "description": line.get("description") or line["product"],
                "quantity": line["quantity"],
                "amount": amount,
                "charge": line["charge"],
                "price": price,
                "extra": extra,
                "revenue_account": ACCOUNTS[line["charge"]],
            }
        )
    interval, every, every_count = INTERVALS[frequency]
    return {
        "lines": billed,
        "service_end": add_months(start, term_months),
        "interval": interval,
        "every": every,
        "every_count": every_count,
        "net": sum((line["amount"] for line in billed), Decimal(0)),
    }


def price_terms(frequency):
    """Return how often a list price is charged: our word for it, and billing's unit and number."""
    interval, every, every_count = INTERVALS[frequency]
    return {"interval": interval, "every": every, "every_count": every_count}


def once(lines, tax):
    """Return what the first invoice of the billing system charges besides the periods' prices."""
    charges = [
        {"number": line["number"], "product": line["product"], "amount": line["extra"]}
        for line in lines
        if line["extra"]
    ]
    return {"charges": [*charges, {"number": "TAX", "product": "TAX", "amount": tax}] if tax else charges}


def add_months(start: date, months: int) -> date:
    """Return the date `months` later; a day that the month lacks becomes its last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last))


def prorated(lines, currency, frequency, start, effective):
    """Return what an upgrade bills now: what is left of the billing period that runs.

    A recurring line's amount is that of a whole period, and its part is counted in days; usage is
    billed in arrears, services in full. The next periods are billed by the subscription itself,
    so all of this is `extra`: charged once.
    """
    begun, end = running_period(start, PERIODS[frequency], effective)
    share = Decimal((end - effective).days) / Decimal((end - begun).days)
    parts = {"recurring": share, "usage": Decimal(0), "one_time": Decimal(1)}
    billed = tied([{**line, "amount": line["amount"] * parts[line["charge"]]} for line in lines], currency)
    return {
        "lines": [{**line, "extra": line["amount"]} for line in billed],
        "service_end": end,
        "net": sum((line["amount"] for line in billed), Decimal(0)),
    }


def running_period(start, months, day):
    """Return the billing period, first day and day after the last, in which `day` is."""
    number = 0
    while add_months(start, (number + 1) * months) <= day:
        number += 1
    return add_months(start, number * months), add_months(start, (number + 1) * months)


def tied(lines, currency):
    """Return lines of a document, in the currency's smallest unit, that add up to the rounded sum."""
    unit = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
    amounts = [line["amount"].quantize(unit, ROUND_DOWN) for line in lines]
    whole = sum((line["amount"] for line in lines), Decimal(0)).quantize(unit, ROUND_HALF_UP)
    lost = [line["amount"] - amount for line, amount in zip(lines, amounts, strict=True)]
    for number in sorted(range(len(lines)), key=lambda n: -lost[n])[: int((whole - sum(amounts)) / unit)]:
        amounts[number] += unit
    return [
        {
            "number": str(number),
            "product": line["product"],
            "description": line.get("description") or line["product"],
            "quantity": line["quantity"],
            "amount": amount,
            "revenue_account": ACCOUNTS[line["charge"]],
        }
        for number, (line, amount) in enumerate(zip(lines, amounts, strict=True), start=1)
    ]
