from decimal import Decimal
from typing import Any

import httpx2
import pytest

from interlock.connectors.port import CallFailed, Kind, Request, Verdict
from interlock.foundation.errors import UsageError

ACCOUNT = "0015g00000AbCdEAAV"
WINNER = "0015g00000ZzZzZAAV"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def update(**extra: Any) -> Request:
    given = {
        "operation": "Account.update",
        "body": {"Name": "Acme", "Amount__c": Decimal("10.50")},
        "ref": ACCOUNT,
        "idempotency_key": "k1",
        "traceparent": TRACE,
    }
    return Request(**{**given, **extra})


def upsert(**extra: Any) -> Request:
    given = {
        "operation": "Account.upsert",
        "ref": None,
        "key_field": "Ext__c",
        "key": "a/b c",
        "body": {"Name": "Acme", "Ext__c": "a/b c"},
    }
    return update(**{**given, **extra})


def answer(status: int, body: object) -> httpx2.Response:
    return httpx2.Response(status, json=body)


def error(code: str, message: str = "said") -> list[dict[str, object]]:
    return [{"errorCode": code, "message": message, "fields": []}]


def rows(*records: object, more: str = "") -> httpx2.Response:
    body = {"totalSize": len(records), "done": not more, "records": list(records)}
    return answer(200, {**body, "nextRecordsUrl": more} if more else body)


def row(**extra: object) -> dict[str, object]:
    stamp = "2026-01-01T10:00:00.000+0000"
    return {"Id": ACCOUNT, "Name": "Acme", "SystemModstamp": stamp, **extra}


def test_an_update_answered_204_is_proven_by_reading_back(org: Any) -> None:
    outcome = org.open().write(update())
    assert outcome.verdict is Verdict.DONE
    assert outcome.record.ref == ACCOUNT
    assert outcome.record.version == "2026-01-01T10:00:00.000+0000"
    assert "attributes" not in outcome.record.body
    sent = next(request for request in org.requests if request.method == "PATCH")
    assert sent.url.path == f"/services/data/v62.0/sobjects/Account/{ACCOUNT}"
    assert sent.content == b'{"Name":"Acme","Amount__c":10.50}'
    assert sent.headers["traceparent"] == TRACE
    assert sent.headers["authorization"] == "Bearer 00DT!token.of.the.session"


def test_an_update_that_cannot_be_read_back_is_uncertain_not_done(org: Any) -> None:
    org.queries = [answer(503, error("SERVER_UNAVAILABLE"))]
    outcome = org.open().write(update())
    assert (outcome.verdict, outcome.record) == (Verdict.UNCERTAIN, None)


def test_an_object_gone_when_read_back_is_uncertain(org: Any) -> None:
    org.queries = [rows()]
    assert org.open().write(update()).verdict is Verdict.UNCERTAIN


def test_an_upsert_keeps_the_key_one_segment_and_out_of_the_body(org: Any) -> None:
    org.write = answer(201, {"id": ACCOUNT, "success": True, "created": True, "errors": []})
    outcome = org.open().write(upsert())
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, False)
    sent = next(request for request in org.requests if request.method == "PATCH")
    assert sent.url.raw_path == b"/services/data/v62.0/sobjects/Account/Ext__c/a%2Fb%20c"
    assert sent.content == b'{"Name":"Acme"}'


def test_an_upsert_that_found_the_object_says_so(org: Any) -> None:
    org.write = answer(200, {"id": ACCOUNT, "success": True, "created": False, "errors": []})
    assert org.open().write(upsert()).existing is True


def test_an_upsert_by_id_is_an_update(org: Any) -> None:
    outcome = org.open().write(upsert(key_field="Id", key=ACCOUNT, body={"Id": ACCOUNT, "A": 1}))
    assert outcome.verdict is Verdict.DONE
    sent = next(request for request in org.requests if request.method == "PATCH")
    assert sent.url.path.endswith(f"/sobjects/Account/{ACCOUNT}")
    assert sent.content == b'{"A":1}'


@pytest.mark.parametrize(
    "body",
    [
        {"id": None, "success": True},
        {"id": ACCOUNT},
        {"success": False, "errors": []},
        {},
        [],
    ],
)
def test_a_200_without_evidence_is_not_done(org: Any, body: object) -> None:
    org.write = answer(200, body)
    assert org.open().write(upsert()).verdict is not Verdict.DONE


@pytest.mark.parametrize(
    ("status", "body", "verdict", "kind"),
    [
        (400, error("UNABLE_TO_LOCK_ROW"), Verdict.RETRYABLE, Kind.LOCKED),
        (500, error("UNABLE_TO_LOCK_ROW"), Verdict.RETRYABLE, Kind.LOCKED),
        (
            400,
            error("CANNOT_EXECUTE_FLOW_TRIGGER", "flow failed: UNABLE_TO_LOCK_ROW: 003"),
            Verdict.RETRYABLE,
            Kind.LOCKED,
        ),
        (
            403,
            error("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            Verdict.BLOCKED,
            Kind.QUOTA,
        ),
        (400, error("REQUIRED_FIELD_MISSING"), Verdict.REJECTED, Kind.MISSING_FIELD),
        (400, error("INVALID_FIELD"), Verdict.REJECTED, Kind.UNKNOWN_FIELD),
        (
            400,
            error("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
            Verdict.REJECTED,
            Kind.UNKNOWN_VALUE,
        ),
        (400, error("DUPLICATE_VALUE"), Verdict.REJECTED, Kind.DUPLICATE),
        (300, ["/services/data/v62.0/sobjects/Account/1"], Verdict.REJECTED, Kind.DUPLICATE),
        (404, error("NOT_FOUND"), Verdict.REJECTED, Kind.NOT_FOUND),
        (404, error("ENTITY_IS_DELETED"), Verdict.REJECTED, Kind.NOT_FOUND),
        (403, error("INSUFFICIENT_ACCESS_OR_READONLY"), Verdict.REJECTED, Kind.AUTH),
        (403, error("SOMETHING_NEW"), Verdict.UNCERTAIN, Kind.AUTH),
        (400, error("FIELD_CUSTOM_VALIDATION_EXCEPTION"), Verdict.REJECTED, Kind.REJECTED),
        (400, error("SOMETHING_NEW"), Verdict.REJECTED, Kind.REJECTED),
        (409, error("SOMETHING_NEW"), Verdict.UNCERTAIN, Kind.REJECTED),
        (500, error("UNKNOWN_EXCEPTION"), Verdict.UNCERTAIN, Kind.OUTAGE),
        (503, error("SERVER_UNAVAILABLE"), Verdict.UNCERTAIN, Kind.OUTAGE),
        (401, error("INVALID_SESSION_ID"), Verdict.BLOCKED, Kind.AUTH),
        (
            200,
            {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "m"}]},
            Verdict.RETRYABLE,
            Kind.LOCKED,
        ),
    ],
)
def test_recorded_errors_become_outcomes(
    org: Any, status: int, body: object, verdict: Verdict, kind: Kind
) -> None:
    org.write = answer(status, body)
    outcome = org.open().write(update())
    assert (outcome.verdict, outcome.kind) == (verdict, kind)
    assert outcome.status == status
    assert outcome.record is None


def test_the_vendors_words_and_code_reach_the_case(org: Any) -> None:
    body = [
        {"errorCode": "REQUIRED_FIELD_MISSING", "message": "missing", "fields": ["Name", "X__c"]}
    ]
    org.write = answer(400, body)
    outcome = org.open().write(update())
    assert outcome.code == "REQUIRED_FIELD_MISSING"
    assert outcome.message == "missing (Name, X__c)"


def test_an_opportunity_comes_with_all_pages_of_its_lines(org: Any) -> None:
    org.fields = ("Id", "SystemModstamp", "IsDeleted", "Amount")
    more = "/services/data/v62.0/query/01g5g00000AbCdE-2000"
    first = {
        "totalSize": 3,
        "done": False,
        "nextRecordsUrl": more,
        "records": [{"Id": "b", "TotalPrice": 1.10}, {"Id": "x", "IsDeleted": True}],
    }
    opportunity = row(Id="0065g00000AbCdEAAV", Amount=120000.50, OpportunityLineItems=first)
    org.queries = [rows(opportunity), rows({"Id": "a", "TotalPrice": 2})]
    record = org.open().read("Opportunity", "0065g00000AbCdEAAV")
    assert record.body["Amount"] == Decimal("120000.5")
    assert record.body["OpportunityLineItems"] == {
        "totalSize": 2,
        "done": True,
        "records": [{"Id": "a", "TotalPrice": 2}, {"Id": "b", "TotalPrice": Decimal("1.1")}],
    }
    assert "FROM OpportunityLineItems)" in org.asked()[0]


def test_an_opportunity_without_lines_has_an_empty_list(org: Any) -> None:
    org.queries = [rows(row(OpportunityLineItems=None))]
    record = org.open().read("Opportunity", ACCOUNT)
    assert record.body["OpportunityLineItems"]["records"] == []


def test_a_next_page_on_another_system_is_not_followed(org: Any) -> None:
    org.queries = [rows(row(), more="https://evil.example.com/x")]
    with pytest.raises(CallFailed) as caught:
        org.open().read("Account", ACCOUNT)
    assert caught.value.outcome.kind is Kind.MALFORMED
    assert {request.url.host for request in org.requests} == {"example.my.salesforce.com"}


def test_lines_whose_next_page_is_on_another_system_are_not_followed(org: Any) -> None:
    lines = {"done": False, "records": [], "nextRecordsUrl": "//evil.example.com/x"}
    org.queries = [rows(row(OpportunityLineItems=lines))]
    with pytest.raises(CallFailed) as caught:
        org.open().read("Opportunity", ACCOUNT)
    assert caught.value.outcome.kind is Kind.MALFORMED
    assert not [request for request in org.requests if "evil" in request.url.path]
    assert {request.url.host for request in org.requests} == {"example.my.salesforce.com"}


def test_lines_that_stop_short_are_malformed_not_taken_for_all(org: Any) -> None:
    org.queries = [rows(row(OpportunityLineItems={"done": False, "records": [{"Id": "a"}]}))]
    with pytest.raises(CallFailed) as caught:
        org.open().read("Opportunity", ACCOUNT)
    assert caught.value.outcome.kind is Kind.MALFORMED


def test_a_merged_account_is_read_because_it_names_the_winner(org: Any) -> None:
    org.queries = [rows(row(IsDeleted=True, MasterRecordId=WINNER))]
    assert org.open().read("Account", ACCOUNT).body["MasterRecordId"] == WINNER
    assert org.requests[-1].url.path.endswith("/queryAll")


def test_a_deleted_account_is_not_there(org: Any) -> None:
    org.queries = [rows(row(IsDeleted=True, MasterRecordId=None))]
    assert org.open().read("Account", ACCOUNT) is None


def test_what_has_not_the_form_of_an_id_is_nobodys(org: Any) -> None:
    org.queries = [answer(400, error("INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: xyz"))]
    assert org.open().read("Account", "xyz") is None


def test_a_web_page_with_404_is_not_read_as_nothing_there(org: Any) -> None:
    org.queries = [httpx2.Response(404, text="<html>no such host</html>")]
    with pytest.raises(CallFailed):
        org.open().read("Account", ACCOUNT)


def test_a_value_cannot_break_out_of_the_query(org: Any) -> None:
    org.queries = [rows()]
    assert org.open().find("Account", "Name", "x' OR Name != '\\\n") is None
    assert r"WHERE Name = 'x\' OR Name != \'\\\n' LIMIT 2" in org.asked()[0]


@pytest.mark.parametrize("name", ["Name = 'x' OR Id", "Na me", "", "1a", "x" * 100])
def test_a_name_cannot_break_out_of_the_query(org: Any, name: str) -> None:
    with pytest.raises(UsageError):
        org.open().find("Account", name, "x")
    with pytest.raises(UsageError):
        org.open().find(name, "Name", "x")


def test_several_matches_are_a_duplicate_not_a_choice(org: Any) -> None:
    org.queries = [rows(row(), row(Id=WINNER))]
    with pytest.raises(CallFailed) as caught:
        org.open().find("Account", "Name", "Acme")
    assert caught.value.outcome.kind is Kind.DUPLICATE


def test_fields_are_described_once_without_compound_ones(org: Any) -> None:
    connector = org.open()
    connector.read("Account", ACCOUNT)
    connector.read("Account", ACCOUNT)
    described = [request for request in org.requests if request.url.path.endswith("/describe")]
    assert len(described) == 1
    assert "BillingAddress" not in org.asked()[0]


def test_a_field_that_is_gone_makes_the_next_read_describe_anew(org: Any) -> None:
    connector = org.open()
    org.queries = [answer(400, error("INVALID_FIELD")), rows(row())]
    with pytest.raises(CallFailed):
        connector.read("Account", ACCOUNT)
    assert connector.read("Account", ACCOUNT) is not None
    described = [request for request in org.requests if request.url.path.endswith("/describe")]
    assert len(described) == 2


def test_declared_fields_need_no_describe(org: Any) -> None:
    org.options = {"fields.Account": "Name, Billing_Email__c"}
    org.open().read("Account", ACCOUNT)
    selected = "SELECT Name, Billing_Email__c, Id, SystemModstamp, IsDeleted FROM Account"
    assert org.asked()[0].startswith(selected)
    assert not [request for request in org.requests if request.url.path.endswith("/describe")]


@pytest.mark.parametrize(
    "request_",
    [
        update(ref=None),
        upsert(key=None),
        update(operation="Opportunity.delete"),
    ],
)
def test_an_incomplete_request_is_wrong_use_and_not_sent(org: Any, request_: Request) -> None:
    with pytest.raises(UsageError):
        org.open().write(request_)
    assert not org.requests


def test_an_unknown_scheme_names_those_that_do(org: Any) -> None:
    org.scheme = "oauth2-password"
    with pytest.raises(UsageError, match="oauth2-client-credentials, oauth2-jwt-bearer"):
        org.open()
