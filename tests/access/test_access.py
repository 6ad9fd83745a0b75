"""Coming in, staying in, being put out: on SQLite, with a clock that the tests move."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from interlock.access import Act, Grant, Role, answered, commands, store
from interlock.access.commands import PATIENCE, PAUSE, Access
from interlock.access.password import Passwords
from interlock.access.session import ABSOLUTE, IDLE
from interlock.access.store import QUERIES
from interlock.access.token import fits, parts_of
from interlock.audit import tables, trail
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import open_database
from interlock.foundation.errors import RefusedError, UsageError
from interlock.foundation.queries import load_schema

NOON: Final = datetime(2026, 3, 30, 12, tzinfo=UTC)
RIGHT: Final = "plum orbit canvas nine"
CHEAP: Final = Passwords(passes=1, memory=64)
OPERATOR: Final = Grant(Role.OPERATOR, "de")


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(NOON)


@pytest.fixture
def access(clock: VirtualClock) -> Iterator[Access]:
    database = open_database("sqlite::memory:")
    tables.create(database)
    database.create(load_schema("interlock.access"))
    access = Access(database=database, clock=clock, passwords=CHEAP)
    commands.add(access, "ana", [OPERATOR], RIGHT, by="root")
    yield access
    database.close()


def logged_in(access: Access) -> str:
    secret = commands.log_in(access, "ana", RIGHT)
    assert secret is not None
    return secret


def actions(access: Access) -> list[str]:
    return [entry.action for entry in trail.read(access.database, "account:ana")]


def test_a_password_is_kept_as_argon2id_and_stands_in_no_entry(access: Access) -> None:
    with access.database.transaction() as connection:
        assert store.get(connection, "ana").password.startswith("$argon2id$")
    told = trail.read(access.database, None)
    assert RIGHT not in str(told)
    assert "argon2" not in str(told)


def test_a_name_is_never_given_twice(access: Access) -> None:
    commands.disable(access, "ana", by="root")
    with pytest.raises(UsageError, match="already"):
        commands.add(access, "Ana", [OPERATOR], RIGHT, by="root")


@pytest.mark.parametrize("password", ["", "eleven char", "x" * 513])
def test_a_password_has_a_shortest_and_a_longest_form(access: Access, password: str) -> None:
    with pytest.raises(UsageError, match="characters"):
        commands.add(access, "bao", [OPERATOR], password, by="root")


@pytest.mark.parametrize(
    ("name", "password"),
    [("ana", "wrong"), ("nobody", RIGHT), ("", ""), ("ana", ""), ("ana", "x" * 100_000)],
)
def test_who_is_not_known_does_not_come_in(access: Access, name: str, password: str) -> None:
    assert commands.log_in(access, name, password) is None


def test_every_log_in_has_a_secret_of_its_own_and_the_database_has_none_of_them(
    access: Access,
) -> None:
    first, second = logged_in(access), logged_in(access)
    assert first != second
    assert commands.who(access, first) is not None
    with access.database.transaction() as connection:
        assert store.session(connection, first) is None


def test_a_session_ends_when_nobody_asks_anything(access: Access, clock: VirtualClock) -> None:
    secret = logged_in(access)
    clock.sleep(IDLE)
    assert commands.who(access, secret) is not None
    clock.sleep(IDLE + timedelta(seconds=1))
    assert commands.who(access, secret) is None
    clock.sleep(-timedelta(days=1))
    assert commands.who(access, secret) is None, "it is gone, not only late"


def test_a_session_ends_after_a_working_day_however_busy(
    access: Access, clock: VirtualClock
) -> None:
    secret = logged_in(access)
    began = clock.now()
    while clock.now() - began <= ABSOLUTE - IDLE:
        clock.sleep(IDLE / 2)
        assert commands.who(access, secret) is not None
    clock.sleep(IDLE / 2)
    commands.who(access, secret)
    clock.sleep(IDLE / 2 + timedelta(seconds=1))
    assert commands.who(access, secret) is None


def test_after_logging_out_the_secret_opens_nothing(access: Access) -> None:
    secret = logged_in(access)
    found = commands.who(access, secret)
    assert found is not None
    commands.log_out(access, found[1])
    assert commands.who(access, secret) is None
    assert actions(access)[-2:] == ["session.opened", "session.closed"]


def test_a_disabled_account_is_out_at_once_with_its_tokens(access: Access) -> None:
    secret = logged_in(access)
    token, _ = commands.issue(access, "ana", [Act.SEE], "", timedelta(days=1), by="ana")
    commands.disable(access, "ana", by="root")
    assert commands.who(access, secret) is None
    assert commands.log_in(access, "ana", RIGHT) is None
    with access.database.transaction() as connection:
        kept = store.token(connection, token.id)
    assert kept is not None
    assert not kept.usable(access.clock.now())


def test_what_is_granted_anew_holds_for_who_is_in_already(access: Access) -> None:
    secret = logged_in(access)
    commands.grant(access, "ana", [Grant(Role.VIEWER)], by="root")
    found = commands.who(access, secret)
    assert found is not None
    assert found[0].grants == (Grant(Role.VIEWER),)


def test_after_a_few_wrong_passwords_the_right_one_waits_too(
    access: Access, clock: VirtualClock
) -> None:
    for _ in range(PATIENCE):
        assert commands.log_in(access, "ana", "wrong") is None
    assert commands.log_in(access, "ana", RIGHT) is None
    clock.sleep(PAUSE + timedelta(seconds=1))
    assert commands.log_in(access, "ana", RIGHT) is not None
    assert commands.log_in(access, "ana", "wrong") is None
    assert commands.log_in(access, "ana", RIGHT) is not None, "the count began anew"


def test_a_token_is_never_allowed_more_than_its_owner(access: Access) -> None:
    with pytest.raises(RefusedError, match="may not approve"):
        commands.issue(access, "ana", [Act.APPROVE], "", timedelta(days=1), by="ana")
    with pytest.raises(UsageError, match="at most a year"):
        commands.issue(access, "ana", [Act.SEE], "", timedelta(days=400), by="ana")
    with pytest.raises(UsageError, match="at most a year"):
        commands.issue(access, "ana", [], "", timedelta(days=4), by="ana")


def test_a_token_opens_until_it_ends_or_is_revoked(access: Access, clock: VirtualClock) -> None:
    token, spelled = commands.issue(access, "ana", [Act.SEE], "x", timedelta(days=1), by="ana")
    parts = parts_of(spelled)
    assert parts is not None
    assert parts[0] == token.id
    assert fits(token, parts[1])
    assert not fits(token, parts[1][:-1] + ("A" if parts[1][-1] != "A" else "B"))
    assert parts[1] not in str(trail.read(access.database, None))
    assert token.usable(clock.now())
    assert not token.usable(clock.now() + timedelta(days=1))
    commands.revoke(access, token.id, by="root")
    with access.database.transaction() as connection:
        kept = store.token(connection, token.id)
    assert kept is not None
    assert not kept.usable(clock.now())


@pytest.mark.parametrize("text", ["", "ilk_", "ilk_0123456789abcdef_short", "Bearer x", "ilk_é_"])
def test_what_has_not_the_form_of_a_token_is_none(text: str) -> None:
    assert parts_of(text) is None


def test_the_same_request_under_one_key_is_answered_once(access: Access) -> None:
    asked = answered.Asked(account="ana", key="k", fingerprint="f")
    assert answered.begin(access.database, access.clock, asked) is None
    pending = answered.begin(access.database, access.clock, asked)
    assert pending == answered.Earlier(same=True, status=0, body="")
    answered.end(access.database, asked, 200, "{}")
    assert answered.begin(access.database, access.clock, asked) == answered.Earlier(
        same=True, status=200, body="{}"
    )
    other = answered.Asked(account="ana", key="k", fingerprint="g")
    found = answered.begin(access.database, access.clock, other)
    assert found is not None
    assert not found.same
    somebody = answered.Asked(account="bao", key="k", fingerprint="f")
    assert answered.begin(access.database, access.clock, somebody) is None


def test_a_key_under_which_nothing_was_done_is_free_again(access: Access) -> None:
    asked = answered.Asked(account="ana", key="k", fingerprint="f")
    answered.begin(access.database, access.clock, asked)
    answered.give_back(access.database, asked)
    assert answered.begin(access.database, access.clock, asked) is None
    answered.end(access.database, asked, 200, "{}")
    answered.give_back(access.database, asked)
    assert answered.begin(access.database, access.clock, asked) is not None, "it was answered"


def test_keys_are_forgotten_after_a_day(access: Access, clock: VirtualClock) -> None:
    asked = answered.Asked(account="ana", key="k", fingerprint="f")
    answered.begin(access.database, clock, asked)
    clock.sleep(answered.KEPT + timedelta(seconds=1))
    assert answered.begin(access.database, clock, asked) is None


def test_ended_sessions_are_swept_away_at_the_next_log_in(
    access: Access, clock: VirtualClock
) -> None:
    old = logged_in(access)
    clock.sleep(ABSOLUTE + timedelta(seconds=1))
    logged_in(access)
    with access.database.transaction() as connection:
        from interlock.access.session import digest_of

        gone = connection.rows(QUERIES["session"], {"digest": digest_of(old)})
    assert gone == []


def test_who_tries_on_while_waiting_fills_no_record(access: Access) -> None:
    for _ in range(PATIENCE * 4):
        commands.log_in(access, "ana", "wrong")
    assert actions(access).count("session.refused") == PATIENCE
