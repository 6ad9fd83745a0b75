import sqlite3
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.audit import GENESIS, Entry, Head, trail
from interlock.audit.chain import digest_of, link
from interlock.audit.verification import verify
from interlock.foundation.database import Database
from interlock.foundation.errors import InvariantError
from interlock.foundation.ids import digest
from interlock.foundation.queries import query

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def entry(action: str = "run.resumed", **data: object) -> Entry:
    return Entry(action=action, at=AT, actor="worker:1", data=data)


def test_what_was_appended_is_read_back_in_order(database: Database) -> None:
    with database.transaction() as connection:
        head = trail.append(connection, "run-1", GENESIS, [entry(why="a"), entry(why="b")])
        head = trail.append(connection, "run-1", head, [entry(why="c")])

    found = trail.read(database, "run-1")

    assert [stored.data["why"] for stored in found] == ["a", "b", "c"]
    assert [stored.position for stored in found] == [1, 2, 3]
    assert (found[0].at, found[0].actor) == (AT, "worker:1")
    assert head == Head(3, found[2].hash)
    assert [stored.prev for stored in found] == [GENESIS.hash, found[0].hash, found[1].hash]


def test_the_head_is_where_the_stream_ends(database: Database) -> None:
    with database.transaction() as connection:
        assert trail.head(connection, "run-1") == GENESIS
        head = trail.append(connection, "run-1", GENESIS, [entry()])
        assert trail.head(connection, "run-1") == head


def test_the_end_of_a_stream_that_nobody_else_keeps_is_kept(database: Database) -> None:
    with database.transaction() as connection:
        trail.append(connection, "estate", GENESIS, [entry(why="before ends were kept")])
        trail.append(connection, "run-1", GENESIS, [entry()])
        trail.tell(connection, "estate", [entry(why="a"), entry(why="b")])
        head = trail.tell(connection, "estate", [entry(why="c")])
        other = trail.tell(connection, "connection:crm", [entry()])

        assert trail.kept(connection) == {"estate": head, "connection:crm": other}
        assert trail.head(connection, "estate") == head == Head(4, head.hash)


def test_what_is_cut_off_its_end_shows_and_the_next_entry_does_not_close_the_gap(
    database: Database,
) -> None:
    with database.transaction() as connection:
        trail.tell(connection, "estate", [entry(why="applied"), entry(why="applied in secret")])
    with database.transaction() as connection:
        connection.execute(query("t", "DROP TRIGGER audit_entry_no_delete"), {})
        connection.execute(query("t", "DELETE FROM audit_entry WHERE position = 2"), {})
        kept = trail.kept(connection)
    assert faults(database, kept) == [("truncated", "estate#2")]

    with database.transaction() as connection:
        trail.tell(connection, "estate", [entry(why="applied again")])
        kept = trail.kept(connection)
    assert faults(database, kept) == [("removed", "estate#2")]


def test_a_stream_that_an_older_release_went_on_with_goes_on_behind_that(
    database: Database,
) -> None:
    with database.transaction() as connection:
        trail.tell(connection, "connection:crm", [entry(why="broken")])
        older = trail.head(connection, "connection:crm")
        trail.append(connection, "connection:crm", older, [entry(why="healed, kept by nobody")])
    with database.transaction() as connection:
        trail.tell(connection, "connection:crm", [entry(why="broken again")])
        kept = trail.kept(connection)
    assert [stored.position for stored in trail.read(database, "connection:crm")] == [1, 2, 3]
    assert faults(database, kept) == []


def faults(database: Database, heads: dict[str, Head]) -> list[tuple[str, str]]:
    return [(str(each.fault), each.where) for each in verify(database, heads).findings]


def test_two_writers_on_one_head_are_not_both_accepted(database: Database) -> None:
    with database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [entry(why="first")])

    with pytest.raises(trail.StaleHeadError), database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [entry(why="second")])

    assert [stored.data["why"] for stored in trail.read(database, "run-1")] == ["first"]


def test_an_entry_is_gone_when_its_change_was_rolled_back(database: Database) -> None:
    def fails_after_writing() -> None:
        with database.transaction() as connection:
            trail.append(connection, "run-1", GENESIS, [entry()])
            raise KeyError

    with pytest.raises(KeyError):
        fails_after_writing()

    assert trail.read(database, None) == []


def test_a_stream_is_found_by_every_id_that_it_mentions(database: Database) -> None:
    told = Entry(action="run.started", at=AT, actor="w", mentions={"invoice": "INV-1042"})
    with database.transaction() as connection:
        head = trail.append(connection, "run-1", GENESIS, [told])
        trail.append(connection, "run-1", head, [told])
        trail.append(connection, "run-2", GENESIS, [entry()])

    assert trail.find(database, "INV-1042") == ["run-1"]
    assert trail.find(database, "INV-1043") == []
    assert trail.mentions_of(database, "run-1") == [("invoice", "INV-1042")]


def test_an_id_of_any_length_and_form_is_found_again(database: Database) -> None:
    wild = "\ud800" + "x" * 5_000 + "\0"
    told = Entry(action="run.started", at=AT, actor="w", mentions={"customer": wild})
    with database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [told])

    assert trail.find(database, wild) == ["run-1"]


@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET actor = 'x'", "DELETE FROM audit_entry"]
)
def test_the_table_refuses_to_forget(database: Database, statement: str) -> None:
    with database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [entry()])

    with (
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
        database.transaction() as connection,
    ):
        connection.execute(query("tamper", statement), {})


def test_money_stays_exact_text(database: Database) -> None:
    with database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [entry(amount=Decimal("0.10"))])

    assert trail.read(database, "run-1")[0].data == {"amount": "0.10"}


def test_half_a_surrogate_pair_in_a_vendors_answer_does_not_stop_the_record(
    database: Database,
) -> None:
    with database.transaction() as connection:
        trail.append(connection, "run-1", GENESIS, [entry(message=["bad \ud800"], n=1)])

    assert trail.read(database, "run-1")[0].data == {"message": ["bad ?"], "n": 1}


def test_what_has_no_canonical_form_is_refused() -> None:
    with pytest.raises(InvariantError, match="canonical"):
        link("run-1", GENESIS, [entry(thing=object())])


@given(
    data=st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    actor=st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    mentions=st.dictionaries(st.text(max_size=5), st.text(max_size=9), max_size=3),
)
def test_the_hash_is_that_of_the_canonical_record(
    data: dict[str, object], actor: str, mentions: dict[str, str]
) -> None:
    told = Entry(action="step.done", at=AT, actor=actor, data=data, mentions=mentions)

    [found] = link("run-1", GENESIS, [told])

    record = {
        "action": "step.done",
        "actor": actor,
        "at": "2026-03-31T12:00:00.000000Z",
        "data": data,
        "mentions": mentions,
        "position": 1,
        "prev": GENESIS.hash,
        "stream": "run-1",
    }
    assert found.hash == digest(record) == digest_of(found)
