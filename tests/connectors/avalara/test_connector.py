"""AvaTax's answers as its documentation records them."""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import (
    CallFailed,
    Connection,
    Connector,
    DeliveryRefused,
    Kind,
    Outcome,
    Request,
    Verdict,
)
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.errors import UsageError

CLOCK = VirtualClock(from_iso("2026-01-01T00:00:00Z"))
Handler = Callable[[httpx2.Request], httpx2.Response]


class Engine:
    """Gives out recorded answers in order, the last one for ever, and keeps the requests."""

    def __init__(self, *answers: httpx2.Response) -> None:
        self._answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]

    def open(self, **options: str) -> Connector:
        connection = Connection(
            system="tax",
            url="https://rest.example.com",
            credential={"account_id": "2000001234", "license_key": "0123456789ABCDEF"},
            scheme="basic",
            timeout=timedelta(seconds=5),
            options=options,
        )
        transport = httpx2.MockTransport(self)
        return open_connector(connection, CLOCK, name="avalara", transport=transport)


def transaction(status: str = "Committed", **extra: object) -> httpx2.Response:
    body = {
        "code": "opp/1",
        "status": status,
        "totalTax": 2.42,
        "lines": [{"lineNumber": "1", "tax": 2.42}],
        "addresses": [{"country": "US", "region": "CA"}],
    }
    return httpx2.Response(201, json={**body, **extra})


def error(status: int, code: str, message: str = "", description: str = "") -> httpx2.Response:
    details = [{"code": code, "number": 300, "message": message, "description": description}]
    return httpx2.Response(status, json={"error": {"code": code, "details": details}})


DOC_STATUS = error(
    400, "GetTaxError", "DocStatus is invalid for this operation.", "Expected Saved|Posted"
)


def request(verb: str, **extra: object) -> Request:
    lines = [{"lineNumber": "1", "itemCode": "A", "quantity": 1, "amount": Decimal("33.30")}]
    given: dict[str, object] = {
        "operation": f"transaction.{verb}",
        "body": {"customerCode": "001", "lines": lines},
        "key": "opp/1",
        "idempotency_key": "k",
    }
    return Request(**{**given, **extra})  # type: ignore[arg-type]  # a few fields, by name


def test_an_estimate_is_an_order_and_amounts_go_as_numbers() -> None:
    engine = Engine(transaction("Temporary"))
    outcome = engine.open(company_code="ACME").write(request("estimate"))
    assert outcome.verdict is Verdict.DONE
    [sent] = engine.requests
    body = json.loads(sent.content, parse_float=Decimal)
    assert (body["type"], body["companyCode"], body["code"]) == ("SalesOrder", "ACME", "opp/1")
    assert body["lines"][0]["number"] == "1"
    assert "lineNumber" not in body["lines"][0]
    assert b'"amount":33.30' in sent.content
    assert "commit" not in body


def test_an_answer_has_the_form_that_bindings_speak_of() -> None:
    outcome = Engine(transaction("Temporary")).open().write(request("estimate"))
    assert outcome.record is not None
    assert outcome.record.body["addresses"] == {
        "singleLocation": {"country": "US", "region": "CA"}
    }
    assert outcome.record.body["totalTax"] == Decimal("2.42")


def test_a_recorded_transaction_is_a_committed_invoice() -> None:
    engine = Engine(transaction())
    outcome = engine.open().write(request("record"))
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, False)
    body = json.loads(engine.requests[0].content)
    assert (body["type"], body["commit"]) == ("SalesInvoice", True)


def test_a_recorded_transaction_that_is_not_committed_is_unproven() -> None:
    outcome = Engine(transaction("Saved")).open().write(request("record"))
    assert outcome.verdict is Verdict.UNCERTAIN


def test_a_committed_code_is_read_back_and_done_by_somebody_else() -> None:
    engine = Engine(DOC_STATUS, transaction())
    outcome = engine.open().write(request("record"))
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    assert outcome.record is not None
    path = b"/api/v2/companies/DEFAULT/transactions/opp_-ava2f-_1"
    assert engine.requests[1].url.raw_path.startswith(path)


@pytest.mark.parametrize("there", [transaction("Cancelled"), error(404, "EntityNotFoundError")])
def test_a_voided_or_absent_code_is_not_taken_for_a_recorded_one(there: httpx2.Response) -> None:
    outcome = Engine(DOC_STATUS, there).open().write(request("record"))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.DUPLICATE)


def test_a_code_that_cannot_be_looked_up_is_not_done() -> None:
    outcome = Engine(DOC_STATUS, error(500, "ServerUnreachable")).open().write(request("record"))
    assert outcome.verdict is Verdict.RETRYABLE


def test_a_void_is_proven_by_the_status() -> None:
    void = request("void", ref="opp/1")
    assert Engine(transaction("Cancelled")).open().write(void).verdict is Verdict.DONE
    assert Engine(transaction("Committed")).open().write(void).verdict is Verdict.UNCERTAIN


def test_voiding_twice_is_done_if_it_is_void_indeed() -> None:
    void = request("void", ref="opp/1")
    already = error(400, "TransactionAlreadyCancelled")
    done = Engine(already, transaction("Cancelled")).open().write(void)
    assert (done.verdict, done.existing) == (Verdict.DONE, True)
    not_so = Engine(already, transaction("Committed")).open().write(void)
    assert not_so.verdict is Verdict.REJECTED


def failed(answer: httpx2.Response, verb: str = "record") -> Outcome:
    return Engine(answer, error(404, "EntityNotFoundError")).open().write(request(verb))


@pytest.mark.parametrize(
    ("answer", "verdict", "kind"),
    [
        (error(401, "AuthenticationException"), Verdict.BLOCKED, Kind.AUTH),
        (error(403, "AuthorizationException"), Verdict.BLOCKED, Kind.AUTH),
        (httpx2.Response(401, text=""), Verdict.BLOCKED, Kind.AUTH),
        (error(400, "InvalidAddress"), Verdict.REJECTED, Kind.TAX_FAILED),
        (error(400, "GetTaxError", "no jurisdiction"), Verdict.REJECTED, Kind.TAX_FAILED),
        (error(400, "ValueRequiredError"), Verdict.REJECTED, Kind.MISSING_FIELD),
        (error(400, "InvalidEnumValue"), Verdict.REJECTED, Kind.UNKNOWN_VALUE),
        (error(400, "CannotModifyLockedTransaction"), Verdict.REJECTED, Kind.PERIOD_CLOSED),
        (error(400, "SomethingNew"), Verdict.REJECTED, Kind.REJECTED),
        (error(409, "SomethingNew"), Verdict.UNCERTAIN, Kind.REJECTED),
        (error(500, "ServerConfiguration"), Verdict.UNCERTAIN, Kind.TAX_FAILED),
        (error(503, "SomethingNew"), Verdict.UNCERTAIN, Kind.TAX_FAILED),
        (httpx2.Response(503, text="<html>"), Verdict.UNCERTAIN, Kind.OUTAGE),
        (error(200, "GetTaxError", "said with 200"), Verdict.REJECTED, Kind.TAX_FAILED),
        (httpx2.Response(200, json={"code": "opp/1"}), Verdict.UNCERTAIN, Kind.MALFORMED),
    ],
)
def test_recorded_errors_become_outcomes(
    answer: httpx2.Response, verdict: Verdict, kind: Kind
) -> None:
    outcome = failed(answer)
    assert (outcome.verdict, outcome.kind) == (verdict, kind)
    assert outcome.record is None


def test_a_failed_estimate_may_simply_be_asked_again() -> None:
    outcome = failed(error(500, "ServerConfiguration"), "estimate")
    assert (outcome.verdict, outcome.kind) == (Verdict.RETRYABLE, Kind.TAX_FAILED)


def test_the_details_reach_the_person_who_must_act() -> None:
    outcome = failed(error(400, "GetTaxError", "Zip is not valid.", "Tax cannot be determined."))
    assert outcome.message == "Zip is not valid.; Tax cannot be determined."


def test_a_web_page_with_404_is_not_read_as_nothing_there() -> None:
    with pytest.raises(CallFailed):
        Engine(httpx2.Response(404, text="<html>")).open().find("transaction", "code", "x")


@pytest.mark.parametrize("code", ["..", "a/../b", "x?commit=true", "a#b", "50%", "a+b c"])
def test_a_code_stays_one_segment_of_the_path(code: str) -> None:
    engine = Engine(transaction(code=code))
    assert engine.open().read("transaction", code)
    path = engine.requests[0].url.raw_path.partition(b"?")[0]
    assert path.startswith(b"/api/v2/companies/DEFAULT/transactions/")
    assert path.count(b"/") == 6
    assert not path.endswith(b"/..")


def test_what_avatax_has_not_is_wrong_use() -> None:
    connector = Engine(transaction()).open()
    for wrong in (
        lambda: connector.find("transaction", "customerCode", "001"),
        lambda: connector.read("company", "1"),
        lambda: connector.changes("transaction", None),
        lambda: connector.write(request("delete")),
        lambda: connector.write(request("record", key=None)),
        lambda: connector.write(request("void", key=None)),
    ):
        with pytest.raises(UsageError):
            wrong()
    with pytest.raises(DeliveryRefused):
        connector.event({}, b"", [])
