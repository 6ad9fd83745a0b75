from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.audit import Entry, order, trail
from interlock.audit.order import Horizon, Mark, settle
from interlock.foundation.database import Database
from interlock.foundation.errors import InvariantError
from interlock.foundation.queries import query

AT = datetime(2026, 3, 31, tzinfo=UTC)


def write(database: Database, *streams: str) -> None:
    with database.transaction() as connection:
        for stream in streams:
            head = trail.head(connection, stream)
            trail.append(connection, stream, head, [Entry(action="a", at=AT, actor="w")])


def numbered(database: Database) -> list[str]:
    with database.transaction() as connection:
        found = order.entries(connection, 0, 100).entries
    return [f"{entry.stream}#{entry.position}" for entry in found]


def test_entries_of_all_streams_get_one_order(database: Database) -> None:
    write(database, "b", "a")
    assert order.number(database) == 2
    write(database, "b")
    assert order.number(database) == 3
    assert numbered(database) == ["b#1", "a#1", "b#2"]


def test_numbering_again_changes_nothing(database: Database) -> None:
    write(database, "a")
    order.number(database)
    assert order.number(database) == 1
    assert numbered(database) == ["a#1"]


def test_a_reader_goes_on_where_it_stopped(database: Database) -> None:
    write(database, "a", "b", "c")
    order.number(database)
    with database.transaction() as connection:
        first = order.entries(connection, 0, 2)
        rest = order.entries(connection, first.after, 2)
    assert [entry.stream for entry in (*first.entries, *rest.entries)] == ["a", "b", "c"]
    assert (first.more, rest.more) == (True, False)


def test_a_reader_may_skip_what_it_does_not_understand(database: Database) -> None:
    write(database, "a", "b")
    order.number(database)
    with database.transaction() as connection:
        page = order.entries(connection, 0, 9, wanted={"other"})
    assert (page.entries, page.after) == ((), 2)


def test_a_lost_order_is_said_not_made_up(database: Database) -> None:
    with database.transaction() as connection:
        connection.execute(query("tamper", "DELETE FROM audit_order"), {})
    with pytest.raises(InvariantError, match="lost its only row"):
        order.number(database)


class Server:
    """PostgreSQL's numbering as a model: ids, numbers, commits in any order, one numberer."""

    def __init__(self) -> None:
        self.next_id = 1
        self.next_seq = 1
        self.open: dict[int, int] = {}
        self.visible: set[int] = set()
        self.numbered: set[int] = set()
        self.mark = Mark(leaves=0, settled=0, candidate=0, horizon=0, seen=0)

    def write(self) -> None:
        self.open[self.next_id] = self.next_seq
        self.next_id += 1
        self.next_seq += 1

    def end(self, which: int, *, commit: bool) -> None:
        if self.open:
            seq = self.open.pop(sorted(self.open)[which % len(self.open)])
            self.visible |= {seq} if commit else set()

    def number(self) -> None:
        own = self.next_id
        self.next_id += 1
        after = settle(self.mark, Horizon(own=own, floor=min([*self.open, own])))
        self.numbered |= {seq for seq in self.visible if seq > self.mark.settled}
        self.mark = Mark(
            leaves=len(self.numbered),
            settled=after.settled,
            candidate=after.candidate,
            horizon=after.horizon,
            seen=max(self.visible, default=0),
        )


STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "commit", "roll back", "number"]), st.integers(0, 9)),
    max_size=60,
)


def play(server: Server, steps: Sequence[tuple[str, int]]) -> None:
    for step, which in steps:
        if step == "write":
            server.write()
        elif step == "number":
            server.number()
        else:
            server.end(which, commit=step == "commit")


@given(steps=STEPS)
def test_an_entry_that_commits_late_is_never_skipped(steps: list[tuple[str, int]]) -> None:
    server = Server()
    play(server, steps)
    while server.open:
        server.end(0, commit=True)
    server.number()
    assert server.numbered == server.visible


@given(steps=STEPS)
def test_in_quiet_everything_settles_so_that_nothing_is_looked_at_for_ever(
    steps: list[tuple[str, int]],
) -> None:
    server = Server()
    play(server, steps)
    while server.open:
        server.end(0, commit=True)
    for _ in range(3):
        server.number()
    assert server.mark.settled == max(server.visible, default=0)


def test_a_restored_copy_whose_ids_began_again_does_not_wait_for_ever() -> None:
    copied = Mark(leaves=9, settled=5, candidate=9, horizon=1_000_000, seen=9)
    assert settle(copied, Horizon(own=700, floor=700)).settled == 9
