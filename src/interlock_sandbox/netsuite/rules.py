"""Every record type's rule, and which transaction can be made of which."""

from collections.abc import Callable, Mapping
from typing import Final

from interlock_sandbox.netsuite import items, journals, purchasing, selling, settlement
from interlock_sandbox.netsuite.records import Books, Rule
from interlock_sandbox.world import Record

RULES: Final[Mapping[str, Rule]] = {
    **items.RULES,
    **selling.RULES,
    **purchasing.RULES,
    **journals.RULES,
    "customerRefund": settlement.same_refund,
}
Maker = Callable[[Books, Record, Record], Record]
"""Makes a record of a source and what is given."""
MAKERS: Final[Mapping[tuple[str, str], Maker]] = {
    ("salesOrder", "invoice"): selling.bill_order,
    ("purchaseRequisition", "purchaseOrder"): purchasing.order_requisition,
    ("purchaseOrder", "itemReceipt"): purchasing.receive,
    ("purchaseOrder", "vendorBill"): purchasing.bill_order,
    ("vendorBill", "vendorPayment"): purchasing.pay_bill,
    ("vendorBill", "vendorCredit"): purchasing.credit_bill,
}
"""(from, to) of every ``!transform`` but those of an invoice, which `settlement` makes."""
