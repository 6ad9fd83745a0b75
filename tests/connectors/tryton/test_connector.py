import base64
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors.kit.document import UnreadableError
from interlock.connectors.port import CallFailed, DeliveryRefused, Kind, Request, Verdict
from interlock.connectors.tryton import wire
from interlock.connectors.tryton.invoices import _unit_price
from interlock.foundation.errors import UsageError

ROWS = "account.invoice"


def upsert(**extra: Any) -> Request:
    given_ = {
        "operation": "party.upsert",
        "body": {"name": "Acme"},
        "key_field": "code",
        "key": "001A",
        "idempotency_key": "run-1",
    }
    return Request(**{**given_, **extra})


def post(**extra: Any) -> Request:
    return upsert(**{"operation": "invoice.post", "ref": "7", "body": {}, **extra})


def invoice(**extra: Any) -> dict[str, Any]:
    total = {"__class__": "Decimal", "decimal": "31.50"}
    return {
        "id": 7,
        "__name__": "account.invoice",
        "state": "posted",
        "reference": "006A",
        "party": 2,
        "currency": {"id": 1, "__name__": "currency.currency", "code": "EUR"},
        "total_amount": total,
        **extra,
    }


def asked(request: httpx2.Request, name: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(request.url.params[name]))


def test_a_new_party_gets_an_address_because_invoices_need_one(server: Any, vendor: Any) -> None:
    server.on("GET", "party.party", vendor["rows"]())
    server.on("POST", "party.party", httpx2.Response(200, json=vendor["party"]()))
    outcome = server.open().write(upsert())
    assert outcome.verdict is Verdict.DONE
    assert outcome.record.version == "2026-01-01T10:00:01.000007+00:00"
    assert outcome.record.body["addresses"] == [5]
    sent = json.loads(server.sent("POST", "party.party")[0].content)
    assert sent == {"addresses": [["create", [{}]]], "name": "Acme", "code": "001A"}
    looked = server.sent("GET", "party.party")[0]
    assert asked(looked, "d") == [["code", "=", "001A"]]
    context = json.loads(base64.urlsafe_b64decode(looked.headers["x-tryton-context"]))
    assert context == {"company": 1}


def test_a_party_that_is_there_is_changed_without_its_code(server: Any, vendor: Any) -> None:
    server.on("GET", "party.party", vendor["rows"](vendor["party"]()))
    server.on("PUT", "party.party/2", httpx2.Response(200, json=vendor["party"](name="Acme AG")))
    outcome = server.open().write(upsert(body={"name": "Acme AG", "code": "001A"}))
    assert outcome.record.body["name"] == "Acme AG"
    assert json.loads(server.sent("PUT", "party.party/2")[0].content) == {"name": "Acme AG"}


def test_a_party_that_somebody_made_meanwhile_is_the_one_that_was_meant(
    server: Any, vendor: Any
) -> None:
    unique = vendor["refused"]("The code on party must be unique.")
    server.on("GET", "party.party", vendor["rows"](), vendor["rows"](vendor["party"]()))
    server.on("POST", "party.party", unique)
    server.on("PUT", "party.party/2", httpx2.Response(200, json=vendor["party"]()))
    assert server.open().write(upsert()).record.ref == "2"


def test_only_its_own_state_makes_a_refused_post_done(server: Any, vendor: Any) -> None:
    words = 'You can not call "post" on "1 [006A]" of "Account Invoice".'
    server.on("POST", f"{ROWS}/7/post", vendor["refused"](words))
    server.on("GET", f"{ROWS}/7", httpx2.Response(200, json=invoice()))
    outcome = server.open().write(post())
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    server.on("GET", f"{ROWS}/7", httpx2.Response(200, json=invoice(state="cancelled")))
    outcome = server.open().write(post())
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.CONFLICT)


def test_an_answer_that_does_not_say_posted_proves_no_post(server: Any) -> None:
    server.on("POST", f"{ROWS}/7/post", httpx2.Response(200, json=invoice(state="draft")))
    assert server.open().write(post()).verdict is Verdict.UNCERTAIN


def test_several_invoices_with_one_reference_are_a_duplicate(server: Any, vendor: Any) -> None:
    server.on("GET", ROWS, vendor["rows"](invoice(), invoice(id=8)))
    with pytest.raises(CallFailed) as caught:
        server.open().find("invoice", "reference", "006A")
    assert caught.value.outcome.kind is Kind.DUPLICATE


def test_a_reversal_that_is_not_posted_yet_is_not_there(server: Any, vendor: Any) -> None:
    negative = {"__class__": "Decimal", "decimal": "-31.50"}
    server.on("GET", ROWS, vendor["rows"](invoice(state="draft", total_amount=negative)))
    assert server.open().find("invoice", "reference", "006A") is None
    server.on("GET", ROWS, vendor["rows"](invoice(total_amount=negative)))
    assert server.open().find("invoice", "reference", "006A").ref == "7"


def test_the_only_company_is_found_when_none_is_given(server: Any, vendor: Any) -> None:
    server.options = {}
    server.on("GET", "company.company", vendor["rows"]({"id": 3}))
    server.on("GET", ROWS, vendor["rows"]())
    server.open().find("invoice", "reference", "006A")
    context = base64.urlsafe_b64decode(server.sent("GET", ROWS)[0].headers["x-tryton-context"])
    assert json.loads(context) == {"company": 3}
    server.on("GET", "company.company", vendor["rows"]({"id": 3}, {"id": 4}))
    with pytest.raises(CallFailed):
        server.open().find("invoice", "reference", "006A")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (("refused", "The code on party must be unique."), (Verdict.REJECTED, Kind.DUPLICATE)),
        (
            ("refused", 'To continue, you must create a period for the date "01/15/1999"'),
            (Verdict.REJECTED, Kind.PERIOD_CLOSED),
        ),
        (
            ("refused", 'you must set an invoice date after "01/15/2026" because the sequence'),
            (Verdict.REJECTED, Kind.PERIOD_CLOSED),
        ),
        (
            ("refused", 'A value is required for field "Journal" in record "[006B]"'),
            (Verdict.REJECTED, Kind.MISSING_FIELD),
        ),
        (
            ("refused", 'The value "x" for field "Account" is not valid according to its domain.'),
            (Verdict.REJECTED, Kind.UNKNOWN_VALUE),
        ),
        (
            ("refused", 'You are not allowed to modify the field "Reference" in record "2"'),
            (Verdict.REJECTED, Kind.REJECTED),
        ),
        (
            ("refused", 'You are not allowed to create records of "Account Invoice Line"'),
            (Verdict.REJECTED, Kind.AUTH),
        ),
        (("refused", "Something else."), (Verdict.REJECTED, Kind.REJECTED)),
        (("page", 401, "Unauthorized", "no"), (Verdict.BLOCKED, Kind.AUTH)),
        (("page", 403, "Forbidden", "no"), (Verdict.REJECTED, Kind.AUTH)),
        (("page", 404, "Not Found", "no"), (Verdict.REJECTED, Kind.NOT_FOUND)),
        (("page", 429, "Too Many Requests", "wait"), (Verdict.BLOCKED, Kind.QUOTA)),
        (
            ("page", 500, "Internal Server Error", "'colour'"),
            (Verdict.REJECTED, Kind.UNKNOWN_FIELD),
        ),
        (
            ("page", 500, "Internal Server Error", "'NoneType' object has no attribute 'id'"),
            (Verdict.UNCERTAIN, Kind.OUTAGE),
        ),
        (
            (
                "page",
                503,
                "Service Unavailable",
                'could not obtain lock on row in relation "ir_sequence_strict"',
            ),
            (Verdict.RETRYABLE, Kind.LOCKED),
        ),
        (
            ("page", 503, "Service Unavailable", "database is locked"),
            (Verdict.RETRYABLE, Kind.LOCKED),
        ),
        (
            ("page", 503, "Service Unavailable", "server closed the connection unexpectedly"),
            (Verdict.UNCERTAIN, Kind.OUTAGE),
        ),
    ],
)
def test_each_error_means_what_the_server_says(
    server: Any, vendor: Any, answer: Any, expected: Any
) -> None:
    server.on("POST", f"{ROWS}/7/post", vendor[answer[0]](*answer[1:]))
    outcome = server.open().write(post())
    assert (outcome.verdict, outcome.kind) == expected


def test_a_page_of_somebody_else_is_never_believed(server: Any) -> None:
    for text in ("<h1>'colour'</h1>", "<!doctype html><title>500 x</title>could not obtain lock"):
        server.on("POST", f"{ROWS}/7/post", httpx2.Response(503, html=text))
        assert server.open().write(post()).verdict is Verdict.UNCERTAIN


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: upsert(key=None),
        lambda: post(ref=None),
        lambda: post(ref="7/../8"),
        lambda: upsert(operation="invoice.create", body={"party": "x"}, key="006A"),
        lambda: upsert(operation="moon.launch"),
    ],
)
def test_a_request_that_can_never_work_is_wrong_use(server: Any, wrong: Any) -> None:
    with pytest.raises(UsageError):
        server.open().write(wrong())
    assert not [request for request in server.requests if request.method != "GET"]


def test_other_wrong_uses_are_told(server: Any) -> None:
    connector = server.open()
    with pytest.raises(UsageError):
        connector.find("party", "name", "Acme")
    with pytest.raises(UsageError):
        connector.read("account.move", "1")
    with pytest.raises(UsageError):
        connector.changes("party", "yesterday")
    with pytest.raises(DeliveryRefused):
        connector.event({}, b"", ())
    assert connector.read("invoice", "not-an-id") is None


def test_changes_go_on_from_page_to_page_and_end_at_the_servers_clock(
    server: Any, vendor: Any
) -> None:
    many = [vendor["party"](id=number) for number in range(1, 201)]
    server.on("GET", "party.party", vendor["rows"](*many), vendor["rows"](vendor["party"]()))
    connector = server.open()
    page = connector.changes("party", "2026-01-01T09:00:00+00:00")
    assert (len(page.events), page.more) == (200, True)
    assert page.events[0].stamp == "2026-01-01T10:00:01.000007+00:00"
    last = connector.changes("party", page.cursor)
    assert (len(last.events), last.more) == (1, False)
    assert last.cursor == "2026-01-01T09:59:55+00:00"
    assert server.requests[1].url.params["p"] == "200"
    assert asked(server.requests[0], "d")[0][2]["hour"] == 9


@given(
    amount=st.decimals(min_value=-(10**6), max_value=10**6, places=2),
    quantity=st.decimals(min_value=1, max_value=10**5, places=2),
)
def test_a_unit_price_gives_back_its_amount_to_the_cent_or_is_not_taken(
    amount: Decimal, quantity: Decimal
) -> None:
    unit = Decimal("0.01")
    price = _unit_price(amount, quantity, unit)
    if price is not None:
        assert (price * quantity).quantize(unit) == amount
        assert price == price.quantize(Decimal("0.0001"))
    if quantity <= 10:
        assert price is not None


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_an_amount_comes_back_as_it_went(amount: Decimal) -> None:
    assert wire.read(wire.number(amount)) == amount


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_and_a_day_come_back_as_they_went(moment: datetime) -> None:
    assert wire.read(wire.moment(moment)) == moment.isoformat()
    assert wire.read(wire.day(moment.date())) == moment.date().isoformat()


@pytest.mark.parametrize(
    "value",
    [
        {"__class__": "Decimal"},
        {"__class__": "Decimal", "decimal": "x"},
        {"__class__": "date", "year": 2026, "month": 13, "day": 1},
        {"__class__": "bytes", "base64": ""},
    ],
)
def test_a_value_of_no_known_class_is_unreadable(value: Any) -> None:
    with pytest.raises(UnreadableError):
        wire.read([value])
