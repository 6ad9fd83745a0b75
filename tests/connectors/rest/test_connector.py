"""What a declared API answers, and what it comes to."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.connectors.rest.declared_api import example, options_of

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import CallFailed, Connection, Connector, Kind, Request, Verdict
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UsageError

Answers = Callable[[httpx2.Request], httpx2.Response]
DATE = {"Date": "Tue, 24 Nov 2026 10:00:00 GMT"}
MADE = {"id": "i1", "ref": "006-1", "total": "1.00"}
CREATE = Request(
    operation="invoice.create",
    body={"total": Decimal("1.00")},
    key_field="ref",
    key="006-1",
    idempotency_key="run-1",
)


def opened(answers: Answers, old: str = "", new: str = "", **given: Any) -> Connector:
    connection = Connection(
        system="homegrown",
        url="https://billing.example/v1",
        credential=given.pop("credential", {"token": "t0ken-t0ken"}),
        scheme=given.pop("scheme", "bearer"),
        timeout=timedelta(seconds=60),
        declared=options_of(example().replace(old, new) if old else example()),
        **given,
    )
    transport = httpx2.MockTransport(answers)
    return open_connector(connection, SystemClock(), name="rest", transport=transport)


def saying(status: int, body: object = None, **headers: str) -> Answers:
    return lambda _: httpx2.Response(status, json=body, headers={**DATE, **headers})


@pytest.mark.parametrize(
    ("status", "code", "verdict", "kind"),
    [
        (401, "WHO_ARE_YOU", Verdict.BLOCKED, Kind.AUTH),
        (200, "WHO_ARE_YOU", Verdict.BLOCKED, Kind.AUTH),
        (500, "FIELD_MISSING", Verdict.REJECTED, Kind.MISSING_FIELD),
        (403, "SLOW_DOWN", Verdict.BLOCKED, Kind.QUOTA),
        (200, "NEVER_SEEN", Verdict.UNCERTAIN, Kind.MALFORMED),
        (422, "NEVER_SEEN", Verdict.UNCERTAIN, Kind.MALFORMED),
    ],
)
def test_an_answer_means_what_the_first_line_says(
    status: int, code: str, verdict: Verdict, kind: Kind
) -> None:
    body = {"ok": False, "problem": {"code": code, "text": "so it is"}}
    outcome = opened(saying(status, body)).write(CREATE)
    assert (outcome.verdict, outcome.kind, outcome.code) == (verdict, kind, code)
    assert outcome.message == "so it is"


@pytest.mark.parametrize("status", [204, 302, 400, 403, 404, 409, 410, 418, 422, 500, 502, 503])
@pytest.mark.parametrize("body", [None, {"detail": "no"}, "no", [1], 7])
def test_what_no_line_knows_is_uncertain_after_a_write_was_sent(status: int, body: object) -> None:
    outcome = opened(saying(status, body)).write(CREATE)
    assert outcome.verdict is Verdict.UNCERTAIN, outcome


def test_a_line_can_look_at_a_header() -> None:
    outcome = opened(saying(200, {"ok": True}, **{"X-Maintenance": "on"})).write(CREATE)
    assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.OUTAGE)


def test_a_problem_is_a_fault_whatever_its_status() -> None:
    body = {"type": "about:blank", "detail": "odd", "invoice": MADE}
    answers = saying(200, body, **{"Content-Type": "application/problem+json"})
    assert opened(answers).write(CREATE).verdict is Verdict.UNCERTAIN


def test_a_redirect_is_not_followed() -> None:
    asked: list[str] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(307, headers={"Location": "http://169.254.169.254/"})

    assert opened(answers).write(CREATE).verdict is Verdict.UNCERTAIN
    with pytest.raises(CallFailed):
        opened(answers).read("invoice", "i1")
    assert {httpx2.URL(url).host for url in asked} == {"billing.example"}


def test_what_is_done_already_is_read_back() -> None:
    said = {"problem": {"code": "ALREADY_VOID"}}

    def answers(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            return httpx2.Response(409, json=said)
        return httpx2.Response(200, json={"invoice": MADE})

    void = Request(operation="invoice.void", body={}, ref="i1", idempotency_key="x")
    outcome = opened(answers).write(void)
    assert (outcome.verdict, outcome.existing) == (Verdict.DONE, True)
    assert opened(saying(409, said)).write(void).verdict is Verdict.UNCERTAIN


def test_a_refused_duplicate_is_found_and_shown() -> None:
    def answers(request: httpx2.Request) -> httpx2.Response:
        if request.method == "POST":
            return httpx2.Response(409, json={"problem": {"code": "DUPLICATE"}})
        return httpx2.Response(200, json={"data": [MADE, {**MADE, "id": "i2", "ref": "006-10"}]})

    outcome = opened(answers).write(CREATE)
    assert outcome.existing
    assert outcome.record is not None
    assert outcome.record.ref == "i1"


def test_two_of_one_reference_are_a_duplicate() -> None:
    body = {"data": [MADE, {**MADE, "id": "i2"}]}
    with pytest.raises(CallFailed) as caught:
        opened(saying(200, body)).find("invoice", "ref", "006-1")
    assert caught.value.outcome.kind is Kind.DUPLICATE


def test_a_write_carries_its_key_its_reference_and_exact_money() -> None:
    seen: list[httpx2.Request] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(201, json={"invoice": MADE})

    assert opened(answers).write(CREATE).verdict is Verdict.DONE
    (sent,) = seen
    assert sent.headers["idempotency-key"] == "run-1"
    assert sent.headers["api-version"] == "2026-01"
    assert sent.headers["authorization"] == "Bearer t0ken-t0ken"
    assert sent.content == b'{"invoice":{"total":1.00,"ref":"006-1"}}'


@pytest.mark.parametrize(
    "ref", ["..", ".", "../x", "a/../b", "..\\x", "", "a\nb", "x" * 600, "\ud800"]
)
def test_an_id_that_leads_elsewhere_is_never_sent(ref: str) -> None:
    asked: list[str] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(200, json={})

    with pytest.raises(CallFailed) as caught:
        opened(answers).read("invoice", ref)
    assert caught.value.outcome.kind is Kind.UNKNOWN_VALUE
    void = Request(operation="invoice.void", body={}, ref=ref, idempotency_key="x")
    assert opened(answers).write(void).verdict is Verdict.REJECTED
    assert asked == []


@given(st.text(min_size=1, max_size=40))
def test_an_id_stays_one_segment_and_a_value_one_parameter(text: str) -> None:
    asked: list[httpx2.URL] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url)
        return httpx2.Response(200, json={"data": []})

    connector = opened(answers)
    with suppress(CallFailed):
        connector.read("invoice", text)
    with suppress(CallFailed):
        connector.find("invoice", "ref", text)
    for url in asked:
        path, _, query = url.raw_path.decode().partition("?")
        assert url.host == "billing.example"
        assert path.startswith("/v1/api/invoices")
        assert path.count("/") == (3 if query else 4)
        assert query.count("&") == 0
        assert not query or list(url.params.multi_items()) == [("ref", text)]


@pytest.mark.parametrize("gone", ["2026-01-01", True, 1])
def test_what_was_deleted_is_not_there_and_its_change_says_so(gone: object) -> None:
    row = {"id": "c1", "ref": "001", "updated": "2026-11-24T10:00:00Z", "gone": gone}
    connector = opened(saying(200, {"customer": row, "data": [row], "next": None}))
    assert connector.read("customer", "c1") is None
    assert connector.find("customer", "ref", "001") is None
    page = connector.changes("customer", "2026-11-24T09:00:00+00:00")
    assert [event.type for event in page.events] == ["customer.deleted"]


def pages(style: str, link: str = "") -> tuple[Connector, list[httpx2.URL]]:
    asked: list[httpx2.URL] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url)
        row = {"id": f"c{len(asked)}", "updated": 1795514400}
        rows = [row] if len(asked) == 3 else [row, {**row, "id": f"d{len(asked)}"}]
        said = {**DATE, "Link": link.format(len(asked))} if len(asked) < 3 else DATE
        return httpx2.Response(200, json={"data": rows}, headers=said)

    old = "paging: {style: cursor, parameter: after, at: /next, size: 100, sizeParameter: limit}"
    return opened(answers, old, f"moments: epoch\n          paging: {style}"), asked


@pytest.mark.parametrize(
    ("style", "link", "expected"),
    [
        ("{style: page, parameter: p, size: 2}", "", [("p", "1"), ("p", "2"), ("p", "3")]),
        ("{style: offset, parameter: o, size: 2}", "", [("o", "0"), ("o", "2"), ("o", "4")]),
        ("{style: link}", '<?since=1&at={}>; rel="next"', [("at", "1"), ("at", "2")]),
    ],
)
def test_a_list_goes_on_as_declared(
    style: str, link: str, expected: list[tuple[str, str]]
) -> None:
    connector, asked = pages(style, link)
    page = connector.changes("customer", "2026-11-24T09:00:00+00:00")
    while page.more:
        page = connector.changes("customer", page.cursor)
    assert page.cursor == "2026-11-24T09:59:50+00:00"
    assert page.events[0].at == datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert len(asked) == 3
    for url, pair in zip(asked[-len(expected) :], expected, strict=True):
        assert pair in url.params.multi_items()


def test_pages_that_go_round_in_a_circle_are_noticed() -> None:
    connector, _ = pages("{style: link}", '<?at=7>; rel="next"')
    page = connector.changes("customer", "2026-11-24T09:00:00+00:00")
    with pytest.raises(CallFailed, match="do not end"):
        connector.changes("customer", page.cursor)


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "//evil.example", "/admin", "http://["]
)
def test_a_next_page_at_another_place_is_refused(target: str) -> None:
    connector, _ = pages("{style: link}", f'<{target}>; rel="next"')
    with pytest.raises(CallFailed) as caught:
        connector.changes("customer", "2026-11-24T09:00:00+00:00")
    assert caught.value.outcome.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    "body",
    [
        {"data": {}},
        {"data": None},
        {},
        [],
        {"data": [7]},
        {"data": [{"id": "c1"}]},
        {"data": [{"id": True, "updated": "2026-11-24T10:00:00Z"}]},
        {"data": [{"id": "c1", "updated": "yesterday"}]},
        {"data": [{"id": "x" * 600, "updated": "2026-11-24T10:00:00Z"}]},
        {"data": [], "next": {"a": 1}},
    ],
)
def test_a_list_that_makes_no_sense_is_never_read_as_nothing_new(body: object) -> None:
    with pytest.raises(CallFailed) as caught:
        opened(saying(200, body)).changes("customer", "2026-11-24T09:00:00+00:00")
    assert caught.value.outcome.kind is Kind.MALFORMED


@pytest.mark.parametrize("cursor", ["", "x", "2026-11-24|x|1|", "2026-11-24T00:00:00Z|2026|b|"])
def test_a_cursor_of_somebody_else_is_wrong_use(cursor: str) -> None:
    with pytest.raises(UsageError):
        opened(saying(200, {})).changes("customer", cursor)


def test_an_api_key_stands_in_the_declared_header() -> None:
    seen: list[httpx2.Request] = []

    def answers(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"data": []})

    access = "access: {header: X-Token, prefix: Key}\n    headers: {Api"
    connector = opened(
        answers, "headers: {Api", access, scheme="api-key", credential={"key": "k-0123456789"}
    )
    assert connector.find("invoice", "ref", "x") is None
    assert seen[0].headers["x-token"] == "Key k-0123456789"


@pytest.mark.parametrize(
    ("scheme", "credential"),
    [("bearer", {}), ("bearer", {"token": "a\nb"}), ("api-key", {"key": "é"}), ("magic", {})],
)
def test_a_credential_that_cannot_be_shown_is_wrong_use(
    scheme: str, credential: dict[str, str]
) -> None:
    with pytest.raises(UsageError):
        opened(saying(200, {}), scheme=scheme, credential=credential)
