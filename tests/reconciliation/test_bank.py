"""The ready-made reconciliation of bank and books, over real camt.053 files."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from interlock.connectors import catalogue
from interlock.connectors.census import census
from interlock.connectors.port import Changes, Event
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_texts
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import Database
from interlock.reconciliation import Cause, Report
from interlock.reconciliation.examining import Examiner
from tests.connectors.filedrop.bank import Entry, Sheet, Transaction, camt
from tests.connectors.filedrop.folder_bench import legacy_erp, open_to
from tests.reconciliation.company import LONG_AGO, NOW, shown

EXAMPLE = Path(__file__).parents[2] / "examples" / "bank-to-books" / "bank.estate.yaml"


class BankAndBooks:
    """The bank's folder through its own connector, and books that show what they are given."""

    def __init__(self, bank: Any, receipts: Sequence[Event]) -> None:
        self._bank = bank
        self._receipts = receipts

    def census(self, system: str, obj: str, page: str | None, criticality: str) -> Changes:
        _ = criticality
        if system == "bank":
            return census(self._bank, obj, page)
        return Changes(events=self._receipts, cursor="")


@pytest.fixture(scope="module")
def example() -> Estate:
    texts = {EXAMPLE.name: EXAMPLE.read_text(encoding="utf-8")}
    reading = read_texts(texts, capabilities=catalogue.every())
    assert not reading.problems
    return reading.estate


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Any]:
    legacy_erp(tmp_path)
    opened = open_to(tmp_path, stale="0s")
    yield opened
    opened.close()


def paid(amount: str, name: str = "NOTPROVIDED", note: str = "") -> Entry:
    return Entry(
        transactions=[Transaction(amount=Decimal(amount), end_to_end=name, remittance=note)]
    )


def booked(ref: str, amount: str, note: str = "", key: str | None = None) -> Event:
    body = {"externalId": key, "payment": Decimal(amount), "currency": {"refName": "EUR"}}
    return shown(
        "customerPayment", ref, {**body, "memo": note, "tranDate": "2026-01-15"}, LONG_AGO
    )


STATEMENT = [
    paid("10.00", "E-1", "A"),
    paid("100.00", note="B"),
    paid("25.00", note="C"),
    paid("75.00", note="C"),
    paid("60.00", note="D"),
    paid("333.33"),
    Entry(transactions=[Transaction(amount=Decimal("9.99"))], side="DBIT"),
]
BOOKS = [
    booked("1", "10.00", "A", "E-1"),
    booked("2", "60.00", "B"),
    booked("3", "40.00", "B"),
    booked("4", "100.00", "C"),
    booked("5", "80.00", "D"),
    booked("6", "300.00"),
    booked("7", "33.33"),
    booked("8", "1.11"),
]


def compared(example: Estate, database: Database, bank: Any, folder: Path, as_of: date) -> Report:
    (folder / "from-erp" / "s.xml").write_bytes(camt(Sheet(entries=STATEMENT)))
    examiner = Examiner(
        estate=example,
        source=BankAndBooks(bank, BOOKS),
        database=database,
        clock=VirtualClock(NOW),
    )
    found = examiner.examine("bank", as_of)
    assert found.report is not None, found.troubles
    assert found.troubles == []
    return found.report


def test_a_statement_is_matched_with_the_books_to_the_cent(
    example: Estate, database: Database, bank: Any, tmp_path: Path
) -> None:
    report = compared(example, database, bank, tmp_path, date(2026, 1, 31))
    assert report.amount("bank") == {"EUR": Decimal("210.00")}
    assert report.amount("books") == {"EUR": Decimal("210.00")}
    partial, *others = sorted(report.breaks, key=lambda each: each.cause)
    assert (partial.cause, str(partial.money)) == (Cause.AMOUNT, "20.00 EUR")
    assert {each.cause for each in others} == {Cause.MISSING_DOWNSTREAM, Cause.MISSING_UPSTREAM}
    assert sum(total.whole.amount for total in report.totals if total.side == "bank") == Decimal(
        "603.33"
    )


def test_a_batch_deposit_is_suggested_to_a_person_and_not_just_taken(
    example: Estate, database: Database, bank: Any, tmp_path: Path
) -> None:
    report = compared(example, database, bank, tmp_path, date(2026, 1, 31))
    (deposit,) = report.suggestions
    assert {part.ref for part in deposit.parts if part.side == "books"} == {"6", "7"}


def test_what_was_booked_after_the_period_is_left_out(
    example: Estate, database: Database, bank: Any, tmp_path: Path
) -> None:
    report = compared(example, database, bank, tmp_path, date(2026, 1, 14))
    assert report.breaks == []
    assert report.outside == {"bank": 6, "books": 8}
