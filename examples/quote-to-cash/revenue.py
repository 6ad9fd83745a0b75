"""Revenue from contracts with customers (ASC 606), in its smallest useful form.

The five steps: the contract is the opportunity that was won; its obligations are the lines that are not
usage (usage is recognised as it is billed, ASC 606-10-55-18); the transaction price is what those lines
cost together; it is allocated by relative standalone selling prices; and it is recognised day by day over
the term, or at once.

What the invoice posted to revenue is deferred on its own day. Every sum ties to the currency's smallest unit.
"""

import calendar
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

DECIMALS = {"JPY": 0, "KWD": 3}
DEFERRED = "2400"
REVENUE = {"recurring": "4000", "one_time": "4200"}


def schedule(contract, lines, currency, start, term_months, treatment, invoiced, invoice_date):
    """Return the entries that spread a contract's revenue, and the sums that they must tie to."""
    unit = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
    owed = obligations(lines, unit)
    months = spread(owed, start, term_months, treatment, unit)
    postings, entries = [], []
    deferral = [
        {"account": line["account"].split()[0], "debit": line["amount"], "memo": line["product"]}
        for line in invoiced
        if line["amount"]
    ]
    deferred = sum((line["debit"] for line in deferral), Decimal(0))
    if deferred:
        key = f"{contract}-DEFER"
        postings.append({"key": key, "date": invoice_date, "memo": f"Deferred revenue of {contract}"})
        deferral.append({"account": DEFERRED, "credit": deferred, "memo": contract})
        entries += [{"posting": key, **line} for line in deferral]
    for day, shares in sorted(months.items()):
        key = f"{contract}-{day:%Y-%m}"
        total = sum((amount for _, amount in shares), Decimal(0))
        postings.append({"key": key, "date": day, "memo": f"Revenue of {contract}, {day:%B %Y}"})
        entries.append({"posting": key, "account": DEFERRED, "debit": total, "memo": contract})
        entries += [
            {"posting": key, "account": each["account"], "credit": amount, "memo": each["product"]}
            for each, amount in shares
        ]
    return {
        "postings": postings,
        "entries": [{"debit": None, "credit": None, **entry} for entry in entries],
        "price": sum((each["price"] for each in owed), Decimal(0)),
        "recognised": sum((amount for shares in months.values() for _, amount in shares), Decimal(0)),
        "deferred": deferred,
    }


def deferral(invoice, invoiced):
    """Return the entry that defers what a later period's invoice posted to revenue, usage excepted."""
    fixed = [line for line in invoiced if line["account"].split()[0] in REVENUE.values() and line["amount"]]
    deferred = sum((line["amount"] for line in fixed), Decimal(0))
    entries = [
        {"account": line["account"].split()[0], "debit": line["amount"], "credit": None, "memo": line["product"]}
        for line in fixed
    ]
    entries.append({"account": DEFERRED, "debit": None, "credit": deferred, "memo": invoice})
    return {"entries": entries, "deferred": deferred}


def obligations(lines, unit):
    """Return what was promised, each with its part of the transaction price."""
    fixed = [line for line in lines if line["charge"] != "usage"]
    promised = [line for line in fixed if line["unit_price"] * line["quantity"] > 0]
    price = sum((line["amount"] for line in fixed), Decimal(0))
    if not promised:
        if price:
            raise ValueError(f"{price} was sold, and nothing with a price of its own was promised")
        return []
    prices = allocate(price, [line["unit_price"] * line["quantity"] for line in promised], unit)
    return [
        {"product": line["product"], "charge": line["charge"], "account": REVENUE[line["charge"]], "price": part}
        for line, part in zip(promised, prices, strict=True)
    ]


def spread(owed, start, term_months, treatment, unit):
    """Return month's end -> the obligations recognised in that month, with amounts."""
    months: dict[date, list] = {}
    for each in owed:
        over_time = each["charge"] == "recurring" and treatment == "over_time"
        days = days_by_month(start, term_months) if over_time else {month_end(start): 1}
        amounts = allocate(each["price"], list(days.values()), unit)
        for day, amount in zip(days, amounts, strict=True):
            if amount:
                months.setdefault(day, []).append((each, amount))
    return months


def allocate(total, weights, unit):
    """Split `total` by `weights` into whole units, by largest remainder: the parts add up to it."""
    units = total / unit
    if units != int(units):
        raise ValueError(f"{total} is not in whole units of {unit}")
    whole = sum(weights)
    exact = [units * weight / whole for weight in weights]
    parts = [each.quantize(Decimal(1), ROUND_DOWN) for each in exact]
    left = int(units - sum(parts))
    step = 1 if left >= 0 else -1
    by_remainder = sorted(range(len(parts)), key=lambda at: abs(exact[at] - parts[at]), reverse=True)
    for at in by_remainder[: abs(left)]:
        parts[at] += step
    return [part * unit for part in parts]


def days_by_month(start, term_months):
    """Return month's end -> how many days of the service fall into that month."""
    year, month = divmod(start.year * 12 + start.month - 1 + term_months, 12)
    end = date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))
    days, first = {}, start
    while first < end:
        last = month_end(first)
        days[last] = (min(last + timedelta(days=1), end) - first).days
        first = last + timedelta(days=1)
    return days


def month_end(day):
    """Return the last day of the month of `day`."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])
