"""Goods are ordered once, and a bill is paid when it agrees with order and receipt; else not."""

from collections.abc import Iterator

import pytest

from tests.acceptance.clerk import Clerk, at_work
from tests.acceptance.company import Company, open_company


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with open_company(tmp_path_factory.mktemp("procurement") / "home", deals=0) as found:
        yield found


@pytest.fixture(scope="module")
def clerk(company: Company) -> Iterator[Clerk]:
    with at_work(company) as found:
        yield found


def ordered(company: Company, clerk: Clerk, key: str) -> str:
    """Wait for the order of a requisition; return its id."""
    company.until(lambda: f"{key}-PO" in clerk.books("purchaseOrder"))
    return str(clerk.books("purchaseOrder")[f"{key}-PO"]["id"])


def asked_about(company: Company, key: str) -> dict[str, object]:
    """Wait for the open case about a business key; return it."""
    company.until(lambda: any(case["key"] == key for case in company.open_cases()))
    return next(dict(case) for case in company.open_cases() if case["key"] == key)


def test_what_was_ordered_and_received_is_paid_once(company: Company, clerk: Clerk) -> None:
    supplier = clerk.vendor("Good")
    clerk.requisition("R-GOOD", supplier, quantity=10, rate="25.00")
    order = ordered(company, clerk, "R-GOOD")
    clerk.receive(order, 10)

    bill = clerk.bill(order, "GD-1", quantity=10, rate="25.50")  # two per cent more is tolerated

    company.until(lambda: f"PAY-{bill}" in clerk.books("vendorPayment"))
    company.until(lambda: clerk.record("vendorBill", bill)["status"]["id"] == "B")
    (payment,) = [
        row
        for row in clerk.books("vendorPayment").values()
        if row["apply"]["items"][0]["doc"]["id"] == bill
    ]
    assert (payment["total"], payment["account"]["id"]) == (255, "57")
    assert clerk.record("vendorBill", bill)["amountRemaining"] == 0
    assert clerk.books("purchaseOrder")["R-GOOD-PO"]["total"] == 250


@pytest.mark.parametrize(
    ("name", "received", "rate", "cause"),
    [
        ("LATE", 4, "25.00", "more was billed than was received"),
        ("DEAR", 10, "25.51", "a unit costs more than was ordered and the tolerance allows"),
    ],
)
def test_a_bill_that_differs_is_an_open_case_and_never_paid(
    company: Company, clerk: Clerk, name: str, received: int, rate: str, cause: str
) -> None:
    supplier = clerk.vendor(name)
    clerk.requisition(f"R-{name}", supplier, quantity=10, rate="25.00")
    order = ordered(company, clerk, f"R-{name}")
    clerk.receive(order, received)

    bill = clerk.bill(order, f"{name}-1", quantity=10, rate=rate)

    case = asked_about(company, bill)
    assert (case["cause"], case["owner"]) == ("requirement", "group:accounts-payable")
    assert cause in str(case)
    assert f"PAY-{bill}" not in clerk.books("vendorPayment")
    assert clerk.record("vendorBill", bill)["status"]["id"] == "A"


def test_a_bill_that_was_corrected_is_matched_again_and_paid(
    company: Company, clerk: Clerk
) -> None:
    supplier = clerk.vendor("SLOW")
    clerk.requisition("R-SLOW", supplier, quantity=10, rate="25.00")
    order = ordered(company, clerk, "R-SLOW")
    clerk.receive(order, 6)
    bill = clerk.bill(order, "SLOW-1", quantity=10, rate="25.00")
    case = asked_about(company, bill)

    clerk.receive(order, 4)
    company.ask("cases", "answer", str(case["id"]), "retry", "--by", "ivan")

    company.until(lambda: f"PAY-{bill}" in clerk.books("vendorPayment"))
    company.until(lambda: all(case["key"] != bill for case in company.open_cases()))


def test_an_order_beyond_the_budget_waits_for_a_signature(company: Company, clerk: Clerk) -> None:
    supplier = clerk.vendor("BIG")
    clerk.requisition("R-BIG", supplier, quantity=400, rate="25.00")
    case = asked_about(company, "R-BIG")
    assert "R-BIG-PO" not in clerk.books("purchaseOrder")
    assert case["owner"] == "group:procurement"

    company.ask("cases", "answer", str(case["id"]), "approve", "--by", "hana")

    ordered(company, clerk, "R-BIG")
    assert clerk.books("purchaseOrder")["R-BIG-PO"]["total"] == 10_000


def test_nothing_is_ordered_from_a_supplier_who_was_let_go(company: Company, clerk: Clerk) -> None:
    supplier = clerk.vendor("GONE", isInactive=True)
    clerk.requisition("R-GONE", supplier, quantity=1, rate="25.00")

    case = asked_about(company, "R-GONE")

    assert "the supplier is inactive" in str(case)
    assert "R-GONE-PO" not in clerk.books("purchaseOrder")


def test_a_requisition_that_is_refused_while_it_waits_orders_nothing(
    company: Company, clerk: Clerk
) -> None:
    supplier = clerk.vendor("NEVER")
    ref = clerk.requisition("R-NEVER", supplier, quantity=500, rate="25.00")
    asked_about(company, "R-NEVER")

    clerk.correct("purchaseRequisition", ref, {"approvalStatus": {"id": "3"}})

    company.until(lambda: all(case["key"] != "R-NEVER" for case in company.open_cases()))
    runs = [row for row in company.ask("status") if row["integration"] == "requisition-to-order"]
    assert any(row["state"] == "cancelled" for row in runs)
    assert "R-NEVER-PO" not in clerk.books("purchaseOrder")
