"""Files that come in: whole, once, in order; and those that are wrong are never lost."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.filedrop.bank import Entry, Sheet, Transaction, camt
from tests.connectors.filedrop.folder_bench import legacy_erp, open_to

from interlock.connectors.filedrop import mailbox
from interlock.connectors.port import CallFailed, Kind, Request, Verdict
from interlock.foundation.errors import UsageError

PAID = Transaction(amount=Decimal("37.49"), end_to_end="R-000001")
STATEMENT = Sheet(entries=[Entry(transactions=[PAID]), Entry(transactions=[PAID, PAID])])
INVOICE = Request(
    operation="invoice.create",
    body={"customer": "C-1", "currency": "EUR", "lines": [{"amount": Decimal("31.50")}]},
    key="006-1",
    idempotency_key="x",
)
HEAD = '"record";"object";"reference";"number";"currency";"total";"status"'
BEGIN = '"begin";"invoice";"2026-01-15T20:00:00Z";"";"";"";""'
ONE = '"line";"invoice";"006-9";"R-9";"EUR";"10,00";"posted"'
END = '"end";"invoice";"";"1";"";"";""'


def put(root: Path, name: str, content: bytes) -> None:
    (root / "from-erp" / name).write_bytes(content)


def names(root: Path, folder: str) -> list[str]:
    return sorted(path.name for path in (root / folder).glob("*"))


def told(connector: Any, obj: str) -> list[Any]:
    return list(connector.changes(obj, "0").events)


@pytest.fixture
def connector(tmp_path: Path) -> Any:
    legacy_erp(tmp_path)
    return open_to(tmp_path, stale="0s")


def test_a_statement_becomes_events_and_is_archived(tmp_path: Path, connector: Any) -> None:
    put(tmp_path, "s.xml", camt(STATEMENT))
    assert [event.body["amount"] for event in told(connector, "payment")] == ["37.49"] * 3
    (statement,) = told(connector, "statement")
    assert (statement.type, statement.body["closing"]) == ("statement.received", "212.47")
    assert names(tmp_path, "from-erp") == []
    assert names(tmp_path, "archive") == ["s.xml"]


def test_the_same_statement_twice_is_told_once(tmp_path: Path, connector: Any) -> None:
    for name in ("s.xml", "again.xml"):
        put(tmp_path, name, camt(STATEMENT))
        assert len(told(connector, "payment")) == 3
    assert names(tmp_path, "archive") == ["again.xml", "s.xml"]


def test_a_statement_that_comes_again_with_other_content_is_quarantined(
    tmp_path: Path, connector: Any
) -> None:
    put(tmp_path, "s.xml", camt(STATEMENT))
    told(connector, "payment")
    put(tmp_path, "s.xml", camt(replace(STATEMENT, opening=Decimal(7))))
    assert len(told(connector, "payment")) == 3
    (case,) = told(connector, "file")
    assert "other content" in case.body["reason"]


def test_of_a_file_with_one_bad_statement_nothing_is_taken_in(
    tmp_path: Path, connector: Any
) -> None:
    bad = replace(STATEMENT, id="S-2", closing=Decimal(1))
    put(tmp_path, "s.xml", camt(STATEMENT, bad))
    assert told(connector, "payment") == []
    assert names(tmp_path, "quarantine") == ["s.xml", "s.xml.reason"]
    (case,) = told(connector, "file")
    assert (case.type, case.ref) == ("file.quarantined", "s.xml")
    assert "S-2" in (tmp_path / "quarantine" / "s.xml.reason").read_text()


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([HEAD, BEGIN, ONE, END.replace('"1"', '"2"')], "its end says 2"),
        ([HEAD, BEGIN, ONE, '"total";"";"EUR";"1";"";"10,01";""', END], "do not add up"),
        ([HEAD, BEGIN, ONE, '"total";"";"EUR";"2";"";"10,00";""', END], "do not add up"),
        ([HEAD, BEGIN, ONE.replace("10,00", "10.00"), END], "no amount"),
        ([HEAD, BEGIN, ONE.replace('"R-9"', '""'), END], "has no number"),
        ([HEAD, BEGIN, ONE.replace("invoice", "moon"), END], "of another object"),
        ([HEAD, BEGIN, f"{ONE};x", END], "form that was agreed"),
        ([HEAD, ONE, BEGIN, END], "first row"),
        ([HEAD, BEGIN.replace("2026", "XXVI"), ONE, END], "as of when"),
        ([HEAD.replace("number", "nr"), BEGIN, ONE, END], "lack number"),
        ([HEAD, BEGIN, ONE.replace('"EUR"', '"E"R"'), END], "not CSV"),
        ([HEAD, BEGIN, ONE], "never finished"),
    ],
)
def test_a_wrong_ledger_goes_aside_with_its_reason_and_nothing_of_it_counts(
    tmp_path: Path, connector: Any, rows: list[str], why: str
) -> None:
    put(tmp_path, "ledger-1.csv", "\r\n".join([*rows, ""]).encode())
    (case,) = told(connector, "file")
    assert why in case.body["reason"]
    assert told(connector, "invoice") == []
    with pytest.raises(CallFailed) as caught:
        connector.read("invoice", "R-9")
    assert caught.value.outcome.kind is Kind.MALFORMED
    for path in (tmp_path / "quarantine").iterdir():
        path.unlink()
    assert connector.read("invoice", "R-9") is None


def test_a_right_ledger_is_taken_in(tmp_path: Path, connector: Any) -> None:
    put(tmp_path, "ledger-1.csv", f"{HEAD}\r\n{BEGIN}\r\n{ONE}\r\n{END}\r\n".encode())
    assert connector.read("invoice", "R-9").body["total"] == "10.00"
    (event,) = told(connector, "invoice")
    assert (event.type, event.ref) == ("invoice.changed", "R-9")


def test_a_bad_statement_hides_no_invoice(tmp_path: Path, connector: Any) -> None:
    put(tmp_path, "s.xml", b"<Document/>")
    assert connector.read("invoice", "R-9") is None


def test_a_file_of_an_unknown_kind_is_quarantined(tmp_path: Path, connector: Any) -> None:
    put(tmp_path, "notes.txt", b"hello")
    assert "its name says neither" in told(connector, "file")[0].body["reason"]


def test_a_file_beyond_the_bound_is_never_read(
    tmp_path: Path, connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MAX_BYTES", 100)
    put(tmp_path, "s.xml", camt(STATEMENT))
    assert "larger than 100" in told(connector, "file")[0].body["reason"]


@pytest.mark.parametrize("name", ["s.xml.part", ".s.xml", "s.xml.tmp"])
def test_a_file_under_a_temporary_name_is_left_alone(
    tmp_path: Path, connector: Any, name: str
) -> None:
    put(tmp_path, name, camt(STATEMENT))
    assert told(connector, "payment") == []
    (tmp_path / "from-erp" / name).rename(tmp_path / "from-erp" / "s.xml")
    assert len(told(connector, "payment")) == 3


def test_a_file_without_its_end_is_left_alone_until_it_is_stale(tmp_path: Path) -> None:
    legacy_erp(tmp_path)
    connector = open_to(tmp_path, stale="5m")
    whole = camt(STATEMENT)
    put(tmp_path, "s.xml", whole[:200])
    assert told(connector, "payment") == []
    assert names(tmp_path, "from-erp") == ["s.xml"]
    put(tmp_path, "s.xml", whole)
    assert len(told(connector, "payment")) == 3


def test_a_worker_that_dies_before_archiving_takes_a_file_in_once(
    tmp_path: Path, connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    put(tmp_path, "s.xml", camt(STATEMENT))
    with monkeypatch.context() as dying:
        dying.setattr(mailbox.Folder, "archive", die)
        with pytest.raises(KeyboardInterrupt):
            told(connector, "payment")
    assert len(told(open_to(tmp_path), "payment")) == 3
    assert names(tmp_path, "from-erp") == []


def test_an_answer_that_nobody_can_read_is_named_in_what_waits_for_it(
    tmp_path: Path, connector: Any
) -> None:
    connector.write(INVOICE)
    (batch,) = names(tmp_path, "to-erp")
    put(tmp_path, batch.replace(".csv", ".ack.csv"), b"??")
    outcome = connector.write(INVOICE)
    assert (outcome.verdict, outcome.kind) == (Verdict.UNCERTAIN, Kind.MALFORMED)
    assert "quarantine" in outcome.message


def test_a_result_that_nobody_knows_is_not_taken_for_yes(tmp_path: Path, connector: Any) -> None:
    connector.write(INVOICE)
    (file,) = names(tmp_path, "to-erp")
    batch = file.removesuffix(".csv")
    rows = [
        '"record";"object";"reference";"number";"result"',
        f'"begin";"{batch}";"2026-01-15T20:00:00Z";"";""',
        '"line";"invoice";"006-1";"R-9";"parked"',
        f'"end";"{batch}";"";"1";""',
    ]
    put(tmp_path, f"{batch}.ack.csv", "\r\n".join([*rows, ""]).encode())
    assert connector.write(INVOICE).verdict is Verdict.UNCERTAIN
    assert "nobody knows the result parked" in told(connector, "file")[0].body["reason"]


def test_the_reason_of_a_rejection_shows_no_person_and_no_secret(
    tmp_path: Path, connector: Any
) -> None:
    connector.write(INVOICE)
    (file,) = names(tmp_path, "to-erp")
    batch = file.removesuffix(".csv")
    rows = [
        '"record";"object";"reference";"number";"result";"reason"',
        f'"begin";"{batch}";"2026-01-15T20:00:00Z";"";"";""',
        f'"file";"{batch}";"";"";"rejected";"ana@example.com, exchange-7f3a: unknown"',
        f'"end";"{batch}";"";"0";"";""',
    ]
    put(tmp_path, f"{batch}.ack.csv", "\r\n".join([*rows, ""]).encode())
    outcome = connector.write(INVOICE)
    assert outcome.kind is Kind.UNKNOWN_VALUE
    assert outcome.message == "[e-mail], [secret]: unknown"


def test_a_cursor_of_somebody_else_is_wrong_use(connector: Any) -> None:
    with pytest.raises(UsageError, match="cursor"):
        connector.changes("invoice", "2026-01-15")


def test_a_file_that_changes_while_it_is_read_is_left_for_later(
    tmp_path: Path, connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "s.xml", camt(STATEMENT))
    real = os.fstat

    def growing(handle: int) -> Any:
        found = real(handle)
        with (tmp_path / "from-erp" / "s.xml").open("ab") as file:
            file.write(b" ")
        return found

    with monkeypatch.context() as writing:
        writing.setattr(os, "fstat", growing)
        assert told(connector, "payment") == []
    assert len(told(connector, "payment")) == 3


def test_two_workers_that_take_in_the_same_files_do_not_trip_each_other(tmp_path: Path) -> None:
    legacy_erp(tmp_path)
    workers = [open_to(tmp_path) for _ in range(4)]
    for number in range(30):
        put(tmp_path, f"{number}.xml", camt(replace(STATEMENT, id=f"S-{number}")))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda worker: worker.changes("payment", None), workers))
    assert len(told(workers[0], "payment")) == 90
    assert len(names(tmp_path, "archive")) == 30
