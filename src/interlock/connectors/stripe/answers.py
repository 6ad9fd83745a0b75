"""What an answer of Stripe holds: one object, or a page of a list."""

from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.paging import Page
from interlock.connectors.port import Body, Record
from interlock.connectors.stripe import operations
from interlock.connectors.stripe.forms import shown


def record_of(obj: str, answer: Answer, body: Body) -> Record | None:
    """Return `body` as a record, ``None`` for one that was deleted.

    Raises:
        CallFailed: It is not an object of this kind; the evidence is its id and its own name.
    """
    ref = body.get("id")
    if not isinstance(ref, str) or not ref or body.get("object") != obj:
        raise answer.malformed(f"a {obj} with its id was expected")
    if body.get("deleted") is True:
        return None
    return Record(ref=ref, body=shown(obj, body))


def page_of(answer: Answer) -> Page:
    """Return the page in the answer to a list.

    Raises:
        CallFailed: It is not one.
    """
    items = items_of(answer)
    if answer.mapping().get("has_more") is not True:
        return Page(items=items)
    last = items[-1].get("id") if items else None
    if not isinstance(last, str) or not last:
        raise answer.malformed("it says that there is more, and not after what")
    return Page(items=items, next=last)


def items_of(answer: Answer) -> list[Body]:
    """Return what a list shows.

    Raises:
        CallFailed: It is no list of objects.
    """
    items = answer.mapping().get("data")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise answer.malformed("a list of objects was expected")
    return items


def listed(obj: str) -> operations.Pairs:
    """Return what a list must be asked with to show everything."""
    return (("status", "all"),) if obj == "subscription" else ()
