"""Documents out, answers in: what an invoice is after everything that can happen to a file."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.connectors.filedrop.folder_bench import legacy_erp, open_to

from interlock.connectors.filedrop.mailbox import Folder
from interlock.connectors.port import CallFailed, Kind, Request, Verdict
from interlock.foundation.clock import SystemClock, VirtualClock
from interlock.foundation.errors import UsageError

LINE = {"product": "SEAT", "quantity": Decimal(3), "amount": Decimal("31.50")}


def invoice(key: str = "006-1", amount: str = "31.50", **more: Any) -> Request:
    line = {**LINE, "amount": Decimal(amount)}
    body = {"customer": "C-1", "currency": "EUR", "date": "2026-01-15", "lines": [line], **more}
    return Request(operation="invoice.create", body=body, key=key, idempotency_key=key)


def customer(name: str) -> Request:
    return Request(
        operation="customer.upsert", body={"name": name}, key="001-1", idempotency_key=name
    )


def dropped(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "to-erp").iterdir())


def clock_now() -> VirtualClock:
    return VirtualClock(datetime.now(UTC))


def pending(connector: Any, key: str = "006-1") -> str:
    with pytest.raises(CallFailed) as caught:
        connector.find("invoice", "reference", key)
    assert caught.value.outcome.verdict is Verdict.UNCERTAIN
    return caught.value.outcome.code


def test_a_document_is_uncertain_until_the_erp_names_it(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path), open_to(tmp_path)
    left = connector.write(invoice())
    assert (left.verdict, left.code) == (Verdict.UNCERTAIN, "sent")
    assert left.retry_after
    assert pending(connector) == "sent"
    erp.round()
    found = connector.find("invoice", "reference", "006-1")
    assert found.body["total"] == "31.50"
    done = connector.write(invoice())
    assert (done.verdict, done.record) == (Verdict.DONE, found)
    assert len(erp.world.table("invoice")) == 1


def test_the_same_document_has_the_same_file_wherever_it_is_written(tmp_path: Path) -> None:
    names = set()
    for place in ("a", "b"):
        legacy_erp(tmp_path / place)
        open_to(tmp_path / place).write(invoice())
        names |= set(dropped(tmp_path / place))
    assert len(names) == 1


def test_many_callers_of_two_workers_let_one_file_leave(tmp_path: Path) -> None:
    erp = legacy_erp(tmp_path, repeats="accepted")
    workers = [open_to(tmp_path), open_to(tmp_path)]
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: workers[n % 2].write(invoice()), range(16)))
    assert {outcome.verdict for outcome in outcomes} == {Verdict.UNCERTAIN}
    assert len(dropped(tmp_path)) == 1
    erp.round()
    assert len(erp.world.table("invoice")) == 1


class _Dies(Folder):
    """A folder whose worker dies right before, or right after, the file leaves."""

    def __init__(self, root: Path, *, after: bool) -> None:
        super().__init__(root)
        self._after = after

    def release(self, name: str) -> None:
        if self._after:
            super().release(name)
        raise KeyboardInterrupt


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_worker_that_dies_while_a_file_leaves_leaves_it_once(
    tmp_path: Path, moment: str
) -> None:
    after = moment == "after"
    erp, connector = legacy_erp(tmp_path, repeats="accepted"), open_to(tmp_path)
    connector._outbox._mailbox = _Dies(tmp_path, after=after)
    with pytest.raises(KeyboardInterrupt):
        connector.write(invoice())
    erp.round()
    again = open_to(tmp_path)
    assert again.write(invoice()).verdict is (Verdict.DONE if after else Verdict.UNCERTAIN)
    erp.round()
    assert again.write(invoice()).verdict is Verdict.DONE
    assert len(erp.world.table("invoice")) == 1


def test_a_share_that_fails_before_the_rename_keeps_nothing_to_send_later(tmp_path: Path) -> None:
    class Full(Folder):
        def release(self, name: str) -> None:
            raise OSError(28, "full")

    legacy_erp(tmp_path)
    connector = open_to(tmp_path)
    connector._outbox._mailbox = Full(tmp_path)
    outcome = connector.write(invoice())
    assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.QUOTA)
    later = open_to(tmp_path)
    assert later.find("invoice", "reference", "006-1") is None
    assert dropped(tmp_path) == []


def test_a_share_that_is_not_mounted_is_retryable_and_gets_no_file(tmp_path: Path) -> None:
    connector = open_to(tmp_path / "gone")
    outcome = connector.write(invoice())
    assert (outcome.verdict, outcome.kind) == (Verdict.RETRYABLE, Kind.TRANSPORT)
    assert not (tmp_path / "gone").exists()


def test_a_rejected_line_says_why_once_and_may_then_be_asked_again(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path, {"rejected_line": 1.0}), open_to(tmp_path)
    erp.world.faults._most = 1
    connector.write(invoice())
    erp.round()
    assert connector.find("invoice", "reference", "006-1") is None
    refused = connector.write(invoice())
    assert (refused.verdict, refused.kind) == (Verdict.REJECTED, Kind.PERIOD_CLOSED)
    assert "2026-01" in refused.message
    assert connector.write(invoice()).verdict is Verdict.UNCERTAIN
    erp.round()
    assert connector.write(invoice()).verdict is Verdict.DONE


def test_an_answer_that_was_lost_is_replaced_by_the_ledger(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path, {"lost_ack": 1.0}), open_to(tmp_path)
    connector.write(invoice())
    erp.round()
    assert erp.world.faults.fired["lost_ack"] == 1
    assert connector.write(invoice()).verdict is Verdict.DONE


def test_a_reference_that_was_imported_twice_is_told_with_both_numbers(tmp_path: Path) -> None:
    erp = legacy_erp(tmp_path, {"twice": 1.0}, repeats="accepted")
    erp.world.faults._most = 1
    connector = open_to(tmp_path)
    connector.write(invoice())
    erp.round()
    erp.round()
    outcome = connector.write(invoice())
    assert (outcome.verdict, outcome.code) == (Verdict.REJECTED, "imported-twice")
    assert {number for number in erp.world.table("invoice") if number in outcome.message} == set(
        erp.world.table("invoice")
    )


def test_a_second_import_that_the_erp_refuses_changes_nothing(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path, {"twice": 1.0}), open_to(tmp_path)
    erp.world.faults._most = 1
    connector.write(invoice())
    erp.round()
    assert connector.write(invoice()).verdict is Verdict.DONE
    erp.round()
    assert connector.write(invoice()).verdict is Verdict.DONE
    assert len(erp.world.table("invoice")) == 1


def test_half_an_answer_is_left_alone_until_it_is_whole(tmp_path: Path) -> None:
    erp = legacy_erp(tmp_path, {"half_written": 1.0}, exports=False)
    connector = open_to(tmp_path)
    connector.write(invoice())
    erp.round()
    assert pending(connector) == "sent"
    assert not (tmp_path / "quarantine").exists()
    erp.round()
    assert connector.write(invoice()).verdict is Verdict.DONE


def test_a_late_import_is_waited_for_with_growing_patience(tmp_path: Path) -> None:
    legacy_erp(tmp_path)
    clock = clock_now()
    connector = open_to(tmp_path, clock, bound="26h")
    looks = 0
    start = clock.now()
    while clock.now() - start < timedelta(hours=26):
        wait = connector.write(invoice()).retry_after
        clock.sleep(wait)
        looks += 1
    assert looks < 20
    assert len(dropped(tmp_path)) == 1


def after_the_bound(root: Path, erp: Any, **options: str) -> tuple[Any, VirtualClock]:
    """Let a document leave, take its file away, and let the bound pass."""
    clock = clock_now()
    connector = open_to(root, clock, bound="1h", **options)
    connector.write(invoice())
    for path in (root / "to-erp").iterdir():
        path.unlink()
    clock.sleep(timedelta(hours=2))
    connector.changes("invoice", None)
    return connector, clock


def ledger(root: Path, as_of: datetime) -> None:
    rows = [
        '"record";"object";"reference";"number"',
        f'"begin";"invoice";"{as_of.isoformat()}";""',
        '"end";"invoice";"";"0"',
    ]
    (root / "from-erp" / f"ledger-{as_of:%H%M%S}.csv").write_text("\r\n".join(rows) + "\r\n")


def test_what_was_lost_is_absent_only_when_a_later_ledger_does_not_have_it(tmp_path: Path) -> None:
    connector, clock = after_the_bound(tmp_path, legacy_erp(tmp_path))
    assert pending(connector) == "sent"
    ledger(tmp_path, clock.now() - timedelta(hours=1, minutes=30))
    assert pending(connector) == "sent"
    assert connector.write(invoice()).code == "sent"
    assert dropped(tmp_path) == []
    ledger(tmp_path, clock.now())
    assert connector.find("invoice", "reference", "006-1") is None
    assert connector.write(invoice()).code == "sent"
    assert len(dropped(tmp_path)) == 1


def test_an_erp_that_refuses_repeats_gets_an_overdue_document_again(tmp_path: Path) -> None:
    connector, _ = after_the_bound(tmp_path, legacy_erp(tmp_path), repeats="refused")
    assert pending(connector) == "sent"
    connector.write(invoice())
    assert len(dropped(tmp_path)) == 1


def test_an_overdue_document_that_was_there_after_all_is_ours(tmp_path: Path) -> None:
    erp = legacy_erp(tmp_path, {"lost_ack": 1.0}, exports=False)
    erp.world.faults._most = 1
    clock = clock_now()
    connector = open_to(tmp_path, clock, bound="1h", repeats="refused")
    connector.write(invoice())
    erp.round()
    clock.sleep(timedelta(hours=2))
    connector.write(invoice())
    erp.round()
    told = connector.write(invoice())
    assert (told.verdict, told.kind) == (Verdict.UNCERTAIN, Kind.DUPLICATE)
    erp.world.options["exports"] = True
    erp.round()
    assert connector.write(invoice()).verdict is Verdict.DONE
    assert len(erp.world.table("invoice")) == 1


def test_a_batch_that_awaits_approval_is_seen_to_wait(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path, approval=True), open_to(tmp_path)
    connector.write(invoice())
    erp.round()
    assert pending(connector) == "approval"
    assert "dual control" in connector.write(invoice()).message
    erp.world.options["approved"] = True
    erp.round()
    assert connector.write(invoice()).verdict is Verdict.DONE


def test_a_batch_that_is_not_approved_is_rejected(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path, approval=True), open_to(tmp_path)
    connector.write(invoice())
    erp.round()
    connector.changes("invoice", None)
    erp.world.options["approved"] = False
    erp.round()
    outcome = connector.write(invoice())
    assert (outcome.verdict, outcome.code) == (Verdict.REJECTED, "NOT-APPROVED")


def test_documents_of_one_cut_leave_in_one_file_whose_totals_tie(tmp_path: Path) -> None:
    erp, clock = legacy_erp(tmp_path), VirtualClock(datetime(2026, 1, 15, 17, 50, tzinfo=UTC))
    connector = open_to(tmp_path, clock, cut="1h")
    for number in range(3):
        staged = connector.write(invoice(f"006-{number}", "0.10"))
        assert (staged.verdict, staged.code) == (Verdict.UNCERTAIN, "staged")
        assert timedelta(minutes=10) <= staged.retry_after < timedelta(minutes=11)
    assert dropped(tmp_path) == []
    clock.sleep(timedelta(minutes=11))
    assert pending(connector, "006-0") == "sent"
    (name,) = dropped(tmp_path)
    assert name.startswith("invoice-20260115T180000Z-")
    text = (tmp_path / "to-erp" / name).read_text()
    assert '"total";"EUR";"3";' in text
    assert '"0,30"' in text
    erp.round()
    assert {connector.write(invoice(f"006-{n}", "0.10")).verdict for n in range(3)} == {
        Verdict.DONE
    }


def test_a_changed_customer_is_a_new_line_and_waits_for_the_one_before(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path), open_to(tmp_path)
    connector.write(customer("Acme"))
    assert connector.write(customer("Acme AG")).kind is Kind.LOCKED
    erp.round()
    assert connector.write(customer("Acme")).verdict is Verdict.DONE
    assert connector.write(customer("Acme AG")).verdict is Verdict.UNCERTAIN
    with pytest.raises(CallFailed):
        connector.find("customer", "reference", "001-1")
    erp.round()
    assert connector.find("customer", "reference", "001-1").body["name"] == "Acme AG"
    assert len(erp.world.table("customer")) == 1


def test_one_reference_never_stands_for_two_contents(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path), open_to(tmp_path)
    connector.write(invoice())
    assert connector.write(invoice(amount="99.00")).kind is Kind.LOCKED
    erp.round()
    clash = connector.write(invoice(amount="99.00"))
    assert (clash.verdict, clash.kind) == (Verdict.REJECTED, Kind.DUPLICATE)
    assert dropped(tmp_path) == []


def test_a_document_that_somebody_else_made_is_not_adopted(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path), open_to(tmp_path)
    erp.seed({"invoice": [{"reference": "006-1", "total": "1.00", "currency": "EUR"}]})
    erp.round()
    outcome = connector.write(invoice())
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, Kind.DUPLICATE)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({"colour": "red"}, Kind.UNKNOWN_FIELD),
        ({"customer": "a\x00"}, Kind.UNKNOWN_VALUE),
        ({"customer": "\ud800"}, Kind.UNKNOWN_VALUE),
    ],
)
def test_what_the_file_cannot_say_is_refused_and_nothing_leaves(
    tmp_path: Path, more: dict[str, str], kind: Kind
) -> None:
    legacy_erp(tmp_path)
    connector = open_to(tmp_path)
    outcome = connector.write(invoice(**more))
    assert (outcome.verdict, outcome.kind) == (Verdict.REJECTED, kind)
    assert dropped(tmp_path) == []
    assert connector.find("invoice", "reference", "006-1") is None


def test_a_formula_reaches_no_spreadsheet_and_comes_back_as_it_was(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path), open_to(tmp_path)
    connector.write(customer("=HYPERLINK(1)"))
    (name,) = dropped(tmp_path)
    assert '"\'=HYPERLINK(1)"' in (tmp_path / "to-erp" / name).read_text()
    erp.round()
    assert connector.find("customer", "reference", "001-1").body["name"] == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    "options",
    [
        {"cut": "soon"},
        {"decimal": "'"},
        {"encoding": "utf-16"},
        {"encoding": "klingon"},
        {"delimiter": ";;"},
        {"quote": "'"},
        {"repeats": "maybe"},
    ],
)
def test_an_option_that_cannot_be_meant_is_said_when_opening(
    tmp_path: Path, options: dict[str, str]
) -> None:
    with pytest.raises(UsageError, match="legacy"):
        open_to(tmp_path, None, **options)


def test_a_request_without_our_reference_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="reference"):
        open_to(tmp_path, SystemClock()).write(replace(invoice(), key=None))


def test_the_bound_counts_from_when_a_file_left_and_not_from_a_crash(tmp_path: Path) -> None:
    legacy_erp(tmp_path)
    clock = clock_now()
    dying = open_to(tmp_path, clock, bound="1h")
    dying._outbox._mailbox = _Dies(tmp_path, after=False)
    with pytest.raises(KeyboardInterrupt):
        dying.write(invoice())
    clock.sleep(timedelta(hours=3))
    connector = open_to(tmp_path, clock, bound="1h")
    assert pending(connector) == "sent"  # recovered: it leaves only now
    ledger(tmp_path, clock.now() + timedelta(minutes=30))
    assert pending(connector) == "sent"


def test_a_rename_that_worked_and_then_failed_is_uncertain(tmp_path: Path) -> None:
    class Unsynced(Folder):
        def release(self, name: str) -> None:
            super().release(name)
            raise OSError(5, "the directory cannot be forced to disk")

    erp, connector = legacy_erp(tmp_path, repeats="accepted"), open_to(tmp_path)
    connector._outbox._mailbox = Unsynced(tmp_path)
    assert connector.write(invoice()).verdict is Verdict.UNCERTAIN
    erp.round()
    assert open_to(tmp_path).write(invoice()).verdict is Verdict.DONE
    assert len(erp.world.table("invoice")) == 1


def test_a_ledger_with_the_customer_of_yesterday_does_not_prove_todays(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path), open_to(tmp_path)
    connector.write(customer("Acme"))
    erp.round()
    connector.write(customer("Acme"))
    connector.write(customer("Acme AG"))
    erp.seed({"customer": [{"name": "somebody else"}]})
    erp._show()
    assert connector.write(customer("Acme AG")).code == "sent"
    erp.round()
    assert connector.write(customer("Acme AG")).verdict is Verdict.DONE


def test_a_refused_repeat_keeps_what_was_known_of_the_document(tmp_path: Path) -> None:
    erp, connector = legacy_erp(tmp_path), open_to(tmp_path)
    connector.write(invoice())
    (file,) = dropped(tmp_path)
    erp.round()
    known = connector.find("invoice", "reference", "006-1")
    batch = file.removesuffix(".csv")
    begin = datetime.now(UTC).isoformat()
    rows = [
        '"record";"object";"reference";"number";"result";"code"',
        f'"begin";"{batch}";"{begin}";"";"";""',
        f'"line";"invoice";"006-1";"{known.ref}";"rejected";"DUPLICATE"',
        f'"end";"{batch}";"";"1";"";""',
    ]
    (tmp_path / "from-erp" / f"{batch}.ack.csv").write_text("\r\n".join([*rows, ""]))
    assert connector.find("invoice", "reference", "006-1") == known


def test_a_journal_that_cannot_be_read_answers_nothing(tmp_path: Path) -> None:
    legacy_erp(tmp_path)
    (tmp_path / ".interlock").mkdir()
    (tmp_path / ".interlock" / "filedrop.db").write_bytes(b"no database" * 1000)
    connector = open_to(tmp_path)
    assert connector.write(invoice()).kind is Kind.TRANSPORT
    with pytest.raises(CallFailed):
        connector.find("invoice", "reference", "006-1")
    assert dropped(tmp_path) == []
