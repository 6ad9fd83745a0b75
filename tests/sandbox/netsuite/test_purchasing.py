import httpx2
import pytest
from tests.sandbox.netsuite.conftest import RECORDS, Suite, code

ORDERED = {"item": {"id": "item-DESK"}, "quantity": 10, "rate": 25}


def vendor(suite: Suite) -> str:
    given = {"companyName": "Desks Ltd", "subsidiary": {"id": "1"}}
    return suite.ref(suite.send("PUT", f"{RECORDS}/vendor/eid:V1", given))


def requisition(suite: Suite, **fields: object) -> str:
    line = {**ORDERED, "poVendor": {"externalId": "V1"}}
    given = {
        "subsidiary": {"id": "1"},
        "currency": {"id": "1"},
        "item": {"items": [line]},
        **fields,
    }
    return suite.ref(suite.send("PUT", f"{RECORDS}/purchaseRequisition/eid:R1", given))


def turned(suite: Suite, source: str, to: str, **fields: object) -> httpx2.Response:
    return suite.send("POST", f"{RECORDS}/{source}/!transform/{to}", fields)


@pytest.fixture
def order(suite: Suite) -> str:
    vendor(suite)
    made = turned(
        suite, f"purchaseRequisition/{requisition(suite)}", "purchaseOrder", externalId="R1-PO"
    )
    return suite.ref(made)


def status(suite: Suite, obj: str, ref: str) -> str:
    return str(suite.read(obj, ref)["status"]["id"])


def test_a_requisition_becomes_one_order_and_only_once_it_is_approved(suite: Suite) -> None:
    vendor(suite)
    ref = requisition(suite, approvalStatus={"id": "1"})
    assert code(turned(suite, f"purchaseRequisition/{ref}", "purchaseOrder")) == (
        400,
        "USER_ERROR",
    )
    suite.send("PATCH", f"{RECORDS}/purchaseRequisition/{ref}", {"approvalStatus": {"id": "2"}})

    made = suite.ref(turned(suite, f"purchaseRequisition/{ref}", "purchaseOrder"))

    found = suite.read("purchaseOrder", made)
    assert (found["total"], found["entity"]["refName"]) == (250, "Desks Ltd")
    assert found["createdFrom"]["id"] == ref
    assert status(suite, "purchaseOrder", made) == "B"
    assert turned(suite, f"purchaseRequisition/{ref}", "purchaseOrder").status_code == 400


def test_an_order_counts_what_was_received_and_what_was_billed(suite: Suite, order: str) -> None:
    part = {"item": {"items": [{"orderLine": 1, "quantity": 4}]}}
    suite.ref(turned(suite, f"purchaseOrder/{order}", "itemReceipt", **part))
    assert status(suite, "purchaseOrder", order) == "D"

    bill = suite.ref(turned(suite, f"purchaseOrder/{order}", "vendorBill", tranId="F-1"))

    (line,) = suite.read("purchaseOrder", order)["item"]["items"]
    assert (line["quantityReceived"], line["quantityBilled"]) == (4, 4)
    found = suite.read("vendorBill", bill)
    assert (found["total"], found["tranId"]) == (100, "F-1")
    assert found["item"]["items"][0]["orderDoc"]["id"] == order
    assert "createdFrom" not in found
    suite.ref(turned(suite, f"purchaseOrder/{order}", "itemReceipt"))
    suite.ref(turned(suite, f"purchaseOrder/{order}", "vendorBill"))
    assert status(suite, "purchaseOrder", order) == "G"


def test_a_bill_may_ask_for_more_than_was_received(suite: Suite, order: str) -> None:
    """Which is why somebody has to match it."""
    line = {"item": {"id": "item-DESK"}, "quantity": 12, "rate": 30, "orderLine": 1}
    given = {"item": {"items": [{**line, "orderDoc": {"id": order}}]}}

    bill = suite.ref(turned(suite, f"purchaseOrder/{order}", "vendorBill", **given))

    assert suite.read("vendorBill", bill)["total"] == 360
    (line,) = suite.read("purchaseOrder", order)["item"]["items"]
    assert (line["quantityReceived"], line["quantityBilled"]) == (0, 12)


def test_a_bill_is_paid_in_parts_and_never_beyond_what_is_open(suite: Suite, order: str) -> None:
    suite.ref(turned(suite, f"purchaseOrder/{order}", "itemReceipt"))
    bill = suite.ref(turned(suite, f"purchaseOrder/{order}", "vendorBill"))
    part = {"items": [{"doc": {"id": bill}, "amount": 100, "apply": True}]}

    by_transform = turned(suite, f"vendorBill/{bill}", "vendorPayment", apply=part)
    by_itself = suite.send(
        "PUT", f"{RECORDS}/vendorPayment/eid:P2", {"apply": part, "account": {"id": "57"}}
    )

    assert suite.read("vendorPayment", suite.ref(by_transform))["total"] == 100
    assert suite.ref(by_itself)
    assert suite.read("vendorBill", bill)["amountRemaining"] == 50
    assert code(turned(suite, f"vendorBill/{bill}", "vendorPayment", apply=part))[0] == 400
    not_a_bank = turned(suite, f"vendorBill/{bill}", "vendorPayment", account={"id": "54"})
    assert code(not_a_bank) == (400, "USER_ERROR")
    suite.ref(turned(suite, f"vendorBill/{bill}", "vendorPayment"))
    assert status(suite, "vendorBill", bill) == "B"


def test_a_bill_on_hold_or_without_approval_is_not_paid(suite: Suite, order: str) -> None:
    suite.ref(turned(suite, f"purchaseOrder/{order}", "itemReceipt"))
    bill = suite.ref(turned(suite, f"purchaseOrder/{order}", "vendorBill", paymentHold=True))
    assert turned(suite, f"vendorBill/{bill}", "vendorPayment").status_code == 400

    waiting = {"paymentHold": False, "approvalStatus": {"id": "1"}}
    suite.ref(suite.send("PATCH", f"{RECORDS}/vendorBill/{bill}", waiting))

    assert status(suite, "vendorBill", bill) == "D"
    assert turned(suite, f"vendorBill/{bill}", "vendorPayment").status_code == 400


def test_a_ledger_that_is_locked_takes_no_bill_and_the_other_goes_on(
    suite: Suite, order: str
) -> None:
    suite.control("periods", {"lock": [["apLocked", "2026-01"]]})
    late = turned(suite, f"purchaseOrder/{order}", "vendorBill", tranDate="2026-01-09")

    assert code(late) == (400, "CLOSED_TRAN_PRD")
    assert suite.invoice("006").status_code == 204
    period = suite.read("accountingPeriod", "202601")
    assert (period["periodName"], period["apLocked"], period["arLocked"]) == (
        "Jan 2026",
        True,
        False,
    )


def test_a_sales_order_is_billed_once(suite: Suite) -> None:
    line = {"item": {"id": "item-SEAT"}, "quantity": 3, "rate": 10}
    head = {"entity": {"externalId": "001"}, "subsidiary": {"id": "1"}, "currency": {"id": "1"}}
    given = {**head, "tranDate": "2026-01-15", "item": {"items": [line]}}
    order = suite.ref(suite.send("PUT", f"{RECORDS}/salesOrder/eid:S1", given))

    invoice = suite.ref(turned(suite, f"salesOrder/{order}", "invoice", externalId="S1-I"))

    assert suite.read("invoice", invoice)["total"] == 30
    assert suite.read("invoice", invoice)["createdFrom"]["id"] == order
    assert status(suite, "salesOrder", order) == "G"
    assert code(turned(suite, f"salesOrder/{order}", "invoice")) == (400, "USER_ERROR")
