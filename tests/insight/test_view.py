from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.connectors import catalogue
from interlock.connectors.port import CallFailed, Changes, Event, Kind, Outcome, Verdict
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.errors import UsageError
from interlock.gate.permit import NotNow
from interlock.insight.view import Lens, View, view

NOW = from_iso("2026-02-01T00:00:00Z")
SINCE = from_iso("2026-01-01T00:00:00Z")
TEXT = """
apiVersion: interlock/v1
kind: Group
metadata: {name: finance}
spec: {contact: finance@example.com, members: [ana]}
---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {name: us, owner: group:finance}
spec: {country: US, currency: USD, timezone: America/New_York}
---
apiVersion: interlock/v1
kind: LegalEntity
metadata: {name: de, owner: group:finance}
spec: {country: DE, currency: EUR, timezone: Europe/Berlin}
---
apiVersion: interlock/v1
kind: System
metadata: {name: erp, owner: group:finance}
spec: {type: erp, connector: netsuite, url: "setting:erp_url",
  auth: {scheme: oauth1-tba, credential: "secret:erp"}}
---
apiVersion: interlock/v1
kind: System
metadata: {name: books, owner: group:finance}
spec: {type: erp, connector: odoo, url: "setting:books_url",
  auth: {scheme: api-key, credential: "secret:books"}}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: invoice, owner: group:finance}
spec:
  domain: invoice
  authority: {default: erp, legalEntities: {de: books}}
  identity: {erp: invoice.externalId, books: invoice.ref}
  legalEntity: legal_entity
  posted: status == "posted"
  fields:
    legal_entity: {type: enum, values: [us, de], in: {
      erp: {path: subsidiary.id, as: {"1": us}}, books: {path: company_id, as: {"1": de}}}}
    currency: {type: currency, in: {erp: currency.refName, books: currency_id}}
    total: {type: money, in: {erp: total, books: amount_total_in_currency_signed}}
    status: {type: enum, values: [draft, posted], in: {
      erp: {path: status.id, as: {Open: posted}}, books: {path: state, as: {
      draft: draft, posted: posted}}}}
"""


@pytest.fixture(scope="module")
def estate() -> Estate:
    reading = read_texts({"e.estate.yaml": TEXT}, capabilities=catalogue.every())
    assert not reading.problems
    return reading.estate


@dataclass
class Answers:
    """What each system says, page by page."""

    pages: Mapping[str, Sequence[Changes | NotNow | CallFailed | UsageError]]
    asked: list[tuple[str, str, str | None, str]] = field(default_factory=list)

    def changes(
        self, system: str, obj: str, cursor: str | None, criticality: str
    ) -> Changes | NotNow:
        count = sum(1 for each in self.asked if each[0] == system)
        self.asked.append((system, obj, cursor, criticality))
        found = self.pages[system][count]
        if isinstance(found, Exception):
            raise found
        return found


def american(ref: str, key: str | None, total: str, state: str = "Open") -> Event:
    body = {
        "externalId": key,
        "subsidiary": {"id": "1"},
        "currency": {"refName": "USD"},
        "total": Decimal(total),
        "status": {"id": state},
    }
    return event(ref, body)


def german(ref: str, key: str, total: str, state: str = "posted") -> Event:
    body = {
        "ref": key,
        "company_id": "1",
        "currency_id": "EUR",
        "amount_total_in_currency_signed": Decimal(total),
        "state": state,
    }
    return event(ref, body)


def event(ref: str, body: Mapping[str, object]) -> Event:
    return Event(id=ref, type="invoice.changed", object="invoice", ref=ref, body=body, at=NOW)


def page(*events: Event, more: bool = False) -> Changes:
    return Changes(events=events, cursor="next", more=more)


def looked(estate: Estate, feed: Answers, only: frozenset[str] = frozenset()) -> View:
    lens = Lens(estate=estate, feed=feed, clock=VirtualClock(NOW), only=only)
    return view(lens, "invoice", SINCE)


def test_each_record_is_shown_once_in_the_words_of_the_entity(estate: Estate) -> None:
    feed = Answers(
        {
            "erp": [
                page(american("7", "A", "10.00"), more=True),
                page(american("8", "B", "5.00")),
            ],
            "books": [page(german("7", "C", "3.50"), german("7", "C", "3.00"))],
        }
    )
    found = looked(estate, feed)
    assert [(line.key, line.legal_entity, line.system, line.ref) for line in found.lines] == [
        ("A", "us", "erp", "7"),
        ("B", "us", "erp", "8"),
        ("C", "de", "books", "7"),
    ]
    assert [line.posted for line in found.lines] == [True, True, True]
    assert not any(line.finding for line in found.lines)
    assert [(each.legal_entity, each.currency, each.amounts) for each in found.sums] == [
        ("de", "EUR", {"total": Decimal("3.00")}),  # the last word of two
        ("us", "USD", {"total": Decimal("15.00")}),
    ]
    assert found.troubles == []
    assert feed.asked[0] == ("books", "invoice", SINCE.isoformat(), "low")
    assert [cursor for system, _, cursor, _ in feed.asked if system == "erp"][1] == "next"


def test_a_record_twice_in_one_system_is_told(estate: Estate) -> None:
    feed = Answers(
        {
            "erp": [page()],
            "books": [page(german("7", "C", "3.00"), german("8", "C", "3.00"))],
        }
    )
    (line,) = looked(estate, feed).lines
    assert line.finding == "more than once in `books`"


def test_a_record_in_both_books_is_told(estate: Estate) -> None:
    feed = Answers(
        {"erp": [page(american("7", "A", "1"))], "books": [page(german("9", "A", "1"))]}
    )
    (line,) = looked(estate, feed).lines
    assert line.finding == "in the books of `books` and `erp`"
    assert len({line.system, *line.also_in}) == 2
    assert line.legal_entity == ""  # they do not agree about it


def test_a_record_in_the_books_of_another_legal_entity_is_told(estate: Estate) -> None:
    text = TEXT.replace(
        'erp: {path: subsidiary.id, as: {"1": us}', 'erp: {path: subsidiary.id, as: {"1": de}'
    )
    moved = read_texts({"e.estate.yaml": text}, capabilities=catalogue.every()).estate
    feed = Answers({"erp": [page(american("7", "A", "1"))], "books": [page()]})
    (line,) = looked(moved, feed).lines
    assert line.finding == "in the books of `erp`, where `books` keeps those of its legal entity"
    assert looked(estate, Answers(feed.pages)).lines[0].finding == ""


def test_records_that_are_not_ours_are_shown_each_by_itself(estate: Estate) -> None:
    by_hand = [american("7", None, "1"), american("8", None, "1")]
    found = looked(estate, Answers({"erp": [page(*by_hand)], "books": [page()]}))
    assert [(line.key, line.ref, line.finding) for line in found.lines] == [
        ("", "7", ""),
        ("", "8", ""),
    ]


def test_what_is_not_posted_is_added_up_apart(estate: Estate) -> None:
    rows = [german("7", "A", "1.00"), german("8", "B", "2.00", "draft")]
    found = looked(estate, Answers({"erp": [page()], "books": [page(*rows)]}))
    assert [(each.posted, each.amounts["total"]) for each in found.sums] == [
        (False, Decimal("2.00")),
        (True, Decimal("1.00")),
    ]


def test_a_system_that_does_not_answer_is_told_and_the_others_are_shown(estate: Estate) -> None:
    away = CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE, message="502"))
    found = looked(estate, Answers({"erp": [away], "books": [page(german("7", "C", "3.00"))]}))
    assert [line.key for line in found.lines] == ["C"]
    (trouble,) = found.troubles
    assert trouble.startswith("`erp` did not answer")


def test_a_record_that_makes_no_sense_is_told(estate: Estate) -> None:
    strange = german("7", "C", "3.00", "half-posted")
    found = looked(estate, Answers({"erp": [page()], "books": [page(strange)]}))
    assert found.lines == []
    assert "invoice 7 of `books`" in found.troubles[0]


def test_a_record_that_was_deleted_is_not_there(estate: Estate) -> None:
    found = looked(estate, Answers({"erp": [page(event("7", {}))], "books": [page()]}))
    assert (found.lines, found.troubles) == ([], [])


def test_a_full_quota_is_waited_for_but_not_for_ever(estate: Estate) -> None:
    soon, never = NOW + timedelta(seconds=5), NOW + timedelta(days=1)
    waiting = NotNow(until=soon, reason="the quota of `erp` is used up")
    feed = Answers({"erp": [waiting, page(american("7", "A", "1"))], "books": [page()]})
    assert [line.key for line in looked(estate, feed).lines] == ["A"]
    gone = NotNow(until=never, reason="the connection to `erp` is broken")
    found = looked(estate, Answers({"erp": [gone], "books": [page()]}))
    assert "is broken" in found.troubles[0]


def test_a_system_that_cannot_be_asked_since_a_date_is_told(estate: Estate) -> None:
    unlike = UsageError("this is not a cursor of the erp connector", hint="Begin now.")
    found = looked(estate, Answers({"erp": [unlike], "books": [page()]}))
    assert "cannot be asked" in found.troubles[0]


def test_only_the_systems_that_were_named_are_asked(estate: Estate) -> None:
    feed = Answers({"books": [page()]})
    looked(estate, feed, frozenset({"books"}))
    assert [system for system, *_ in feed.asked] == ["books"]
    with pytest.raises(UsageError, match="crm"):
        looked(estate, feed, frozenset({"crm"}))


def test_an_entity_that_is_not_declared_is_wrong_use(estate: Estate) -> None:
    lens = Lens(estate=estate, feed=Answers({}), clock=VirtualClock(NOW))
    with pytest.raises(UsageError, match="invoice"):
        view(lens, "bill", datetime(2026, 1, 1, tzinfo=UTC))


@given(
    st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=2), max_size=12),
    st.lists(st.decimals(min_value=-(10**6), max_value=10**6, places=2), max_size=12),
)
def test_the_sums_are_those_of_the_records_to_the_cent(
    in_erp: list[Decimal], in_books: list[Decimal]
) -> None:
    reading = read_texts({"e.estate.yaml": TEXT}, capabilities=catalogue.every())
    rows = [american(str(n), f"A{n}", str(total)) for n, total in enumerate(in_erp)]
    others = [german(str(n), f"B{n}", str(total)) for n, total in enumerate(in_books)]
    found = looked(reading.estate, Answers({"erp": [page(*rows)], "books": [page(*others)]}))
    assert sum(each.records for each in found.sums) == len(in_erp) + len(in_books)
    for currency, expected in (("USD", in_erp), ("EUR", in_books)):
        added = [each.amounts["total"] for each in found.sums if each.currency == currency]
        assert sum(added, Decimal(0)) == sum(expected, Decimal(0))
