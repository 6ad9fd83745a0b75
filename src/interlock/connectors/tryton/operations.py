"""The shapes of requests to Tryton's REST user application."""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from interlock.connectors.kit.document import render
from interlock.connectors.kit.exchange import Call, Intent, segment, trace_header, with_json
from interlock.connectors.port import Body
from interlock.foundation.errors import UsageError

PARTY: Final = "party.party"
INVOICE: Final = "account.invoice"
OBJECTS: Final[Mapping[str, str]] = {"party": PARTY, "invoice": INVOICE}
"""Object -> Tryton's model; the model's own name is understood too."""
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    PARTY: ("name", "code", "active", "addresses", "last_modified_at"),
    INVOICE: (
        "type",
        "reference",
        "number",
        "state",
        "party",
        "company",
        "currency.code",
        "invoice_date",
        "description",
        "untaxed_amount",
        "tax_amount",
        "total_amount",
        "amount_to_pay",
        "move",
        "last_modified_at",
        "lines.product.code",
        "lines.account.code",
        "lines.description",
        "lines.quantity",
        "lines.unit",
        "lines.unit_price",
        "lines.amount",
        "taxes.tax",
        "taxes.account",
        "taxes.description",
        "taxes.base",
        "taxes.amount",
    ),
}
Domain = Sequence[object]


def model_of(obj: str) -> str:
    """Return Tryton's model for an object.

    Raises:
        UsageError: The connector does not know it.
    """
    model = OBJECTS.get(obj, obj)
    if model not in FIELDS:
        raise UsageError(
            f"the Tryton connector has no object `{obj[:80]}`",
            hint=f"It has: {', '.join(sorted(OBJECTS))}.",
        )
    return model


def is_id(ref: str) -> bool:
    """Tell whether `ref` has the form of an id."""
    return ref.isascii() and ref.isdigit() and len(ref) <= len(str(2**31))


def _fields(fields: Sequence[str]) -> list[tuple[str, str]]:
    return [("f", name) for name in fields]


def _packed(value: object) -> str:
    return base64.urlsafe_b64encode(render(value)).decode()


def context(company: int | None) -> Mapping[str, str]:
    """Return the header that says for which company; rules and defaults depend on it."""
    return {} if company is None else {"X-Tryton-Context": _packed({"company": company})}


def retrieve(model: str, ref: str, company: int | None) -> Call:
    """Return the call that reads one record."""
    return Call(
        intent=Intent.READ,
        method="GET",
        path=f"/rest/model/{model}/{segment(ref)}",
        query=_fields(FIELDS[model]),
        headers=context(company),
    )


def search(
    model: str, domain: Domain, fields: Sequence[str], *, company: int | None, limit: int = 2
) -> Call:
    """Return the call for the records that `domain` describes, in the order of their ids."""
    query = [("d", _packed(domain)), ("o", _packed([["id", "ASC"]])), ("s", str(limit))]
    return _search(model, [*query, *_fields(fields)], company)


def changed(model: str, since: Domain, *, offset: int, limit: int, company: int | None) -> Call:
    """Return the call for a page of records in the order of their last change."""
    order = [["last_modified_at", "ASC"], ["id", "ASC"]]
    query = [("d", _packed(since)), ("o", _packed(order)), ("s", str(limit)), ("p", str(offset))]
    return _search(model, [*query, *_fields(FIELDS[model])], company)


def _search(model: str, query: Sequence[tuple[str, str]], company: int | None) -> Call:
    return Call(
        intent=Intent.READ,
        method="GET",
        path=f"/rest/model/{model}",
        query=query,
        headers=context(company),
    )


def create(model: str, body: Body, company: int | None, traceparent: str) -> Call:
    """Return the call that makes a record."""
    return _write("POST", f"/rest/model/{model}", body, (model, company, traceparent))


def update(model: str, ref: str, body: Body, company: int | None, traceparent: str) -> Call:
    """Return the call that sets fields of a record."""
    path = f"/rest/model/{model}/{segment(ref)}"
    return _write("PUT", path, body, (model, company, traceparent))


def press(ref: str, button: str, company: int | None, traceparent: str) -> Call:
    """Return the call that presses a button of an invoice: ``post``, ``cancel``."""
    path = f"/rest/model/{INVOICE}/{segment(ref)}/{button}"
    return _write("POST", path, {}, (INVOICE, company, traceparent))


def _write(method: str, path: str, body: Body, about: tuple[str, int | None, str]) -> Call:
    model, company, traceparent = about
    headers, content = with_json(body)
    return Call(
        intent=Intent.WRITE,
        method=method,
        path=path,
        query=_fields(FIELDS[model]),
        headers={**headers, **context(company), **trace_header(traceparent)},
        content=content,
    )
