"""Make one company in a fresh Tryton database.

Runs inside the counterparty's own environment, as a process of its own: Tryton is GPL-3, and no
line of the product imports it. Usage: ``prepare_tryton.py CONFIGURATION DATABASE BOOKS``, where
BOOKS is JSON with product codes and revenue accounts; prints one JSON object on standard output,
with the key of the integration's user application.

The company keeps its books in euros over the years 2020 to 2035, of which the first is closed,
sells a few services and has revenue accounts and one tax for what another engine computed.
"""

import datetime as dt
import json
import sys
from decimal import Decimal
from typing import Any

from proteus import Model, config  # type: ignore[import-not-found]  # not in this environment
from trytond.modules.account.tests.tools import (  # type: ignore[import-not-found]  # as above
    create_chart,
    create_fiscalyear,
    get_accounts,
)
from trytond.modules.account_invoice.tests.tools import (  # type: ignore[import-not-found]  # as above
    create_payment_term,
    set_fiscalyear_invoice_sequences,
)
from trytond.modules.company.tests.tools import (  # type: ignore[import-not-found]  # as above
    create_company,
    get_company,
)

YEARS = range(2020, 2036)
CLOSED = YEARS[0]
CURRENCIES = ("EUR", "USD", "GBP", "JPY")
TAX = "External tax"
GROUPS = ("Accounting", "Accounting Party", "Party Administration", "Product Administration")


def prepare(books: Any) -> dict[str, object]:
    """Make everything and return what a connector needs."""
    _currencies()
    create_company(currency="EUR")
    company = get_company()
    create_chart(company)
    accounts = get_accounts(company)
    _accounts(accounts["revenue"], books["accounts"])
    _fiscal_years(company)
    _tax(accounts["tax"])
    create_payment_term().save()
    _products(accounts, books["products"])
    return {"key": _application(company), "company": company.id}


def _currencies() -> None:
    currencies, rates = Model.get("currency.currency"), Model.get("currency.currency.rate")
    for code in CURRENCIES:
        if currencies.find([("code", "=", code)]):
            continue
        digits = 0 if code == "JPY" else 2
        made = currencies(name=code, code=code, symbol=code, digits=digits)
        made.rounding = Decimal(1).scaleb(-digits)
        made.save()
        rates(currency=made, date=dt.date(YEARS[0], 1, 1), rate=Decimal("1.0")).save()


def _accounts(revenue: Any, named: dict[str, str]) -> None:
    for code, name in named.items():
        made = Model.get("account.account")(name=name, code=code)
        made.type, made.parent = revenue.type, revenue.parent
        made.save()


def _fiscal_years(company: Any) -> None:
    for year in YEARS:
        whole = dt.date(year, 1, 1), dt.date(year, 12, 31)
        made = create_fiscalyear(company, today=whole)
        made.name = str(year)
        made.start_date, made.end_date = whole
        made = set_fiscalyear_invoice_sequences(made)
        _number_credit_notes_apart(made)
        made.save()
        made.click("create_period")
        if year == CLOSED:
            for period in made.periods:
                period.click("close")


def _number_credit_notes_apart(year: Any) -> None:
    """Give credit notes a sequence of their own.

    Tryton numbers in the order of dates: after a credit note of today, an invoice of yesterday
    could not be posted any more.
    """
    (numbered,) = year.invoice_sequences
    kind = numbered.out_invoice_sequence.sequence_type
    apart = Model.get("ir.sequence.strict")(name=f"{year.name} credit", sequence_type=kind)
    apart.company = year.company
    apart.prefix = "C"
    apart.save()
    numbered.out_credit_note_sequence = numbered.in_credit_note_sequence = apart


def _tax(account: Any) -> None:
    """Make the tax that carries what a tax engine computed: it computes nothing itself."""
    made = Model.get("account.tax")(name=TAX, description=TAX, type="fixed", amount=Decimal(0))
    made.invoice_account = made.credit_note_account = account
    made.save()


def _products(accounts: Any, codes: list[str]) -> None:
    category = Model.get("product.category")(name="Subscription", accounting=True)
    category.account_expense, category.account_revenue = accounts["expense"], accounts["revenue"]
    category.save()
    unit = Model.get("product.uom").find([("symbol", "=", "u")])[0]
    for code in codes:
        made = Model.get("product.template")(name=code, default_uom=unit, type="service")
        made.list_price, made.account_category = Decimal(0), category
        made.code = code
        made.save()


def _application(company: Any) -> str:
    groups = Model.get("res.group")
    user = Model.get("res.user")(name="Integration", login="integration")
    for name in GROUPS:
        user.groups.extend(groups.find([("name", "=", name)]))
    user.companies.append(Model.get("company.company")(company.id))
    user.company = Model.get("company.company")(company.id)
    user.save()
    application = Model.get("res.user.application")(user=user, application="rest")
    application.state = "validated"
    application.save()
    return str(application.key)


if __name__ == "__main__":
    config.set_trytond(database=sys.argv[2], user="admin", config_file=sys.argv[1])
    sys.stdout.write(json.dumps(prepare(json.loads(sys.argv[3]))) + "\n")
