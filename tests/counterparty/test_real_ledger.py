"""The connector against a real Tryton: what counts is what stands in its books."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connector, Kind, Outcome, Request, Verdict
from interlock.foundation.clock import SystemClock
from interlock.gate.quota import Lease, Limit, Quota
from interlock.testing.conformance import told_since
from interlock.testing.tryton_server import RealTryton

_spec = util.spec_from_file_location(
    "dropping_proxy", Path(__file__).with_name("dropping_proxy.py")
)
assert _spec is not None
assert _spec.loader is not None
_proxies = util.module_from_spec(_spec)
_spec.loader.exec_module(_proxies)


def post(ref: str, operation: str = "invoice.post", **extra: Any) -> Request:
    return Request(operation=operation, body={}, ref=ref, idempotency_key="run", **extra)


def made(outcome: Outcome) -> str:
    assert outcome.verdict is Verdict.DONE, outcome
    assert outcome.record is not None
    return outcome.record.ref


def made_by(tryton: RealTryton) -> bytes:
    """Return how the request begins that makes an invoice."""
    return f"POST {urlsplit(tryton.url).path}/rest/model/account.invoice?".encode()


def amount(value: Any) -> Decimal:
    return Decimal(value["decimal"])


def booked(ledger: httpx2.Client, ref: str) -> list[tuple[str, Decimal, Decimal]]:
    """Return the lines of the move of an invoice: account, debit, credit; the move is posted."""
    fields = ["move.state", "move.lines.account.code", "move.lines.debit", "move.lines.credit"]
    query = httpx2.QueryParams({"f": fields})
    found = ledger.get(f"/rest/model/account.invoice/{ref}", params=query).json()["move"]
    assert found["state"] == "posted"
    return sorted(
        (line["account"]["code"], amount(line["debit"]), amount(line["credit"]))
        for line in found["lines"]
    )


def with_reference(ledger: httpx2.Client, key: str) -> list[dict[str, Any]]:
    """Return every invoice of the real product that has our reference."""
    query = httpx2.QueryParams({"f": ["reference", "state", "number"], "s": "1000"})
    found = ledger.get("/rest/model/account.invoice", params=query).json()
    return [invoice for invoice in found if invoice["reference"] == key]


def test_an_invoice_is_posted_balanced_and_carries_our_reference(
    legacy: Connector, ledger: httpx2.Client, party: str, make: Any
) -> None:
    request = make["invoice"](party)
    draft = made(legacy.write(request))
    outcome = legacy.write(post(draft))
    assert outcome.verdict is Verdict.DONE
    assert outcome.record is not None
    body = outcome.record.body
    assert (body["state"], body["reference"]) == ("posted", request.key)
    assert body["number"]
    assert body["total_amount"] == Decimal("54.14")
    assert booked(ledger, draft) == [
        ("1.2.1", Decimal("54.14"), Decimal(0)),
        ("4000", Decimal(0), Decimal("31.50")),
        ("4010", Decimal(0), Decimal("14.00")),
        ("6.3.6", Decimal(0), Decimal("8.64")),
    ]


def test_what_is_written_is_what_a_read_shows(legacy: Connector, party: str, make: Any) -> None:
    request = make["invoice"](party)
    outcome = legacy.write(request)
    seen = legacy.find("invoice", "reference", str(request.key))
    assert seen is not None
    assert outcome.record is not None
    assert seen.body == outcome.record.body
    for name in ("party", "company", "currency", "invoice_date", "description", "tax_amount"):
        assert seen.body[name] == request.body[name], name
    shown: Any = seen.body["lines"]
    for line, asked in zip(shown, request.body["lines"], strict=True):
        assert {name: line[name] for name in asked} == asked


def test_an_answer_lost_after_the_creation_still_makes_one_invoice(
    tryton: RealTryton, ledger: httpx2.Client, party: str, make: Any
) -> None:
    request = make["invoice"](party)
    with _proxies.DroppingProxy(tryton.url) as proxy, httpx2.HTTPTransport() as transport:
        connection = make["connection"](tryton, proxy.url)
        connector = open_connector(connection, SystemClock(), name="tryton", transport=transport)
        proxy.dropping = made_by(tryton)
        lost = connector.write(request)
        assert proxy.dropped == 1
        assert lost.verdict is Verdict.UNCERTAIN
        # Class C: look before anything is sent again; the server has answered, so it is over.
        found = connector.find("invoice", "reference", str(request.key))
        assert found is not None
        proxy.dropping = f"/account.invoice/{found.ref}/post".encode()
        assert connector.write(post(found.ref)).verdict is Verdict.UNCERTAIN
        again = connector.write(post(found.ref))
    assert (again.verdict, again.existing) == (Verdict.DONE, True)
    (only,) = with_reference(ledger, str(request.key))
    assert only["state"] == "posted"
    assert sum(debit - credit for _, debit, credit in booked(ledger, found.ref)) == 0


def test_an_answer_lost_after_the_reversal_still_makes_one_reversal(
    tryton: RealTryton, ledger: httpx2.Client, party: str, make: Any
) -> None:
    with _proxies.DroppingProxy(tryton.url) as proxy, httpx2.HTTPTransport() as transport:
        connector = open_connector(
            make["connection"](tryton, proxy.url),
            SystemClock(),
            name="tryton",
            transport=transport,
        )
        request = make["invoice"](party)
        ref = made(connector.write(request))
        connector.write(post(ref))
        undo = post(ref, "invoice.credit", key=f"{request.key}-undo")
        proxy.dropping = made_by(tryton)
        assert connector.write(undo).verdict is Verdict.UNCERTAIN
        # It was made and not posted: as a reversal it is not there yet.
        assert connector.find("invoice", "reference", f"{request.key}-undo") is None
        reversal = made(connector.write(undo))
        assert made(connector.write(undo)) == reversal
    (only,) = with_reference(ledger, f"{request.key}-undo")
    assert only["state"] == "posted"


def test_a_second_post_is_harmless_because_the_state_is_read(
    legacy: Connector, ledger: httpx2.Client, party: str, make: Any
) -> None:
    ref = made(legacy.write(make["invoice"](party)))
    first, second = legacy.write(post(ref)), legacy.write(post(ref))
    assert (second.verdict, second.existing) == (Verdict.DONE, True)
    assert first.record is not None
    assert second.record is not None
    assert second.record.body["number"] == first.record.body["number"]
    assert len(booked(ledger, ref)) == 4


def test_a_reversal_takes_back_every_line_and_the_tax(
    legacy: Connector, ledger: httpx2.Client, party: str, make: Any
) -> None:
    request = make["invoice"](party)
    ref = made(legacy.write(request))
    legacy.write(post(ref))
    outcome = legacy.write(post(ref, "invoice.credit", key=f"{request.key}-undo"))
    back = made(outcome)
    assert back != ref
    assert outcome.record is not None
    assert outcome.record.body["total_amount"] == Decimal("-54.14")
    sums: dict[str, Decimal] = {}
    for account, debit, credit in booked(ledger, ref) + booked(ledger, back):
        sums[account] = sums.get(account, Decimal(0)) + debit - credit
    assert set(sums.values()) == {Decimal(0)}


def test_a_part_of_an_invoice_is_taken_back_from_the_accounts_it_was_booked_to(
    legacy: Connector, ledger: httpx2.Client, party: str, make: Any
) -> None:
    request = make["invoice"](party)
    ref = made(legacy.write(request))
    legacy.write(post(ref))
    (first, *_) = request.body["lines"]
    part = {**first, "quantity": Decimal(1), "amount": Decimal("10.00")}
    asked = post(ref, "invoice.credit", key=f"{request.key}-credit")
    asked = replace(asked, body={"lines": [part], "tax_amount": Decimal("1.90")})

    outcome = legacy.write(asked)

    assert outcome.record is not None
    assert outcome.record.body["total_amount"] == Decimal("-11.90")
    assert made(legacy.write(asked)) == made(outcome)
    back = {account: debit - credit for account, debit, credit in booked(ledger, made(outcome))}
    assert back == {
        "1.2.1": Decimal("-11.90"),
        str(first["account"]): Decimal("10.00"),
        "6.3.6": Decimal("1.90"),
    }


def test_a_draft_is_taken_back_by_cancelling_it(legacy: Connector, party: str, make: Any) -> None:
    ref = made(legacy.write(make["invoice"](party)))
    undo = post(ref, "invoice.credit")
    first, second = legacy.write(undo), legacy.write(undo)
    assert first.record is not None
    assert first.record.body["state"] == "cancelled"
    assert (second.verdict, second.existing) == (Verdict.DONE, True)


def test_six_runs_behind_a_declared_concurrency_of_one_never_meet_a_lock(
    legacy: Connector, party: str, make: Any
) -> None:
    quota = Quota({"legacy.invoice.post": Limit(concurrency=1)})

    def governed(ref: str) -> Outcome:
        lease = quota.enter(("legacy.invoice.post",), "critical", SystemClock().now(), 60)
        assert isinstance(lease, Lease)
        try:
            assert quota.in_use("legacy.invoice.post") == 1
            return legacy.write(post(ref))
        finally:
            quota.leave(lease)

    refs = [made(legacy.write(make["invoice"](party))) for _ in range(6)]
    with ThreadPoolExecutor(6) as six:
        outcomes = list(six.map(governed, refs))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.DONE}
    numbers = sorted(int(str(each.record.body["number"])) for each in outcomes if each.record)
    assert numbers == list(range(numbers[0], numbers[0] + 6))


def test_posts_at_once_are_done_or_surely_not_done(
    legacy: Connector, ledger: httpx2.Client, party: str, make: Any
) -> None:
    refs = [made(legacy.write(make["invoice"](party))) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(legacy.write, [post(ref) for ref in refs]))
    for outcome in outcomes:
        locked = (outcome.verdict, outcome.kind) == (Verdict.RETRYABLE, Kind.LOCKED)
        assert locked or outcome.verdict is Verdict.DONE, outcome
    for ref in refs:
        assert legacy.write(post(ref)).verdict is Verdict.DONE
        assert sum(debit - credit for _, debit, credit in booked(ledger, ref)) == 0


def test_a_closed_period_is_told_as_such_and_nothing_is_posted(
    legacy: Connector, party: str, make: Any
) -> None:
    ref = made(legacy.write(make["invoice"](party, invoice_date="2020-03-01")))
    outcome = legacy.write(post(ref))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.PERIOD_CLOSED), outcome
    record = legacy.read("invoice", ref)
    assert record is not None
    assert record.body["state"] == "draft"


def test_a_date_before_the_last_number_is_told_as_a_closed_date(
    legacy: Connector, party: str, make: Any
) -> None:
    later = made(legacy.write(make["invoice"](party, invoice_date="2025-05-02")))
    assert legacy.write(post(later)).verdict is Verdict.DONE
    earlier = made(legacy.write(make["invoice"](party, invoice_date="2025-05-01")))
    outcome = legacy.write(post(earlier))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.PERIOD_CLOSED), outcome


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"currency": "XXX"}, Kind.UNKNOWN_VALUE),
        ({"party": "999999"}, Kind.NOT_FOUND),
        ({"colour": "red"}, Kind.UNKNOWN_FIELD),
        ({"currency": "JPY"}, Kind.UNKNOWN_VALUE),
    ],
)
def test_what_the_real_product_refuses_is_rejected_and_leaves_nothing(
    legacy: Connector, ledger: httpx2.Client, party: str, make: Any, change: Any, kind: Kind
) -> None:
    request = make["invoice"](party)
    request = replace(request, body={**request.body, **change})
    outcome = legacy.write(request)
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, kind), outcome
    assert not with_reference(ledger, str(request.key))


def test_an_unknown_product_or_account_is_refused_before_anything_is_sent(
    legacy: Connector, ledger: httpx2.Client, party: str, make: Any
) -> None:
    for field in ("product", "account"):
        request = make["invoice"](party)
        lines: Any = request.body["lines"]
        lines[0][field] = "NOBODY"
        outcome = legacy.write(request)
        assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.UNKNOWN_VALUE)
        assert "NOBODY" in outcome.message
        assert not with_reference(ledger, str(request.key))


def test_an_amount_that_no_unit_price_gives_back_is_still_booked_to_the_cent(
    legacy: Connector, party: str, make: Any
) -> None:
    request = make["invoice"](party)
    lines: Any = request.body["lines"]
    lines[0] |= {"quantity": Decimal(70_000), "amount": Decimal("1000.01")}
    outcome = legacy.write(request)
    assert outcome.record is not None
    assert outcome.record.body["untaxed_amount"] == Decimal("1014.01")


def test_a_party_is_made_once_and_then_changed(legacy: Connector, make: Any) -> None:
    request = make["party"]("Acme")
    first = made(legacy.write(request))
    second = legacy.write(replace(request, body={"name": "Acme GmbH"}))
    assert made(second) == first
    assert second.record is not None
    assert second.record.body["name"] == "Acme GmbH"


def test_a_party_made_by_many_at_once_is_one(legacy: Connector, make: Any) -> None:
    request = make["party"]("Race")
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(legacy.write, [request] * 4))
    retried = [legacy.write(request) for each in outcomes if each.verdict is Verdict.RETRYABLE]
    assert {made(each) for each in outcomes if each.verdict is not Verdict.RETRYABLE} | {
        made(each) for each in retried
    } == {made(legacy.write(request))}


def test_a_post_goes_on_changing_the_record_afterwards_and_the_poll_sees_it_again(
    legacy: Connector, party: str, make: Any
) -> None:
    cursor = legacy.changes("invoice", None).cursor
    ref = made(legacy.write(make["invoice"](party)))
    legacy.write(post(ref))
    time.sleep(0.1)
    seen, _ = told_since(legacy, "invoice", cursor)
    assert ref in {event.ref for event in seen}
    assert all(event.id.startswith(f"{event.ref}:") for event in seen)
