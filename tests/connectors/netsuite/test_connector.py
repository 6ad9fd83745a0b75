import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import CallFailed, DeliveryRefused, Kind, Request, Verdict
from interlock.foundation.errors import UsageError

PATH = "/services/rest/record/v1"
SUITEQL = "/services/rest/query/v1/suiteql"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def invoice(**extra: Any) -> Request:
    given = {
        "operation": "invoice.upsert",
        "body": {
            "entity": {"id": "107"},
            "currency": {"refName": "USD"},
            "externalId": "006A",
            "item": {
                "items": [
                    {"item": {"refName": "SEAT"}, "amount": Decimal("10.50")},
                    {"item": {"refName": "SEAT"}, "amount": Decimal("1.00")},
                ]
            },
        },
        "key_field": "externalId",
        "key": "006A",
        "idempotency_key": "run-1",
        "traceparent": TRACE,
    }
    return Request(**{**given, **extra})


def credit(**extra: Any) -> Request:
    given = {"operation": "creditMemo.create", "body": {}, "ref": "55", "key": "006A-undo"}
    return invoice(**{**given, **extra})


def record(**extra: Any) -> httpx2.Response:
    body = {
        "links": [{"rel": "self", "href": "https://x"}],
        "id": "55",
        "externalId": "006A",
        "lastModifiedDate": "2026-01-01T10:00:00Z",
        "currency": {"links": [], "id": "1", "refName": "USD"},
        "item": {"links": [], "items": [{"links": [], "amount": 10.5, "line": 1}]},
        **extra,
    }
    return httpx2.Response(200, json=body)


def named(account: Any, vendor: Any) -> None:
    account.on("POST", SUITEQL, vendor["rows"]({"id": "1"}), vendor["rows"]({"id": "20"}))


def test_an_invoice_is_put_under_our_reference_and_read_back(account: Any, vendor: Any) -> None:
    named(account, vendor)
    account.on("PUT", f"{PATH}/invoice/eid:006A", vendor["written"]("invoice", "55"))
    account.on("GET", f"{PATH}/invoice/55", record())
    outcome = account.open().write(invoice())
    assert outcome.verdict is Verdict.DONE
    assert outcome.record.ref == "55"
    assert outcome.record.version == "2026-01-01T10:00:00Z"
    assert outcome.record.body["item"] == {"items": [{"amount": Decimal("10.5"), "line": 1}]}
    assert "links" not in outcome.record.body
    sent = account.sent("PUT", f"{PATH}/invoice/eid:006A")[0]
    assert sent.url.query == b"replace=item"
    assert sent.headers["x-netsuite-propertynamevalidation"] == "Error"
    assert sent.headers["traceparent"] == TRACE
    assert sent.headers["authorization"] == "Bearer token-number-1"
    assert b'"amount":10.50' in sent.content
    body = json.loads(sent.content)
    assert body["currency"] == {"id": "1"}
    assert [line["item"] for line in body["item"]["items"]] == [{"id": "20"}, {"id": "20"}]
    assert "externalId" not in body
    assert account.sent("GET", f"{PATH}/invoice/55")[0].url.query == b"expandSubResources=true"


def test_names_are_asked_for_once(account: Any, vendor: Any) -> None:
    named(account, vendor)
    account.on("PUT", f"{PATH}/invoice/eid:006A", vendor["written"]("invoice", "55"))
    account.on("GET", f"{PATH}/invoice/55", record())
    connector = account.open()
    connector.write(invoice())
    connector.write(invoice())
    asked = [json.loads(request.content)["q"] for request in account.sent("POST", SUITEQL)]
    assert asked == [
        "SELECT id FROM currency WHERE symbol = 'USD'",
        "SELECT id FROM item WHERE itemid = 'SEAT'",
    ]
    assert account.sent("POST", SUITEQL)[0].headers["prefer"] == "transient"


def test_a_name_that_nobody_has_is_refused_before_anything_is_sent(
    account: Any, vendor: Any
) -> None:
    account.on("POST", SUITEQL, vendor["rows"]())
    outcome = account.open().write(invoice(body={"terms": {"refName": "Net'30"}}))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.UNKNOWN_VALUE)
    assert "Net'30" in outcome.message
    assert [request.method for request in account.requests] == ["POST"]
    assert b"'Net''30'" in account.requests[0].content


def test_where_the_role_may_not_look_the_name_is_sent_as_it_is(account: Any, vendor: Any) -> None:
    account.on("POST", SUITEQL, vendor["refused"](400, "INVALID_PARAMETER", "no such table"))
    account.on("PUT", f"{PATH}/invoice/eid:006A", vendor["written"]("invoice", "55"))
    account.on("GET", f"{PATH}/invoice/55", record())
    body = {"terms": {"refName": "Net 30"}, "revRecTreatment": {"refName": "over_time"}}
    assert account.open().write(invoice(body=body)).verdict is Verdict.DONE
    assert json.loads(account.sent("PUT", f"{PATH}/invoice/eid:006A")[0].content) == body


def test_a_look_up_without_an_answer_sends_nothing(account: Any) -> None:
    account.on("POST", SUITEQL, httpx2.Response(502, text="<html>"))
    outcome = account.open().write(invoice())
    assert outcome.verdict is Verdict.RETRYABLE
    assert not account.sent("PUT", f"{PATH}/invoice/eid:006A")


def test_a_write_that_cannot_be_read_back_is_uncertain(account: Any, vendor: Any) -> None:
    account.on("PUT", f"{PATH}/customer/eid:001A", vendor["written"]("customer", "7"))
    customer = invoice(operation="customer.upsert", key="001A", body={"companyName": "Acme"})
    assert account.open().write(customer).verdict is Verdict.UNCERTAIN
    account.on("GET", f"{PATH}/customer/7", httpx2.Response(503, text="<html>"))
    assert account.open().write(customer).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize(
    "location",
    ["", "https://evil.example/services/rest/record/v1/invoice/../../x", "/record/v1/vendor/9"],
)
def test_a_location_that_leads_elsewhere_is_not_followed(account: Any, location: str) -> None:
    answer = httpx2.Response(204, headers={"Location": location} if location else {})
    account.on("PUT", f"{PATH}/customer/eid:001A", answer)
    account.on("GET", f"{PATH}/customer/eid:001A", record(id="7", externalId="001A"))
    customer = invoice(operation="customer.upsert", key="001A", body={"companyName": "Acme"})
    outcome = account.open().write(customer)
    assert outcome.record.ref == "7"
    assert {request.url.host for request in account.requests} == {
        "1234567-sb1.suitetalk.api.netsuite.com"
    }


def test_a_credit_memo_is_made_out_of_its_invoice(account: Any, vendor: Any) -> None:
    path = f"{PATH}/invoice/55/!transform/creditMemo"
    account.on("POST", path, vendor["written"]("creditMemo", "90"))
    account.on("GET", f"{PATH}/creditMemo/90", record(id="90", externalId="006A-undo"))
    assert account.open().write(credit()).record.ref == "90"
    assert json.loads(account.sent("POST", path)[0].content) == {"externalId": "006A-undo"}
    account.open().write(credit(key=None))
    assert json.loads(account.sent("POST", path)[1].content) == {"externalId": "credit-55"}


def test_a_second_credit_memo_is_the_first_one_only_for_the_same_invoice(
    account: Any, vendor: Any
) -> None:
    path = f"{PATH}/invoice/55/!transform/creditMemo"
    account.on("POST", path, vendor["refused"](400, "DUP_RCRD", "This record already exists"))
    found = record(id="90", externalId="006A-undo", createdFrom={"id": "55"})
    account.on("GET", f"{PATH}/creditMemo/eid:006A-undo", found)
    outcome = account.open().write(credit())
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    other = record(id="90", externalId="006A-undo", createdFrom={"id": "56"})
    account.on("GET", f"{PATH}/creditMemo/eid:006A-undo", other)
    outcome = account.open().write(credit())
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.DUPLICATE)


def test_find_reads_by_the_external_id(account: Any) -> None:
    account.on("GET", f"{PATH}/invoice/eid:006A", record())
    connector = account.open()
    assert connector.find("invoice", "externalId", "006A").ref == "55"
    assert connector.find("invoice", "externalId", "006B") is None
    assert connector.find("invoice", "externalId", "a|b/../c") is None
    assert connector.read("invoice", "not-an-id") is None
    with pytest.raises(UsageError):
        connector.find("invoice", "tranId", "INV1")


def test_a_404_that_does_not_speak_of_a_record_is_not_nothing_there(
    account: Any, vendor: Any
) -> None:
    wrong = vendor["refused"](404, "INVALID_URL", "No such path")
    account.on("GET", f"{PATH}/invoice/55", wrong)
    with pytest.raises(CallFailed):
        account.open().read("invoice", "55")


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: invoice(key=None),
        lambda: invoice(key="a:b"),
        lambda: credit(ref=None),
        lambda: credit(ref="eid:1"),
        lambda: invoice(operation="vendor.delete"),
    ],
)
def test_a_request_that_can_never_work_is_wrong_use(account: Any, wrong: Any) -> None:
    with pytest.raises(UsageError):
        account.open().write(wrong())
    assert not account.requests


def test_netsuite_delivers_nothing_by_itself(account: Any) -> None:
    with pytest.raises(DeliveryRefused):
        account.open().event({}, b"", ())


def test_changes_are_read_in_full_and_page_by_page(account: Any, vendor: Any) -> None:
    first = vendor["rows"]({"id": "55", "modified": "2026-01-01 10:00:00"}, more=True)
    account.on("POST", SUITEQL, first, vendor["rows"]({"id": "56"}))
    account.on("GET", f"{PATH}/customer/55", record())
    account.on("GET", f"{PATH}/customer/56", record(id="56"))
    connector = account.open()
    page = connector.changes("customer", "2026-01-01T09:00:00+00:00")
    assert [(each.ref, each.stamp) for each in page.events] == [("55", "2026-01-01T10:00:00Z")]
    assert page.events[0].type == "customer.changed"
    assert page.more
    last = connector.changes("customer", page.cursor)
    assert [event.ref for event in last.events] == ["56"]
    assert last.cursor == "2026-01-01T09:59:55+00:00"
    asked = [json.loads(each.content)["q"] for each in account.sent("POST", SUITEQL)]
    assert "lastmodifieddate >= TO_TIMESTAMP('2026-01-01 09:00:00'" in asked[0]
    assert "lastmodifieddate > TO_TIMESTAMP('2026-01-01 10:00:00'" in asked[1]
    assert "AND id > 55)" in asked[1]


def test_a_page_that_fails_in_its_middle_is_told_so_far_and_goes_on_behind_that(
    account: Any, vendor: Any
) -> None:
    moments = {"55": "2026-01-01 10:00:00", "56": "2026-01-01 10:00:01"}
    shown = [{"id": ref, "modified": moment} for ref, moment in moments.items()]
    account.on("POST", SUITEQL, vendor["rows"](*shown))
    account.on("GET", f"{PATH}/customer/55", record())
    account.on(
        "GET",
        f"{PATH}/customer/56",
        vendor["refused"](429, "SSS_REQUEST_LIMIT_EXCEEDED", "too many"),
        record(id="56"),
    )
    connector = account.open()

    page = connector.changes("customer", "2026-01-01T09:00:00+00:00")
    assert [event.ref for event in page.events] == ["55"]
    assert page.more

    account.on("POST", SUITEQL, vendor["rows"](shown[1]))
    last = connector.changes("customer", page.cursor)
    assert [event.ref for event in last.events] == ["56"]
    asked = [json.loads(each.content)["q"] for each in account.sent("POST", SUITEQL)]
    assert "AND id > 55)" in asked[1]


def test_a_page_whose_first_row_cannot_be_read_is_no_page(account: Any, vendor: Any) -> None:
    account.on("POST", SUITEQL, vendor["rows"]({"id": "55", "modified": "2026-01-01 10:00:00"}))
    account.on(
        "GET",
        f"{PATH}/customer/55",
        vendor["refused"](429, "SSS_REQUEST_LIMIT_EXCEEDED", "too many"),
    )
    with pytest.raises(CallFailed):
        account.open().changes("customer", "2026-01-01T09:00:00+00:00")


def test_more_behind_a_row_without_its_time_is_no_answer(account: Any, vendor: Any) -> None:
    account.on("POST", SUITEQL, vendor["rows"]({"id": "55"}, more=True))
    account.on("GET", f"{PATH}/customer/55", record())
    with pytest.raises(CallFailed):
        account.open().changes("customer", "2026-01-01T09:00:00+00:00")


def test_what_the_overlap_shows_again_is_told_again_but_read_once(
    account: Any, vendor: Any
) -> None:
    row = {"id": "55", "modified": "2026-01-01 10:00:03"}
    account.on("POST", SUITEQL, vendor["rows"](row))
    account.on("GET", f"{PATH}/customer/55", record())
    connector = account.open()
    since = "2026-01-01T09:00:00+00:00"
    first, second = connector.changes("customer", since), connector.changes("customer", since)
    assert list(first.events) == list(second.events)
    assert len(account.sent("GET", f"{PATH}/customer/55")) == 1


def test_a_second_that_is_not_over_is_read_again(account: Any, vendor: Any) -> None:
    row = {"id": "55", "modified": "2026-01-01 10:00:04"}
    account.on("POST", SUITEQL, vendor["rows"](row))
    account.on("GET", f"{PATH}/customer/55", record(), record(companyName="changed once more"))
    connector = account.open()
    connector.changes("customer", "2026-01-01T09:00:00+00:00")
    page = connector.changes("customer", "2026-01-01T09:00:00+00:00")
    assert page.events[0].body["companyName"] == "changed once more"


def test_a_feed_begins_now_by_the_vendors_clock(account: Any, vendor: Any) -> None:
    account.on("POST", SUITEQL, vendor["rows"]())
    account.clock.advance_to(account.clock.now().replace(year=2027))
    begun = account.open().changes("invoice", None)
    assert (begun.events, begun.cursor) == ((), "2026-01-01T10:00:05+00:00")


def test_a_record_that_is_gone_by_now_is_left_out(account: Any, vendor: Any) -> None:
    account.on("POST", SUITEQL, vendor["rows"]({"id": "57"}))
    assert not account.open().changes("customer", "2026-01-01T09:00:00+00:00").events


@pytest.mark.parametrize("cursor", ["", "x", "2026-01-01T09:00:00+00:00|y|z", "a|b"])
def test_a_cursor_that_is_none_is_wrong_use(account: Any, cursor: str) -> None:
    with pytest.raises(UsageError):
        account.open().changes("customer", cursor)
