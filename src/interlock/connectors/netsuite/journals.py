"""Journal entries: a draft is put, approved or rejected; a posted one is reversed by another.

And the one other change that needs the record first: closing an order, line by line.
"""

from collections.abc import Mapping
from typing import Final

from interlock.connectors.netsuite.sublists import lines_of
from interlock.connectors.port import Body

APPROVED: Final[Body] = {"approved": True}
REJECTED: Final[Body] = {"approvalStatus": {"id": "3"}}
_SIDES: Final = (("debit", "credit"), ("credit", "debit"))
_KEPT: Final = ("account", "entity", "memo")


def drafted(body: Body) -> dict[str, object]:
    """Return a body that waits for its approval: until then it moves no ledger."""
    return {**body, "approved": False}


def is_posted(body: Body) -> bool:
    """Tell whether an entry is approved, so that it stands in the ledger."""
    status = body.get("approvalStatus")
    return isinstance(status, Mapping) and str(status.get("id")) == "2"


def reversal(original: Body, given: Body) -> dict[str, object]:
    """Return the entry that takes `original` back: debit is credit, at once, on the same day.

    ``tranDate`` and ``memo`` may be given, for a day in a period that is still open.
    """
    said = {
        "subsidiary": _reference(original.get("subsidiary")),
        "currency": _reference(original.get("currency")),
        "tranDate": original.get("tranDate"),
        "memo": f"Reversal of {original.get('tranId')}",
        **given,
        "approved": True,
        "line": {"items": [_swapped(line) for line in lines_of(original, "line")]},
    }
    return {name: value for name, value in said.items() if value is not None}


def _swapped(line: Mapping[str, object]) -> dict[str, object]:
    kept = {name: line[name] for name in _KEPT if line.get(name) is not None}
    found = {name: _reference(v) if isinstance(v, Mapping) else v for name, v in kept.items()}
    return {**found, **{to: line[of] for of, to in _SIDES if line.get(of) is not None}}


def _reference(value: object) -> object:
    return {"id": value["id"]} if isinstance(value, Mapping) and "id" in value else None


def closed(order: Body) -> dict[str, object]:
    """Return the change that closes every line of a purchase order: nothing more is expected."""
    lines = lines_of(order, "item")
    return {"item": {"items": [{"line": line.get("line"), "isClosed": True} for line in lines]}}
