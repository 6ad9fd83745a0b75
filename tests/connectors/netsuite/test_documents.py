"""Documents made of others, journals and periods, against the simulated account."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.connectors.netsuite.samples import Samples, journal, request

from interlock.connectors.catalogue import open_connector
from interlock.connectors.netsuite.connector import NetSuite
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Verdict
from interlock.foundation.clock import SystemClock
from interlock.foundation.destination import allowed_of
from interlock.testing.conformance import told_since
from interlock.testing.vendors import running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running("netsuite", "--latency-ms", "0") as found:
        yield found


@pytest.fixture
def erp(url: str, private_key: str) -> Iterator[Any]:
    connection = Connection(
        system="erp",
        url=url,
        credential={"client_id": "c", "certificate_id": "k", "private_key": private_key},
        scheme="oauth2-client-credentials",
        timeout=timedelta(seconds=60),
        outbound=Outbound(allowed=allowed_of("127.0.0.0/8")),
    )
    connector = open_connector(connection, SystemClock(), name="netsuite")
    assert isinstance(connector, NetSuite)
    yield connector
    connector.close()


def control(url: str, path: str, body: object = None) -> Any:
    with httpx2.Client(trust_env=False) as client:
        if body is None:
            return client.get(f"{url}/_sandbox/{path}").json()
        return client.post(f"{url}/_sandbox/{path}", json=body).json()


def test_what_was_made_of_another_source_is_not_taken_for_ours(erp: Any) -> None:
    asked = Samples(erp).requests()
    first, second = asked["vendorPayment.create"](), asked["vendorPayment.create"]()
    assert erp.write(first).verdict is Verdict.DONE

    again = erp.write(first)
    stolen = erp.write(replace(second, key=first.key))

    assert (again.verdict, again.existing) == (Verdict.DONE, True)
    assert (stolen.verdict, stolen.kind) == (Verdict.REJECTED, Kind.DUPLICATE)


def test_a_draft_moves_no_ledger_and_a_posted_entry_is_not_put_again(erp: Any) -> None:
    asked = journal()
    draft = erp.write(asked)
    assert draft.record.body["approvalStatus"]["id"] == "1"
    assert erp.write(asked).record.ref == draft.record.ref

    posted = erp.write(request("journalEntry.approve", {}, draft.record.ref))
    again = erp.write(asked)

    assert posted.record.body["approvalStatus"]["id"] == "2"
    assert (again.verdict, again.code) == (Verdict.REJECTED, "JOURNAL_POSTED")
    assert erp.read("journalEntry", draft.record.ref).body["approvalStatus"]["id"] == "2"


def test_a_posted_entry_is_taken_back_by_another_and_a_draft_is_not(erp: Any) -> None:
    draft = erp.write(journal()).record.ref
    refused = erp.write(request("journalEntry.reverse", {}, draft))
    erp.write(request("journalEntry.approve", {}, draft))

    reversed_ = erp.write(request("journalEntry.reverse", {"tranDate": "2026-03-01"}, draft))

    assert (refused.verdict, refused.code) == (Verdict.REJECTED, "JOURNAL_NOT_POSTED")
    body = reversed_.record.body
    sides = [(line.get("debit"), line.get("credit")) for line in body["line"]["items"]]
    assert sides == [(None, Decimal("10.5")), (Decimal("10.5"), None)]
    assert (body["tranDate"], body["approvalStatus"]["id"]) == ("2026-03-01", "2")


@pytest.mark.parametrize(
    "shut", [{"close": [["1", "2026-02"]]}, {"lock": [["allLocked", "2026-02"]]}]
)
def test_a_period_that_is_closed_or_locked_takes_nothing_that_is_put_again(
    erp: Any, url: str, shut: dict[str, object]
) -> None:
    asked = journal()
    draft = erp.write(asked).record.ref
    control(url, "periods", shut)
    try:
        put, approved = erp.write(asked), erp.write(request("journalEntry.approve", {}, draft))
        period = erp.find("accountingPeriod", "periodName", "Feb 2026")
    finally:
        control(url, "periods", {"open": [["1", "2026-02"]], "unlock": [["allLocked", "2026-02"]]})
    assert (put.kind, approved.kind) == (Kind.PERIOD_CLOSED, Kind.PERIOD_CLOSED)
    assert period.ref == "202602"


def test_an_account_is_found_by_its_number(erp: Any) -> None:
    assert erp.find("account", "acctNumber", "2400").body["acctType"]["id"] == "DeferRevenue"
    assert erp.find("account", "acctNumber", "9999") is None
    assert erp.find("account", "acctNumber", "4900").body["isInactive"] is True


def test_a_closed_order_expects_nothing_more(erp: Any) -> None:
    order = erp.write(Samples(erp).requests()["purchaseOrder.upsert"]()).record.ref

    closed = erp.write(request("purchaseOrder.close", {}, order))

    assert closed.record.body["status"]["refName"] == "Closed"
    received = erp.write(request("itemReceipt.create", {}, order))
    assert received.verdict is Verdict.REJECTED


def test_the_order_of_nobody_is_not_closed(erp: Any) -> None:
    outcome = erp.write(request("purchaseOrder.close", {}, "99999999"))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.NOT_FOUND)


def test_changes_of_bills_are_told_with_their_lines(erp: Any) -> None:
    begun = erp.changes("vendorBill", None)
    bill = erp.write(Samples(erp).requests()["vendorBill.create"]()).record.ref

    events, _ = told_since(erp, "vendorBill", begun.cursor)

    (event,) = [each for each in events if each.ref == bill]
    assert event.type == "vendorBill.changed"
    body: Any = event.body
    assert body["item"]["items"][0]["orderLine"] == 1


def test_what_cannot_be_looked_up_is_no_answer(erp: Any, url: str) -> None:
    control(url, "faults", {"rates": {"netsuite_429": 1.0}})
    try:
        with pytest.raises(CallFailed) as failed:
            erp.find("account", "acctNumber", "1000")
    finally:
        control(url, "faults", {"rates": {}})
    assert failed.value.outcome.kind is Kind.QUOTA


def test_a_row_that_changes_during_a_walk_costs_no_other_row(erp: Any, url: str) -> None:
    """Paging by counting would skip the first row of the second page."""
    begun = erp.changes("customer", None)
    rows = [{"companyName": "Walked", "subsidiary": {"id": "1"}} for _ in range(120)]
    made = control(url, "seed", {"customer": rows})["customer"]

    first = erp.changes("customer", begun.cursor)
    for ref in made[:10]:
        control(url, "change", {"object": "customer", "id": ref, "set": {"email": "a@b.example"}})
    seen, page = {event.ref for event in first.events}, first
    while page.more:
        page = erp.changes("customer", page.cursor)
        seen |= {event.ref for event in page.events}

    assert set(made) <= seen
