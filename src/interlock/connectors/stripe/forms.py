"""Stripe's objects in the one form that bindings speak of, whichever API version showed them.

On 2025-03-31 (``basil``) fields went to other places: an invoice's subscription into its
``parent``, a billing period into the subscription's items, a credit note's refund into a list.
Webhook endpoints and accounts that were pinned before still send the old form. Here both are read,
and the new form is what everybody else sees; nothing is made up for what neither says.
"""

from collections.abc import Callable, Mapping
from typing import Final

from interlock.connectors.port import Body

_PERIOD: Final = ("current_period_start", "current_period_end")


def shown(obj: str, body: Body) -> dict[str, object]:
    """Return an answer in the form that bindings speak of."""
    found = dict(body)
    form = _FORMS.get(obj)
    return form(found) if form else found


def _subscription(body: dict[str, object]) -> dict[str, object]:
    """Say when it started as it is written, and its period whichever way it is told."""
    if "start_date" in body:
        body["backdate_start_date"] = body["start_date"]
    items = [item for item in _data(body.get("items")) if isinstance(item, Mapping)]
    for name, of in zip(_PERIOD, (min, max), strict=True):
        told = [item[name] for item in items if isinstance(item.get(name), int)]
        if body.get(name) is None and told:
            body[name] = of(told)
    return body


def _invoice(body: dict[str, object]) -> dict[str, object]:
    """Say in ``parent`` what made it."""
    subscription = _id(body.get("subscription"))
    if body.get("parent") is None and subscription is not None:
        details = body.get("subscription_details")
        metadata = details.get("metadata") if isinstance(details, Mapping) else None
        said = {"subscription": subscription, "metadata": metadata or {}}
        body["parent"] = {"type": "subscription_details", "subscription_details": said}
    return body


def _credit_note(body: dict[str, object]) -> dict[str, object]:
    """List the refunds; the older form names one, and its amount is what was paid before."""
    refund = _id(body.get("refund"))
    if body.get("refunds") is None and refund is not None:
        body["refunds"] = [{"refund": refund, "amount_refunded": body.get("post_payment_amount")}]
    return body


_FORMS: Final[Mapping[str, Callable[[dict[str, object]], dict[str, object]]]] = {
    "subscription": _subscription,
    "invoice": _invoice,
    "credit_note": _credit_note,
}


def _data(listed: object) -> list[object]:
    inner = listed.get("data") if isinstance(listed, Mapping) else None
    return inner if isinstance(inner, list) else []


def _id(told: object) -> str | None:
    """Return the id in a field that shows an id, or the object itself."""
    found = told.get("id") if isinstance(told, Mapping) else told
    return found if isinstance(found, str) and found else None
