"""Many writes in one call: each record has an outcome of its own (F9)."""

import json
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import Kind, Request, Verdict
from interlock.connectors.salesforce.connector import Salesforce
from interlock.foundation.errors import UsageError

IDS = [f"0015g00000AbCd{letter}AAV" for letter in "EFG"]
LOCKED = {"statusCode": "UNABLE_TO_LOCK_ROW", "message": "locked", "fields": []}
INVALID = {"statusCode": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "message": "no", "fields": ["Name"]}


def upsert(key: str, **body: object) -> Request:
    return Request(
        operation="Account.upsert",
        body={"Name": "Acme", "External_Id__c": key, **body},
        key_field="External_Id__c",
        key=key,
        idempotency_key=key,
    )


def update(ref: str, obj: str = "Account") -> Request:
    return Request(operation=f"{obj}.update", ref=ref, body={"Name": "New"}, idempotency_key=ref)


class Vendor:
    """Answers batches as they were recorded, and reads back what it is asked for."""

    def __init__(self, answer: httpx2.Response) -> None:
        self.answer = answer
        self.missing: set[str] = set()
        self.reads = 0
        self.sent: list[dict[str, Any]] = []
        self.paths: list[str] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response | None:
        if "/composite" in request.url.path:
            self.sent.append(json.loads(request.content))
            self.paths.append(f"{request.method} {request.url.path.partition('v62.0')[2]}")
            return self.answer
        if request.url.path.endswith("/queryAll"):
            self.reads += 1
            asked = request.url.params["q"]
            found = [ref for ref in IDS if f"'{ref}'" in asked and ref not in self.missing]
            stamp = "2026-01-01T10:00:00.000+0000"
            rows = [{"Id": ref, "SystemModstamp": stamp, "Name": "read back"} for ref in found]
            return httpx2.Response(200, json={"done": True, "records": rows})
        return None


def opened(org: Any, answer: httpx2.Response) -> tuple[Salesforce, Vendor]:
    org.first = Vendor(answer)
    connector = org.open()
    assert isinstance(connector, Salesforce)
    return connector, org.first


def done(ref: str, **extra: object) -> dict[str, object]:
    return {"id": ref, "success": True, "errors": [], **extra}


def refused(*errors: object) -> dict[str, object]:
    return {"success": False, "errors": list(errors)}


def test_records_of_one_shape_go_in_one_call_and_are_read_back_in_one(org: Any) -> None:
    rows = [done(IDS[0], created=True), done(IDS[1], created=False)]
    connector, vendor = opened(org, httpx2.Response(200, json=rows))
    outcomes = connector.write_many([upsert("a"), upsert("b")])

    assert [outcome.verdict for outcome in outcomes] == [Verdict.DONE] * 2
    assert [outcome.existing for outcome in outcomes] == [False, True]
    assert [outcome.record and outcome.record.body["Name"] for outcome in outcomes] == [
        "read back"
    ] * 2
    assert vendor.paths == ["PATCH /composite/sobjects/Account/External_Id__c"]
    assert vendor.sent[0]["allOrNone"] is False
    assert vendor.sent[0]["records"][0] == {
        "attributes": {"type": "Account"},
        "External_Id__c": "a",
        "Name": "Acme",
    }
    assert vendor.reads == 1


def test_what_one_record_is_refused_for_is_its_outcome_and_nobody_elses(org: Any) -> None:
    rows = [refused(LOCKED), done(IDS[1]), refused(INVALID)]
    connector, _ = opened(org, httpx2.Response(200, json=rows))
    outcomes = connector.write_many([update(ref) for ref in IDS])

    assert [(outcome.verdict, outcome.kind) for outcome in outcomes] == [
        (Verdict.RETRYABLE, Kind.LOCKED),
        (Verdict.DONE, Kind.NONE),
        (Verdict.REJECTED, Kind.REJECTED),
    ]
    assert outcomes[2].message == "no (Name)"


def test_what_was_accepted_but_is_not_there_is_uncertain(org: Any) -> None:
    connector, vendor = opened(org, httpx2.Response(200, json=[done(IDS[0]), done(IDS[1])]))
    vendor.missing = {IDS[1]}
    outcomes = connector.write_many([update(ref) for ref in IDS[:2]])

    assert [outcome.verdict for outcome in outcomes] == [Verdict.DONE, Verdict.UNCERTAIN]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (httpx2.Response(503, text="<html>"), Verdict.UNCERTAIN),
        (httpx2.Response(403, json=[{"errorCode": "REQUEST_LIMIT_EXCEEDED"}]), Verdict.BLOCKED),
        (httpx2.Response(400, json=[{"errorCode": "EXCEEDED_ID_LIMIT"}]), Verdict.REJECTED),
        (httpx2.Response(200, json=[]), Verdict.UNCERTAIN),
        (httpx2.Response(200, json=[done(IDS[0])]), Verdict.UNCERTAIN),
        (httpx2.Response(200, json={"success": "maybe"}), Verdict.UNCERTAIN),
        (httpx2.Response(200, json=[{"success": "yes"}, done("")]), Verdict.UNCERTAIN),
        (httpx2.Response(200, json=[7, "x"]), Verdict.UNCERTAIN),
    ],
)
def test_when_the_whole_call_fails_that_holds_for_each_record(
    org: Any, answer: httpx2.Response, verdict: Verdict
) -> None:
    connector, _ = opened(org, answer)
    outcomes = connector.write_many([update(ref) for ref in IDS[:2]])

    assert [outcome.verdict for outcome in outcomes] == [verdict] * 2


def test_200_records_are_one_call_and_the_next_one_is_another(org: Any) -> None:
    connector, vendor = opened(org, httpx2.Response(503))
    connector.write_many([upsert(f"k{n}") for n in range(401)])

    assert [len(sent.get("records", ())) for sent in vendor.sent] == [200, 200, 1]


def test_a_record_that_comes_twice_is_written_twice_and_in_order(org: Any) -> None:
    connector, vendor = opened(org, httpx2.Response(503))
    connector.write_many([upsert(key, Name=str(n)) for n, key in enumerate("abAa")])

    assert [row["Name"] for row in vendor.sent[0]["records"]] == ["0", "1"]
    assert [call["body"] for call in vendor.sent[1]["compositeRequest"]] == [
        {"Name": "2"},
        {"Name": "3"},
    ]


def test_writes_of_several_shapes_go_in_one_composite(org: Any) -> None:
    calls: list[dict[str, object]] = [
        {"httpStatusCode": 204, "body": None},
        {"httpStatusCode": 300, "body": ["/services/data/v62.0/sobjects/Account/001"]},
        {"httpStatusCode": 404, "body": [{"errorCode": "NOT_FOUND", "message": "not there"}]},
    ]
    rows = [{**call, "httpHeaders": {}, "referenceId": f"w{n}"} for n, call in enumerate(calls)]
    connector, vendor = opened(org, httpx2.Response(200, json={"compositeResponse": rows}))
    outcomes = connector.write_many(
        [update(IDS[0]), upsert("a/b"), update(IDS[1], obj="Opportunity")]
    )

    assert [(outcome.verdict, outcome.kind) for outcome in outcomes] == [
        (Verdict.DONE, Kind.NONE),
        (Verdict.REJECTED, Kind.DUPLICATE),
        (Verdict.REJECTED, Kind.NOT_FOUND),
    ]
    assert [call["url"].partition("v62.0")[2] for call in vendor.sent[0]["compositeRequest"]] == [
        f"/sobjects/Account/{IDS[0]}",
        "/sobjects/Account/External_Id__c/a%2Fb",
        f"/sobjects/Opportunity/{IDS[1]}",
    ]


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [
            {"referenceId": "w1", "httpStatusCode": 204},
            {"referenceId": "w0", "httpStatusCode": 204},
        ],
        [{"referenceId": "w0", "httpStatusCode": 500}, {"referenceId": "w1", "body": {}}],
        "none",
    ],
)
def test_a_composite_that_cannot_be_understood_is_uncertain(org: Any, rows: object) -> None:
    connector, _ = opened(org, httpx2.Response(200, json={"compositeResponse": rows}))
    outcomes = connector.write_many([update(IDS[0]), update(IDS[1], obj="Opportunity")])

    assert [outcome.verdict for outcome in outcomes] == [Verdict.UNCERTAIN] * 2


def test_a_write_that_names_no_record_is_refused_before_anything_is_sent(org: Any) -> None:
    connector, vendor = opened(org, httpx2.Response(200, json=[]))
    with pytest.raises(UsageError):
        connector.write_many([upsert("a"), update("")])
    assert vendor.sent == []


def test_an_upsert_that_is_answered_with_nothing_is_looked_for(org: Any) -> None:
    org.write = httpx2.Response(204)
    outcome = org.open().write(upsert("a"))

    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    assert "External_Id__c = 'a'" in org.asked()[-1]
