"""Rules of the general ledger: what a journal entry must be before it may be posted."""

from decimal import Decimal

DECIMALS = {"JPY": 0, "KWD": 3}
FUNCTIONAL = {"us": "USD", "uk": "GBP", "jp": "JPY", "kw": "KWD"}
"""Legal entity -> the currency that its books are kept in."""
CHART = {
    "2400": {"us", "uk", "jp", "kw"},
    "4000": {"us", "uk", "jp", "kw"},
    "4100": {"us", "uk", "jp", "kw"},
    "4200": {"us", "uk", "jp"},
    "6000": {"us", "uk", "jp", "kw"},
}
"""Account -> the legal entities that have it in their chart of accounts.

The control accounts (1000 bank, 1100 receivable, 2000 payable) are not here: their ledgers post to them.
"""


def rules(lines, currency, legal_entity):
    """Return what an entry comes to by the rules; zeros and `true` for one that may be posted."""
    unit = Decimal(1).scaleb(-DECIMALS.get(currency, 2))
    accounts = [line["account"].split()[0] for line in lines]
    debits = [line["debit"] for line in lines if line.get("debit") is not None]
    credits = [line["credit"] for line in lines if line.get("credit") is not None]
    return {
        "accounts": sorted(set(accounts)),
        "off_chart": sum(1 for account in accounts if legal_entity not in CHART.get(account, ())),
        "uneven": sum(1 for amount in debits + credits if amount != amount.quantize(unit)),
        "off": sum(debits, Decimal(0)) - sum(credits, Decimal(0)),
        "total": sum(debits, Decimal(0)),
        "own_currency": FUNCTIONAL.get(legal_entity) == currency,
    }
