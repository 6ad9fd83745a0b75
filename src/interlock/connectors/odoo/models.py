"""Odoo's objects as data: which model, which fields in which form, what carries our reference."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from interlock.foundation.errors import UsageError


class Form(StrEnum):
    """How a field is written in JSON, and what bindings see instead."""

    TEXT = "text"
    FLAG = "flag"
    NUMBER = "number"
    DAY = "day"
    MOMENT = "moment"
    """UTC, without saying so, to the second."""
    REF = "ref"
    """Another record: its id, as text."""
    REFS = "refs"
    """Other records: the id as text where it is one, else a list of them."""
    CODE = "code"
    """Another record that people know by a code: that code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a model."""

    form: Form = Form.TEXT
    model: str = ""
    """With `Form.CODE`: whose code it is."""
    by: str = "name"
    """With `Form.CODE`: the field that holds the code. Odoo shows the name with the id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of a document."""

    field: str
    model: str
    parent: str
    """The line's field that points at the document."""
    fields: Mapping[str, Field]
    domain: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One object."""

    obj: str
    name: str
    key: str
    """The field that shows our reference to people; the external id is what is unique."""
    fields: Mapping[str, Field]
    found_by: frozenset[str]
    domain: tuple[object, ...] = ()
    """Which rows of the model are this object."""
    lines: Lines | None = None
    defaults: Mapping[str, str] = field(default_factory=dict)


_TEXT: Final = Field()
_FLAG: Final = Field(form=Form.FLAG)
_NUMBER: Final = Field(form=Form.NUMBER)
_DAY: Final = Field(form=Form.DAY)
_MOMENT: Final = Field(form=Form.MOMENT)
_REF: Final = Field(form=Form.REF)
_REFS: Final = Field(form=Form.REFS)
CURRENCY: Final = Field(form=Form.CODE, model="res.currency")
PRODUCT_CODE: Final = Field(form=Form.CODE, model="product.product", by="default_code")
ACCOUNT_CODE: Final = Field(form=Form.CODE, model="account.account", by="code")
JOURNAL_CODE: Final = Field(form=Form.CODE, model="account.journal", by="code")
_COUNTRY: Final = Field(form=Form.CODE, model="res.country", by="code")
_TERMS: Final = Field(form=Form.CODE, model="account.payment.term")
_TEXTS: Final = ("name", "ref", "email", "phone", "street", "street2", "zip", "city", "vat")

PARTNER: Final = Model(
    obj="partner",
    name="res.partner",
    key="ref",
    found_by=frozenset({"ref"}),
    fields={
        **dict.fromkeys(_TEXTS, _TEXT),
        "active": _FLAG,
        "is_company": _FLAG,
        "parent_id": _REF,
        "company_id": _REF,
        "country_id": _COUNTRY,
        "property_payment_term_id": _TERMS,
        "write_date": _MOMENT,
    },
)
PRODUCT: Final = Model(
    obj="product",
    name="product.product",
    key="default_code",
    found_by=frozenset({"default_code"}),
    fields={
        **dict.fromkeys(("name", "default_code", "type", "description_sale"), _TEXT),
        "active": _FLAG,
        "sale_ok": _FLAG,
        "list_price": _NUMBER,
        "company_id": _REF,
        "write_date": _MOMENT,
    },
    defaults={"type": "service"},
)
ORDER: Final = Model(
    obj="order",
    name="sale.order",
    key="client_order_ref",
    found_by=frozenset({"client_order_ref", "name"}),
    fields={
        **dict.fromkeys(("name", "client_order_ref", "state", "invoice_status"), _TEXT),
        **dict.fromkeys(("amount_untaxed", "amount_tax", "amount_total"), _NUMBER),
        "date_order": _MOMENT,
        "partner_id": _REF,
        "company_id": _REF,
        "currency_id": CURRENCY,
        "write_date": _MOMENT,
    },
    lines=Lines(
        field="order_line",
        model="sale.order.line",
        parent="order_id",
        domain=(["display_type", "=", False],),
        fields={
            "product_id": PRODUCT_CODE,
            "name": _TEXT,
            **dict.fromkeys(("product_uom_qty", "price_unit", "price_subtotal"), _NUMBER),
        },
    ),
)
_MOVE: Final = {
    **dict.fromkeys(("name", "ref", "move_type", "state"), _TEXT),
    **dict.fromkeys(("partner_id", "company_id", "reversed_entry_id"), _REF),
    "date": _DAY,
    "amount_total": _NUMBER,
    "journal_id": JOURNAL_CODE,
    "currency_id": CURRENCY,
    "write_date": _MOMENT,
}
INVOICE: Final = Model(
    obj="invoice",
    name="account.move",
    key="ref",
    found_by=frozenset({"ref", "name"}),
    domain=(["move_type", "in", ["out_invoice", "out_refund"]],),
    fields={
        **_MOVE,
        **dict.fromkeys(("payment_state", "payment_reference", "invoice_origin"), _TEXT),
        **dict.fromkeys(("amount_untaxed", "amount_tax", "amount_residual"), _NUMBER),
        "amount_total_in_currency_signed": _NUMBER,
        **dict.fromkeys(("invoice_date", "invoice_date_due"), _DAY),
        "invoice_payment_term_id": _TERMS,
    },
    lines=Lines(
        field="invoice_line_ids",
        model="account.move.line",
        parent="move_id",
        domain=(["display_type", "=", "product"],),
        fields={
            "product_id": PRODUCT_CODE,
            "name": _TEXT,
            **dict.fromkeys(("quantity", "price_unit", "price_subtotal"), _NUMBER),
            "account_id": ACCOUNT_CODE,
        },
    ),
)
ENTRY: Final = Model(
    obj="entry",
    name="account.move",
    key="ref",
    found_by=frozenset({"ref", "name"}),
    domain=(["move_type", "=", "entry"], ["origin_payment_id", "=", False]),
    fields=_MOVE,
    lines=Lines(
        field="line_ids",
        model="account.move.line",
        parent="move_id",
        fields={
            "account_id": ACCOUNT_CODE,
            "name": _TEXT,
            "debit": _NUMBER,
            "credit": _NUMBER,
            "partner_id": _REF,
        },
    ),
)
PAYMENT: Final = Model(
    obj="payment",
    name="account.payment",
    key="memo",
    found_by=frozenset({"memo", "name"}),
    domain=(["payment_type", "=", "inbound"], ["partner_type", "=", "customer"]),
    fields={
        **dict.fromkeys(("name", "memo", "state", "payment_reference"), _TEXT),
        **dict.fromkeys(("is_reconciled", "is_matched"), _FLAG),
        **dict.fromkeys(("partner_id", "company_id", "move_id"), _REF),
        "invoice_ids": _REFS,
        "amount": _NUMBER,
        "date": _DAY,
        "journal_id": JOURNAL_CODE,
        "currency_id": CURRENCY,
        "write_date": _MOMENT,
    },
)
OBJECTS: Final[Mapping[str, Model]] = {
    model.obj: model for model in (PARTNER, PRODUCT, ORDER, INVOICE, PAYMENT, ENTRY)
}


def model_of(obj: str) -> Model:
    """Return the model of an object.

    Raises:
        UsageError: The connector does not know it.
    """
    found = OBJECTS.get(obj)
    if found is None:
        raise UsageError(
            f"the Odoo connector has no object `{obj[:80]}`",
            hint=f"It has: {', '.join(sorted(OBJECTS))}.",
        )
    return found
