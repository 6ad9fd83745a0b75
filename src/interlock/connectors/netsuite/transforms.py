"""Which transaction is made of which (``POST /{source}/{id}/!transform/{target}``).

A second transaction under one reference is refused; it is ours only if it was made of the very
same source (F16), which every target tells in its own way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from interlock.connectors.netsuite.sublists import lines_of
from interlock.connectors.port import Body

Origins = Callable[[Body], frozenset[str]]
"""Return the ids of the records that a transaction was made of, as far as it tells."""


def created_from(body: Body) -> frozenset[str]:
    """Most say it in their head."""
    return _ids([body.get("createdFrom")])


def ordered_by(body: Body) -> frozenset[str]:
    """A vendor's bill says it on its lines."""
    return _ids([line.get("orderDoc") for line in lines_of(body, "item")])


def applied_to(body: Body) -> frozenset[str]:
    """A payment says which documents it settles."""
    return _ids([line.get("doc") for line in lines_of(body, "apply") if line.get("apply")])


def _ids(references: list[object]) -> frozenset[str]:
    found = [each.get("id") for each in references if isinstance(each, Mapping)]
    return frozenset(str(ref) for ref in found if ref is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """One transformation."""

    source: str
    target: str
    origins: Origins = created_from
    reverses: bool = False


_ALL: Final = (
    Transform(source="invoice", target="creditMemo", reverses=True),
    Transform(source="invoice", target="customerPayment", origins=applied_to),
    Transform(source="salesOrder", target="invoice"),
    Transform(source="purchaseRequisition", target="purchaseOrder"),
    Transform(source="purchaseOrder", target="itemReceipt"),
    Transform(source="purchaseOrder", target="vendorBill", origins=ordered_by),
    Transform(source="vendorBill", target="vendorPayment", origins=applied_to),
    Transform(source="vendorBill", target="vendorCredit", reverses=True),
)
TRANSFORMS: Final[Mapping[str, Transform]] = {f"{each.target}.create": each for each in _ALL}
"""By operation: ``creditMemo.create`` makes one of an invoice, given as `ref`."""
