"""A record that came back from a backup is told from one that was cut off."""

import json
from pathlib import Path

from tests.audit.test_verification import Record, drop_guards, empty, faults

from interlock.audit import sealing
from interlock.audit.finding import Fault
from interlock.audit.merkle import Tree
from interlock.audit.notes import Checkpoint, signer


def lived(folder: Path, name: str, rounds: int) -> Record:
    (folder / name).mkdir()
    record = empty(folder / name)
    record.signer = signer(folder / "audit.key")  # one key: the same rounds have the same seals
    for number in range(rounds):
        for run in ("run_a", "run_b"):
            record.write(run, number)
        record.seal()
    return record


def older(folder: Path, rounds: int, back_to: int) -> Record:
    """Return a record of `back_to` rounds, with the witness of one of `rounds`."""
    record = lived(folder, "then", back_to)
    record.witness = lived(folder, "now", rounds).witness
    return record


def come_back(record: Record) -> int:
    return sealing.seal_restored(record.database, record.clock, record.signer, record.witness)


def test_an_older_record_is_told_by_its_witness_and_goes_on_from_there(tmp_path: Path) -> None:
    record = older(tmp_path, 5, 2)
    assert sealing.missing(record.database, record.witness) == 12
    assert faults(record.verify()) >= {Fault.REMOVED, Fault.TRUNCATED}

    assert come_back(record) == 12
    assert come_back(record) == 0
    record.write("run_c", 9)
    record.seal()
    report = record.verify()
    assert report.findings == ()
    assert ["entries 9 to 20 were lost" in said for said in report.restorations] == [True]

    for number in range(9):  # beyond where it had been before
        record.write("run_d", number)
        record.seal()
    assert record.verify().holds


def test_what_is_cut_off_after_a_restoration_is_found_all_the_same(tmp_path: Path) -> None:
    record = older(tmp_path, 5, 2)
    come_back(record)
    record.write("run_c", 9)
    record.seal()
    with record.database.transaction() as connection:
        last = sealing.latest(connection)
    assert last is not None
    drop_guards(record.raw)
    record.raw.execute("DELETE FROM audit_seal WHERE size = ?", (last.size,))
    assert Fault.REMOVED in faults(record.verify())


def test_a_restoration_that_the_key_did_not_sign_excuses_nothing(tmp_path: Path) -> None:
    record = older(tmp_path, 5, 2)
    with record.database.transaction() as connection:
        last = sealing.latest(connection)
    assert last is not None
    lines = [
        # A seal's own note, put to another use; and one that somebody else's key signed.
        (last.size, last.note),
        (last.size, signer(tmp_path / "other.key").signed(_claim(record))),
    ]
    for size, note in lines:
        with record.witness.path.open("a") as file:
            file.write(json.dumps({"size": size, "note": note, "restored": True}) + "\n")
        report = record.verify()
        assert report.restorations == ()
        assert faults(report) >= {Fault.UNSIGNED, Fault.REMOVED}


def _claim(record: Record) -> Checkpoint:
    with record.database.transaction() as connection:
        last = sealing.latest(connection)
    assert last is not None
    tree = Tree(last.size, bytes.fromhex(last.root))
    return Checkpoint(tree=tree, at=record.clock.now(), restored_from=20)
