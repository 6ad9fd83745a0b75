"""The tamper corpus: whatever single thing is done to the record, verification says so."""

import json
import random
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from interlock.audit import GENESIS, Entry, Head, order, sealing, tables, trail
from interlock.audit.chain import Link, digest_of
from interlock.audit.finding import Fault, Finding, Report
from interlock.audit.notes import Signer, Verifier, public_path, signer, verifier
from interlock.audit.verification import verify, without_new_entries
from interlock.audit.witness import Witness
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import SqliteDatabase
from interlock.foundation.errors import InvariantError, UsageError

AT = datetime(2026, 3, 31, tzinfo=UTC)
RUNS, ROUNDS = 12, 4
COLUMNS = (*Link._fields,)


@dataclass(kw_only=True)
class Record:
    """A small sealed trail, with raw access to every byte of it."""

    database: SqliteDatabase
    heads: dict[str, Head]
    signer: Signer
    witness: Witness
    clock: VirtualClock

    @property
    def raw(self) -> sqlite3.Connection:
        return self.database._raw

    def verify(self) -> Report:
        return verify(self.database, self.heads, verifier=self.signer, witness=self.witness)

    def write(self, stream: str, number: int) -> None:
        entries = [
            Entry(
                action=f"step.{name}",
                at=self.clock.now(),
                actor="worker:1",
                data={"number": number, "step": name},
                mentions={"invoice": f"INV-{stream}-{number}"} if name == "done" else {},
            )
            for name in ("intended", "done")
        ]
        with self.database.transaction() as connection:
            before = self.heads.get(stream, GENESIS)
            self.heads[stream] = trail.append(connection, stream, before, entries)

    def seal(self) -> None:
        self.clock.sleep(timedelta(minutes=1))
        sealing.seal(self.database, self.clock, self.signer, self.witness)


def empty(folder: Path) -> Record:
    database = SqliteDatabase(None)
    tables.create(database)
    return Record(
        database=database,
        heads={},
        signer=signer(folder / "audit.key"),
        witness=Witness(folder / "heads.jsonl"),
        clock=VirtualClock(AT),
    )


@pytest.fixture
def record(tmp_path: Path) -> Record:
    made = empty(tmp_path)
    for number in range(ROUNDS):
        for run in range(RUNS):
            made.write(f"run-{run}", number)
        made.seal()
    return made


def drop_guards(raw: sqlite3.Connection) -> None:
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")


def faults(report: Report) -> set[Fault]:
    return {finding.fault for finding in report.findings}


def wheres(findings: tuple[Finding, ...]) -> set[str]:
    return {finding.where for finding in findings}


# ---------------------------------------------------------------- one change at a time


def rows(raw: sqlite3.Connection, stream: str) -> list[dict[str, object]]:
    found = raw.execute(
        "SELECT * FROM audit_entry WHERE stream = ? ORDER BY position", [stream]
    ).fetchall()
    return [dict(row) for row in found]


def rechain(raw: sqlite3.Connection, stream: str) -> None:
    """What a careful forger does: make positions, links and hashes of a stream fit again."""
    found = rows(raw, stream)
    raw.execute("UPDATE audit_entry SET position = position + 1000 WHERE stream = ?", [stream])
    prev = GENESIS.hash
    for position, row in enumerate(found, start=1):
        row |= {"position": position, "prev": prev}
        prev = digest_of(Link(**{name: row[name] for name in COLUMNS}))  # type: ignore[arg-type]  # rows are untyped
        raw.execute(
            "UPDATE audit_entry SET position = ?, prev = ?, hash = ? WHERE seq = ?",
            [position, row["prev"], prev, row["seq"]],
        )


def a_stream(rng: random.Random) -> str:
    return f"run-{rng.randrange(RUNS)}"


def an_entry(raw: sqlite3.Connection, rng: random.Random) -> dict[str, object]:
    return rng.choice(rows(raw, a_stream(rng)))


def edit(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    column = rng.choice(COLUMNS)
    old = row[column]
    new = old + 100 if isinstance(old, int) else f"{old}x"
    raw.execute(f"UPDATE audit_entry SET {column} = ? WHERE seq = ?", [new, row["seq"]])  # noqa: S608 (our own column names)


def edit_one_character(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    column = rng.choice(["action", "at", "actor", "data", "prev", "hash"])
    text = str(row[column])
    place = rng.randrange(len(text))
    flipped = text[:place] + chr(ord(text[place]) ^ 1) + text[place + 1 :]
    raw.execute(f"UPDATE audit_entry SET {column} = ? WHERE seq = ?", [flipped, row["seq"]])  # noqa: S608 (our own column names)


def edit_and_rehash(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    row["data"] = json.dumps({"number": rng.random()})
    fresh = digest_of(Link(**{name: row[name] for name in COLUMNS}))  # type: ignore[arg-type]  # rows are untyped
    raw.execute(
        "UPDATE audit_entry SET data = ?, hash = ? WHERE seq = ?", [row["data"], fresh, row["seq"]]
    )


def edit_and_rechain(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    raw.execute("UPDATE audit_entry SET actor = 'nobody' WHERE seq = ?", [row["seq"]])
    rechain(raw, str(row["stream"]))


def remove(raw: sqlite3.Connection, rng: random.Random) -> None:
    raw.execute("DELETE FROM audit_entry WHERE seq = ?", [an_entry(raw, rng)["seq"]])


def remove_and_rechain(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    raw.execute("DELETE FROM audit_entry WHERE seq = ?", [row["seq"]])
    rechain(raw, str(row["stream"]))


def remove_without_trace_in_the_order(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    [leaf] = raw.execute("SELECT leaf FROM audit_leaf WHERE seq = ?", [row["seq"]]).fetchone()
    raw.execute("DELETE FROM audit_entry WHERE seq = ?", [row["seq"]])
    raw.execute("DELETE FROM audit_leaf WHERE leaf = ?", [leaf])
    raw.execute("UPDATE audit_leaf SET leaf = -leaf WHERE leaf > ?", [leaf])
    raw.execute("UPDATE audit_leaf SET leaf = -leaf - 1 WHERE leaf < 0")
    raw.execute("UPDATE audit_order SET leaves = leaves - 1")
    rechain(raw, str(row["stream"]))


def truncate(raw: sqlite3.Connection, rng: random.Random) -> None:
    keep = rng.randrange(ROUNDS * 2)
    raw.execute("DELETE FROM audit_entry WHERE stream = ? AND position > ?", [a_stream(rng), keep])


def truncate_everything(raw: sqlite3.Connection, rng: random.Random) -> None:
    last = rng.randrange(RUNS * ROUNDS * 2)
    raw.execute("DELETE FROM audit_entry WHERE seq > ?", [last])
    raw.execute("DELETE FROM audit_leaf WHERE seq > ?", [last])
    raw.execute("DELETE FROM audit_seal WHERE size > ?", [last])
    raw.execute("UPDATE audit_order SET leaves = ?, settled = ?", [last, last])


def swap_positions(raw: sqlite3.Connection, rng: random.Random) -> None:
    one, two = rng.sample(rows(raw, a_stream(rng)), 2)
    for seq, position in ((one["seq"], -1), (two["seq"], one["position"])):
        raw.execute("UPDATE audit_entry SET position = ? WHERE seq = ?", [position, seq])
    raw.execute("UPDATE audit_entry SET position = ? WHERE seq = ?", [two["position"], one["seq"]])


def swap_and_rechain(raw: sqlite3.Connection, rng: random.Random) -> None:
    stream = a_stream(rng)
    one, two = rng.sample(rows(raw, stream), 2)
    for here, there in ((one, two), (two, one)):
        raw.execute(
            "UPDATE audit_entry SET action = ?, data = ?, mentions = ? WHERE seq = ?",
            [there["action"], there["data"], there["mentions"], here["seq"]],
        )
    rechain(raw, stream)


def append_forged(raw: sqlite3.Connection, rng: random.Random) -> None:
    last = rows(raw, a_stream(rng))[-1]
    insert(raw, last | {"position": int(str(last["position"])) + 1, "prev": last["hash"]})


def insert_and_rechain(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    insert(raw, row | {"position": 500, "actor": "nobody"})
    rechain(raw, str(row["stream"]))


def slip_in_a_stream(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = an_entry(raw, rng)
    raw.execute("UPDATE audit_order SET settled = settled + 1")
    insert(raw, row | {"stream": "run-new", "position": 1, "prev": GENESIS.hash})


def insert(raw: sqlite3.Connection, row: dict[str, object]) -> None:
    row["hash"] = digest_of(Link(**{name: row[name] for name in COLUMNS}))  # type: ignore[arg-type]  # rows are untyped
    names = ", ".join(COLUMNS)
    marks = ", ".join("?" for _ in COLUMNS)
    raw.execute(
        f"INSERT INTO audit_entry ({names}) VALUES ({marks})",  # noqa: S608 (our own column names)
        [row[name] for name in COLUMNS],
    )


def a_leaf(rng: random.Random) -> int:
    return rng.randrange(RUNS * ROUNDS * 2)


def reorder(raw: sqlite3.Connection, rng: random.Random) -> None:
    one, two = rng.sample(range(RUNS * ROUNDS * 2), 2)
    raw.execute("UPDATE audit_leaf SET leaf = -1 WHERE leaf = ?", [one])
    raw.execute("UPDATE audit_leaf SET leaf = ? WHERE leaf = ?", [one, two])
    raw.execute("UPDATE audit_leaf SET leaf = ? WHERE leaf = -1", [two])


def lose_a_leaf(raw: sqlite3.Connection, rng: random.Random) -> None:
    raw.execute("DELETE FROM audit_leaf WHERE leaf = ?", [a_leaf(rng)])


def change_a_leaf(raw: sqlite3.Connection, rng: random.Random) -> None:
    value = rng.choice(["0" * 64, "no hash"])
    raw.execute("UPDATE audit_leaf SET hash = ? WHERE leaf = ?", [value, a_leaf(rng)])


def change_a_seal(raw: sqlite3.Connection, rng: random.Random) -> None:
    column = rng.choice(["root", "peaks", "at", "note"])
    size = RUNS * 2 * rng.randint(1, ROUNDS)
    raw.execute(f"UPDATE audit_seal SET {column} = 'x' || {column} WHERE size = ?", [size])  # noqa: S608 (our own column names)


def lose_a_seal(raw: sqlite3.Connection, rng: random.Random) -> None:
    size = RUNS * 2 * rng.randint(1, ROUNDS)
    raw.execute("DELETE FROM audit_seal WHERE size = ?", [size])


def resize_a_seal(raw: sqlite3.Connection, rng: random.Random) -> None:
    size = RUNS * 2 * rng.randint(1, ROUNDS)
    raw.execute("UPDATE audit_seal SET size = size + 1 WHERE size = ?", [size])


def hide_from_the_index(raw: sqlite3.Connection, rng: random.Random) -> None:
    value = f"INV-{a_stream(rng)}-{rng.randrange(ROUNDS)}"
    raw.execute("DELETE FROM audit_mention WHERE value = ?", [value])


def mislead_the_index(raw: sqlite3.Connection, rng: random.Random) -> None:
    row = [a_stream(rng), f"INV-{rng.random()}"]
    raw.execute("INSERT INTO audit_mention (stream, what, value) VALUES (?, 'invoice', ?)", row)


def lie_about_the_order(raw: sqlite3.Connection, rng: random.Random) -> None:
    column = rng.choice(["leaves", "settled"])
    raw.execute(f"UPDATE audit_order SET {column} = {column} + ?", [rng.randint(1, 9)])  # noqa: S608 (our own column names)


TAMPERINGS: list[Callable[[sqlite3.Connection, random.Random], None]] = [
    edit,
    edit_one_character,
    edit_and_rehash,
    edit_and_rechain,
    remove,
    remove_and_rechain,
    remove_without_trace_in_the_order,
    truncate,
    truncate_everything,
    swap_positions,
    swap_and_rechain,
    append_forged,
    insert_and_rechain,
    slip_in_a_stream,
    reorder,
    lose_a_leaf,
    change_a_leaf,
    change_a_seal,
    lose_a_seal,
    resize_a_seal,
    hide_from_the_index,
    mislead_the_index,
    lie_about_the_order,
]
EACH = 48


def test_an_untouched_record_holds(record: Record) -> None:
    report = record.verify()

    assert report.findings == ()
    assert report.holds
    assert (report.entries, report.streams) == (RUNS * ROUNDS * 2, RUNS)
    assert (report.sealed, report.seals, report.witnessed) == (report.entries, ROUNDS, ROUNDS)


def test_the_corpus_has_more_than_a_thousand_changes() -> None:
    assert len(TAMPERINGS) * EACH > 1_000


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda each: each.__name__)
def test_every_single_change_is_found(
    record: Record, tampering: Callable[[sqlite3.Connection, random.Random], None]
) -> None:
    drop_guards(record.raw)
    pristine = sqlite3.connect(":memory:")
    record.raw.backup(pristine)
    missed = []
    for seed in range(EACH):
        tampering(record.raw, random.Random(seed))
        if not record.verify().findings:
            missed.append(seed)
        pristine.backup(record.raw)
    pristine.close()
    assert missed == []


# ---------------------------------------------------------------- what is said, and where


def test_the_changed_entry_is_named(record: Record) -> None:
    drop_guards(record.raw)
    record.raw.execute(
        "UPDATE audit_entry SET data = '{}' WHERE stream = 'run-3' AND position = 4"
    )
    report = record.verify()
    assert faults(report) == {Fault.CHANGED, Fault.INDEX}
    assert "run-3#4" in wheres(report.findings)
    assert not report.holds


def test_the_removed_entry_is_named(record: Record) -> None:
    drop_guards(record.raw)
    record.raw.execute("DELETE FROM audit_entry WHERE stream = 'run-3' AND position = 3")
    [finding] = [each for each in record.verify().findings if each.stream]
    assert (finding.fault, finding.where) == (Fault.REMOVED, "run-3#3")


def test_a_cut_off_end_is_named(record: Record) -> None:
    drop_guards(record.raw)
    record.raw.execute("DELETE FROM audit_entry WHERE stream = 'run-3' AND position > 6")
    found = {(each.fault, each.where) for each in record.verify().findings}
    assert (Fault.TRUNCATED, "run-3#7") in found


def test_a_stream_that_vanished_is_named(record: Record) -> None:
    record.heads["run-99"] = Head(2, "f" * 64)
    [finding] = record.verify().findings
    assert (finding.fault, finding.where) == (Fault.TRUNCATED, "run-99#1")


def test_reordering_is_named_with_the_seal_that_remembers(record: Record) -> None:
    drop_guards(record.raw)
    reorder(record.raw, random.Random(1))
    report = record.verify()
    assert Fault.REORDERED in faults(report)
    assert any(where.startswith("seal") for where in wheres(report.findings))


def rewrite_all(record: Record, key: Signer, folder: Path) -> Record:
    """Someone with every right makes a whole new history, sealed and all."""
    forged = Record(
        database=SqliteDatabase(None),
        heads={},
        signer=key,
        witness=Witness(folder / "forged.jsonl"),
        clock=VirtualClock(AT),
    )
    tables.create(forged.database)
    for number in range(ROUNDS):
        for run in range(RUNS):
            forged.write(f"run-{run}", number + (number == 2))
        forged.seal()
    return forged


def test_a_rewritten_history_without_the_key_is_unsigned(record: Record, tmp_path: Path) -> None:
    forged = rewrite_all(record, signer(tmp_path / "other.key"), tmp_path)
    report = verify(forged.database, forged.heads, verifier=record.signer, witness=forged.witness)
    assert Fault.UNSIGNED in faults(report)


def test_a_rewritten_history_with_the_key_is_refuted_by_the_witness(
    record: Record, tmp_path: Path
) -> None:
    forged = rewrite_all(record, record.signer, tmp_path)
    assert forged.verify().holds
    report = verify(forged.database, forged.heads, verifier=record.signer, witness=record.witness)
    assert {each.where for each in report.findings} == {"witness line 3", "witness line 4"}


def test_a_witness_that_knows_more_shows_what_was_cut_off(record: Record, tmp_path: Path) -> None:
    shorter = empty(tmp_path)
    shorter.witness = Witness(tmp_path / "shorter.jsonl")
    for run in range(RUNS):
        shorter.write(f"run-{run}", 0)
    shorter.seal()
    report = verify(
        shorter.database, shorter.heads, verifier=record.signer, witness=record.witness
    )
    assert Fault.TRUNCATED in faults(report)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"size": 48', '"size": 47'),
        lambda text: text.replace("interlock-audit", "interlock-audit2", 1),
        lambda text: "garbage\n" + text,
        lambda text: "".join(text.splitlines(keepends=True)[1:]),
    ],
)
def test_a_changed_witness_is_noticed(record: Record, change: Callable[[str], str]) -> None:
    path = record.witness.path
    path.write_text(change(path.read_text()))
    assert record.verify().findings


# ---------------------------------------------------------------- unknown is not fine


def test_what_could_not_be_checked_is_said(record: Record, tmp_path: Path) -> None:
    no_key = verify(record.database, record.heads, witness=record.witness)
    no_witness = verify(record.database, record.heads, verifier=record.signer)
    unsealed = verify(empty(tmp_path).database, {})
    assert [len(report.unknown) for report in (no_key, no_witness, unsealed)] == [1, 1, 1]
    assert not any(report.holds for report in (no_key, no_witness, unsealed))


def test_a_run_that_goes_on_meanwhile_is_not_taken_for_a_forgery(record: Record) -> None:
    before = dict(record.heads)
    record.write("run-3", 99)
    report = verify(record.database, before, verifier=record.signer, witness=record.witness)
    assert faults(report) == {Fault.ADDED}
    assert without_new_entries(report, record.heads).holds


# ---------------------------------------------------------------- sealing


def test_nothing_new_is_not_sealed_again(record: Record) -> None:
    assert sealing.seal(record.database, record.clock, record.signer, record.witness) is None
    assert record.verify().seals == ROUNDS


def test_a_seal_that_the_witness_missed_is_told_with_the_next_one(record: Record) -> None:
    lines = record.witness.path.read_bytes().splitlines(keepends=True)
    record.witness.path.write_bytes(b"".join(lines[:-1]) + lines[-1][:20])
    record.write("run-1", 9)
    record.seal()
    assert len(list(record.witness.lines())) == ROUNDS + 1
    assert record.verify().holds


def test_sealing_reads_only_what_is_new(record: Record) -> None:
    read: list[str] = []
    record.write("run-1", 9)
    record.raw.set_trace_callback(read.append)
    record.seal()
    record.raw.set_trace_callback(None)
    [first, *_] = [each for each in read if "FROM audit_leaf WHERE leaf >=" in each]
    assert f"leaf >= {RUNS * ROUNDS * 2} " in first


def test_a_hole_in_the_order_is_not_sealed_over(record: Record) -> None:
    drop_guards(record.raw)
    record.write("run-1", 9)
    order.number(record.database)
    record.raw.execute("DELETE FROM audit_leaf WHERE leaf = ?", [RUNS * ROUNDS * 2])
    with pytest.raises(InvariantError, match="hole"):
        record.seal()


def test_the_key_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    first, second = signer(tmp_path / "k" / "audit.key"), signer(tmp_path / "k" / "audit.key")
    assert first.key_hash == second.key_hash
    assert (tmp_path / "k" / "audit.key").stat().st_mode & 0o777 == 0o600
    public: Verifier = verifier(public_path(tmp_path / "k" / "audit.key"))
    assert public.key_hash == first.key_hash


def test_a_public_key_that_is_none_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "audit.pub").write_text("no key")
    with pytest.raises(UsageError, match="hint"):
        verifier(tmp_path / "audit.pub")


def test_heads_may_be_any_mapping(record: Record) -> None:
    heads: Mapping[str, Head] = dict(record.heads)
    assert verify(record.database, heads, verifier=record.signer, witness=record.witness).holds
