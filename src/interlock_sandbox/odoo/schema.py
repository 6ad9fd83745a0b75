"""Which fields the models have, and what is there in a new database."""

from typing import Any, Final

Fields = dict[str, str]
"""Field -> ``char``, ``bool``, ``float``, ``int``, ``date``, ``datetime``, or a model."""


def _of(kind: str, *names: str) -> Fields:
    return dict.fromkeys(names, kind)


_LINE: Final = {
    **_of("char", "name", "display_type", "account_type"),
    **_of("float", "quantity", "price_unit", "price_subtotal", "discount", "debit", "credit"),
    **_of("float", "amount_residual"),
    "reconciled": "bool",
    "move_id": "account.move",
    "product_id": "product.product",
    "account_id": "account.account",
    "partner_id": "res.partner",
    "tax_ids": "*account.tax",
}
MODELS: Final[dict[str, Fields]] = {
    "res.partner": {
        **_of("char", "name", "ref", "email", "phone", "street", "street2", "zip", "city", "vat"),
        **_of("bool", "active", "is_company"),
        "parent_id": "res.partner",
        "company_id": "res.company",
        "country_id": "res.country",
        "property_payment_term_id": "account.payment.term",
    },
    "product.product": {
        **_of("char", "name", "default_code", "type", "description_sale"),
        **_of("bool", "active", "sale_ok"),
        "list_price": "float",
        "company_id": "res.company",
    },
    "sale.order": {
        **_of("char", "name", "client_order_ref", "state", "invoice_status", "note"),
        **_of("float", "amount_untaxed", "amount_tax", "amount_total"),
        "date_order": "datetime",
        "partner_id": "res.partner",
        "company_id": "res.company",
        "currency_id": "res.currency",
        "pricelist_id": "product.pricelist",
        "order_line": "+sale.order.line",
    },
    "sale.order.line": {
        **_of("char", "name", "display_type"),
        **_of("float", "product_uom_qty", "price_unit", "price_subtotal"),
        "order_id": "sale.order",
        "product_id": "product.product",
        "tax_ids": "*account.tax",
    },
    "account.move": {
        **_of("char", "name", "ref", "move_type", "state", "payment_state", "payment_reference"),
        **_of("char", "invoice_origin", "narration"),
        **_of("float", "amount_untaxed", "amount_tax", "amount_total", "amount_residual"),
        "amount_total_in_currency_signed": "float",
        **_of("date", "date", "invoice_date", "invoice_date_due"),
        "partner_id": "res.partner",
        "company_id": "res.company",
        "currency_id": "res.currency",
        "journal_id": "account.journal",
        "reversed_entry_id": "account.move",
        "origin_payment_id": "account.payment",
        "invoice_payment_term_id": "account.payment.term",
        "invoice_line_ids": "+account.move.line",
        "line_ids": "+account.move.line",
    },
    "account.move.line": _LINE,
    "account.payment": {
        **_of("char", "name", "memo", "state", "payment_reference"),
        **_of("char", "payment_type", "partner_type"),
        **_of("bool", "is_reconciled", "is_matched"),
        "amount": "float",
        "date": "date",
        "partner_id": "res.partner",
        "company_id": "res.company",
        "currency_id": "res.currency",
        "journal_id": "account.journal",
        "move_id": "account.move",
        "invoice_ids": "*account.move",
    },
    "res.company": {
        "name": "char",
        "currency_id": "res.currency",
        **_of("date", "user_fiscalyear_lock_date", "user_hard_lock_date"),
        **_of("date", "user_sale_lock_date", "user_tax_lock_date"),
    },
    "res.country": _of("char", "name", "code"),
    "res.currency": {**_of("char", "name"), "active": "bool", "decimal_places": "int"},
    "product.pricelist": {"name": "char", "active": "bool", "currency_id": "res.currency"},
    "account.payment.term": _of("char", "name"),
    "account.account": _of("char", "code", "name", "account_type"),
    "account.journal": {
        **_of("char", "name", "code", "type"),
        "active": "bool",
        "company_id": "res.company",
    },
    "account.tax": {
        **_of("char", "name", "amount_type", "type_tax_use"),
        "amount": "float",
        "company_id": "res.company",
    },
}
for _fields in MODELS.values():
    _fields |= {"id": "int", "write_date": "datetime"}

CURRENCIES: Final = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3}
JOURNALS: Final = (("INV", "sale"), ("MISC", "general"), ("BNK1", "bank"))
ACCOUNTS: Final = {
    "400000": "income",
    "4000": "income",
    "4010": "income",
    "4100": "income",
    "4200": "income",
    "600000": "expense",
    "121000": "asset_receivable",
}


def first_rows() -> dict[str, list[dict[str, Any]]]:
    """Return what a new database holds: one company, its currencies, journals and accounts."""
    company = {"id": 1, "name": "My Company", "currency_id": 1}
    journals = enumerate(JOURNALS, start=1)
    tax = {"id": 1, "name": "External tax", "amount": "0.01", "amount_type": "fixed"}
    return {
        "res.company": [company],
        "res.currency": [
            {"id": number, "name": code, "active": True, "decimal_places": places}
            for number, (code, places) in enumerate(CURRENCIES.items(), start=1)
        ],
        "res.country": [
            {"id": number, "code": code, "name": code}
            for number, code in enumerate(("DE", "US", "GB", "JP", "KW", "FR"), start=1)
        ],
        "account.journal": [
            {"id": n, "code": code, "name": code, "type": kind, "active": True, "company_id": 1}
            for n, (code, kind) in journals
        ],
        "account.account": [
            {"id": number, "code": code, "name": code, "account_type": kind}
            for number, (code, kind) in enumerate(ACCOUNTS.items(), start=1)
        ],
        "account.tax": [{**tax, "type_tax_use": "sale", "company_id": 1}],
        "account.payment.term": [{"id": 1, "name": "30 Days"}],
        "product.pricelist": [{"id": 1, "name": "Default", "active": True, "currency_id": 1}],
        "product.product": [
            {"id": number, "default_code": code, "name": code, "active": True, "sale_ok": True}
            for number, code in enumerate(("SAAS-SEAT", "API-USAGE", "ONBOARDING"), start=1)
        ],
    }
