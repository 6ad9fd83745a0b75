"""The commands over the trail, in a real installation's home: what they print and exit with."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from interlock.audit import GENESIS, Entry, Head, trail
from interlock.bootstrap.house import open_store
from interlock.cases import Answer, commands
from interlock.cases import store as cases
from interlock.cli import audit as audit_commands
from interlock.cli import cases as case_commands
from interlock.cli.main import run as interlock
from interlock.cli.replay import Chosen, Manner, replay
from interlock.cli.terminal import safe
from interlock.cli.trace import trace
from interlock.flow.store import QUERIES
from interlock.foundation.clock import iso
from interlock.foundation.database import Database
from interlock.foundation.errors import UsageError
from interlock.foundation.queries import query
from interlock.reconciliation import store as breaks

AT = datetime(2026, 3, 30, 9, tzinfo=UTC)
ROW = query(
    "row",
    "UPDATE run SET state = :state, head_position = :position, head_hash = :hash, "
    "due_at = NULL WHERE id = :id",
)


@dataclass(kw_only=True)
class Home:
    """An installation with runs in it."""

    path: Path
    database: Database
    heads: dict[str, Head] = field(default_factory=dict)

    def say(self, run: str, action: str, mentions: dict[str, str], **data: object) -> None:
        entry = Entry(action=action, at=AT, actor="worker:1", data=data, mentions=mentions)
        with self.database.transaction() as connection:
            head = self.heads.get(run, GENESIS)
            self.heads[run] = trail.append(connection, run, head, [entry])

    def start(self, run: str, key: str) -> None:
        self.say(
            run,
            "run.started",
            {"opportunity": key, "run": run},
            integration="quote-to-cash",
            key=key,
            generation=1,
            estate="d" * 64,
        )

    def leave(self, run: str, key: str, state: str) -> None:
        """Make the row that the flow would have."""
        row = {
            "id": run,
            "integration": "quote-to-cash",
            "key": key,
            "generation": 1,
            "estate": "d" * 64,
            "criticality": 0,
            "length": 1,
            "head_position": 1,
            "head_hash": "",
            "at": iso(AT),
        }
        head = self.heads[run]
        with self.database.transaction() as connection:
            connection.execute(QUERIES["start"], row)
            left = {"id": run, "state": state, "position": head.position, "hash": head.hash}
            connection.execute(ROW, left)

    def park(self, run: str, key: str, amount: str = "10", cause: str = "period-closed") -> None:
        self.start(run, key)
        self.say(
            run,
            "run.parked",
            {},
            kind=cause,
            case_kind="failure",
            message="The \x1b[31mperiod\x1b[0m is closed.",
            integration="quote-to-cash",
            key=key,
            route="group:gl",
            respond=3_600,
            money={"amount": amount, "currency": "EUR"},
        )
        self.leave(run, key, "parked")

    def finish(self, run: str, key: str) -> None:
        self.start(run, key)
        money = {"amount": "5", "currency": "EUR"}
        self.say(run, "run.completed", {"invoice": f"INV-{key}"}, money=money)
        self.leave(run, key, "completed")

    def case(self, run: str) -> str:
        commands.collect(self.database)
        with self.database.transaction() as connection:
            filed = cases.live(connection, run)
        assert filed is not None
        return filed.case.id

    def signals(self) -> list[tuple[str, str]]:
        wanted = query("signals", "SELECT run, body FROM signal ORDER BY run")
        with self.database.transaction() as connection:
            return [(str(r["run"]), str(r["body"])) for r in connection.rows(wanted, {})]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_store(tmp_path) as store:
        cases.create(store.database)
        yield Home(path=tmp_path, database=store.database)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Callable[[], Any]:
    def read() -> Any:
        return json.loads(capsys.readouterr().out)

    return read


# ---------------------------------------------------------------- trace


def test_a_transaction_is_told_on_one_page(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.finish("run_1", "006A")
    assert trace("INV-006A", home=home.path) == 0
    page = capsys.readouterr().out
    assert "quote-to-cash 006A" in page
    assert "completed" in page
    assert "INV-006A" in page


def test_a_transaction_is_told_to_machines(home: Home, printed: Callable[[], Any]) -> None:
    home.park("run_1", "006A", amount="0.10")
    trace("006A", home=home.path, json=True)
    [told] = printed()["transactions"]
    assert (told["run"], told["state"]) == ("run_1", "parked")
    assert told["money"] == {"amount": "0.10", "currency": "EUR"}
    assert told["cases"][0]["cause"] == "period-closed"


def test_several_transactions_are_listed(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    for run in ("run_1", "run_2"):
        home.start(run, f"key-{run}")
        home.say(run, "step.done", {"customer": "001X"}, step="customer", attempt=1)
    assert trace("001X", home=home.path) == 0
    page = capsys.readouterr().out
    assert "several transactions" in page
    assert "run_1" in page
    assert "run_2" in page


def test_an_unknown_id_is_said_to_be_unknown(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trace("nobody", home=home.path) == 1
    assert "nothing is known" in capsys.readouterr().out


# ---------------------------------------------------------------- cases


def test_cases_are_listed_shown_assigned_and_answered(
    home: Home, capsys: pytest.CaptureFixture[str], printed: Callable[[], Any]
) -> None:
    home.park("run_1", "006A")
    case = home.case("run_1")

    case_commands.list_(home=home.path)
    assert "1 open; at risk: 10 EUR" in capsys.readouterr().out
    case_commands.assign(case, "ana", by="bo", home=home.path)
    case_commands.show(case[:8], home=home.path)
    page = capsys.readouterr().out
    assert "group:gl" in page
    assert "what to do" in page
    assert "case.assigned" in page
    said = case_commands.Said(reason="open again", set=("customer.name=A=B", "x.amount:=1.50"))
    case_commands.answer(case, Answer.CORRECT, said=said, home=home.path, json=True)
    assert printed()["state"] == "answered"
    [(run, body)] = home.signals()
    assert run == "run_1"
    assert "A=B" in body
    assert "1.50" in body


def test_a_case_is_shown_to_machines_with_its_answers(
    home: Home, printed: Callable[[], Any]
) -> None:
    home.park("run_1", "006A")
    case_commands.show(home.case("run_1"), home=home.path, json=True)
    shown = printed()
    assert shown["answers"] == ["accept", "compensate", "correct", "retry", "skip"]
    assert shown["history"][0]["action"] == "case.opened"


def test_what_a_vendor_wrote_cannot_command_the_terminal(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    home.park("run_1", "006A")
    case_commands.list_(home=home.path)
    case_commands.show(home.case("run_1"), home=home.path)
    trace("006A", home=home.path)
    assert "\x1b" not in capsys.readouterr().out
    assert safe("a\x1b[31m\x07b\nc") == "a\ufffd[31m\ufffdb c"


@pytest.mark.parametrize("wrong", ["no-equals", "=x", "a:=not json"])
def test_a_correction_that_is_none_is_an_error(home: Home, wrong: str) -> None:
    home.park("run_1", "006A")
    said = case_commands.Said(set=(wrong,))
    with pytest.raises(UsageError):
        case_commands.answer(home.case("run_1"), Answer.CORRECT, said=said, home=home.path)


def test_closed_cases_are_listed_when_asked_for(home: Home, printed: Callable[[], Any]) -> None:
    home.park("run_1", "006A")
    home.case("run_1")
    home.say("run_1", "run.compensated", {})
    case_commands.list_(home=home.path, closed=True, json=True)
    [case] = printed()["cases"]
    assert case["closed_why"] == "the run was taken back"


# ---------------------------------------------------------------- replay


def test_a_dry_run_says_what_would_be_done_and_does_nothing(
    home: Home, printed: Callable[[], Any]
) -> None:
    home.park("run_1", "006A", amount="10")
    home.park("run_2", "006B", amount="90", cause="locked")
    chosen = Chosen(integration="quote-to-cash")
    assert replay(chosen, Manner(dry_run=True), home=home.path, json=True) == 0
    plan = printed()
    assert plan["selected"] == 2
    assert plan["causes"] == {"period-closed": 1, "locked": 1}
    assert plan["money"] == {"EUR": "100"}
    assert home.signals() == []


def test_a_canary_goes_first_and_the_rest_follows(home: Home, printed: Callable[[], Any]) -> None:
    home.park("run_1", "006A", amount="10")
    home.park("run_2", "006B", amount="90")
    by_cause = Chosen(kind="period-closed")

    replay(by_cause, Manner(canary=1, reason="March is open"), home=home.path, json=True)
    first = printed()
    replay(by_cause, Manner(reason="March is open"), home=home.path, json=True)
    rest = printed()

    assert (first["replayed"], first["left"]) == (["run_2"], 1)
    assert (rest["replayed"], rest["left_out"]) == (["run_1"], {"answered already": 1})
    assert [run for run, _ in home.signals()] == ["run_1", "run_2"]


def test_one_that_is_refused_does_not_stop_the_others(
    home: Home, printed: Callable[[], Any]
) -> None:
    home.park("run_1", "006A", amount="10")
    home.start("run_2", "006B")
    home.say("run_2", "run.parked", {}, kind="period-closed", key="006B")
    home.leave("run_2", "006B", "running")
    code = replay(Chosen(kind="period-closed"), Manner(reason="x"), home=home.path, json=True)
    result = printed()
    assert code == 1
    assert result["replayed"] == ["run_1"]
    assert [each["run"] for each in result["refused"]] == ["run_2"]


def test_finished_runs_are_driven_again_under_their_own_identity(
    home: Home, printed: Callable[[], Any]
) -> None:
    home.finish("run_1", "006A")
    for chosen in (Chosen(key="INV-006A"), Chosen(integration="quote-to-cash", finished=True)):
        assert replay(chosen, Manner(reason="audit"), home=home.path, json=True) == 0
        assert printed()["replayed"] == ["run_1"]
    again = [e.action for e in trail.read(home.database, "run_1")]
    assert again.count("run.replayed") == 2


def test_one_case_is_replayed_by_its_id(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.park("run_1", "006A")
    chosen = Chosen(case=home.case("run_1"))
    assert replay(chosen, Manner(reason="x"), home=home.path) == 0
    assert "1 go on again, 0 refused, 0 left" in capsys.readouterr().out


def test_replaying_nothing_in_particular_or_without_a_reason_is_refused(home: Home) -> None:
    with pytest.raises(UsageError, match="nothing is chosen"):
        replay(home=home.path)
    with pytest.raises(UsageError, match="reason"):
        replay(Chosen(kind="locked"), home=home.path)
    with pytest.raises(UsageError, match="which integration"):
        replay(Chosen(finished=True), Manner(dry_run=True), home=home.path)


def test_finding_nothing_to_replay_is_not_success(home: Home) -> None:
    assert replay(Chosen(kind="sunspots"), Manner(dry_run=True), home=home.path) == 2


# ---------------------------------------------------------------- audit


def test_a_sealed_record_holds_and_a_touched_one_is_told(
    home: Home, capsys: pytest.CaptureFixture[str], printed: Callable[[], Any]
) -> None:
    home.park("run_1", "006A")
    home.case("run_1")
    assert audit_commands.verify(home=home.path) == 2
    assert "nothing is sealed yet" in capsys.readouterr().out
    assert audit_commands.seal(home=home.path) == 0
    assert audit_commands.verify(home=home.path) == 0
    assert "the record holds" in capsys.readouterr().out

    with home.database.transaction() as connection:
        connection.execute(query("t", "DROP TRIGGER audit_entry_no_update"), {})
        changed = "UPDATE audit_entry SET actor = 'nobody' WHERE stream = 'run_1' AND position = 2"
        connection.execute(query("t", changed), {})

    assert audit_commands.verify(home=home.path) == 1
    assert "run_1#2" in capsys.readouterr().out
    audit_commands.verify(home=home.path, json=True)
    assert printed()["holds"] is False


def test_a_cut_off_run_is_known_by_the_head_that_its_row_keeps(
    home: Home, printed: Callable[[], Any]
) -> None:
    home.finish("run_1", "006A")
    with home.database.transaction() as connection:
        connection.execute(query("t", "DROP TRIGGER audit_entry_no_delete"), {})
        connection.execute(query("t", "DELETE FROM audit_entry WHERE position = 2"), {})
    assert audit_commands.verify(home=home.path, json=True) == 1
    faults = {each["fault"] for each in printed()["report"]["findings"]}
    assert "truncated" in faults


@pytest.mark.parametrize("stream", ["estate", "connection:crm", "account:ana"])
def test_what_was_cut_off_before_the_next_seal_is_known_by_the_end_that_the_trail_keeps(
    home: Home, printed: Callable[[], Any], stream: str
) -> None:
    with home.database.transaction() as connection:
        trail.tell(connection, stream, [Entry(action="x", at=AT, actor="ana")])
    audit_commands.seal(home=home.path, json=True)
    assert printed()["sealed"] is True
    with home.database.transaction() as connection:
        trail.tell(connection, stream, [Entry(action="y", at=AT, actor="ana")])
        connection.execute(query("t", "DROP TRIGGER audit_entry_no_delete"), {})
        connection.execute(query("t", "DELETE FROM audit_entry WHERE action = 'y'"), {})
    assert audit_commands.verify(home=home.path, json=True) == 1
    found = [(each["fault"], each["where"]) for each in printed()["report"]["findings"]]
    assert found == [("truncated", f"{stream}#2")]


def test_a_cut_off_break_is_known_by_the_head_that_it_keeps(
    home: Home, printed: Callable[[], Any]
) -> None:
    with home.database.transaction() as connection:
        head = trail.append(
            connection, "break:B1", GENESIS, [Entry(action="break.found", at=AT, actor="x")]
        )
        breaks.keep(
            connection,
            breaks.Kept(
                id="B1",
                name="invoices",
                state=breaks.OPEN,
                cause="tax",
                key="k",
                legal_entity="",
                money=None,
                weight=0,
                as_of=AT.date(),
                opened_at=AT,
                seen_at=AT,
                filed=True,
                head=head,
                body={},
            ),
        )
        connection.execute(query("t", "DROP TRIGGER audit_entry_no_delete"), {})
        connection.execute(query("t", "DELETE FROM audit_entry"), {})
    assert audit_commands.verify(home=home.path, json=True) == 1
    found = [(each["fault"], each["where"]) for each in printed()["report"]["findings"]]
    assert found == [("truncated", "break:B1#1")]


def test_sealing_nothing_new_says_so(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    audit_commands.seal(home=home.path)
    capsys.readouterr()
    audit_commands.seal(home=home.path)
    assert "nothing new" in capsys.readouterr().out


# ---------------------------------------------------------------- by words


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("trace 006A --json", 0),
        ("trace nobody", 1),
        ("cases list --cause period-closed --json", 0),
        ("cases show C", 0),
        ("cases show Q", 3),
        ("cases assign C ana --by bo", 0),
        ("cases answer C skip", 3),
        ("cases answer C skip --reason x --by bo", 0),
        ("cases answer C approve", 2),
        ("replay --kind period-closed --dry-run", 0),
        ("replay", 3),
        ("replay --kind period-closed --canary 1 --reason x --by bo", 0),
        ("audit verify", 2),
    ],
)
def test_the_commands_as_they_are_typed(home: Home, words: str, code: int) -> None:
    home.park("run_1", "006A")
    with pytest.raises(SystemExit) as ended:
        interlock([*words.split(), "--home", str(home.path)])
    assert ended.value.code == code


def test_every_commands_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        "trace",
        "cases list",
        "cases show",
        "cases assign",
        "cases answer",
        "replay",
        "audit verify",
        "audit seal",
    ):
        with pytest.raises(SystemExit):
            interlock([*words.split(), "--help"])
        assert "Example: interlock" in capsys.readouterr().out
