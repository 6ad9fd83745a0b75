"""Every door x every role x one's own and another legal entity: a new door without a row fails."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from interlock.access import Act, Grant, Role, Scope, may
from interlock.console.catalogue import DOORS
from interlock.console.door import Door, Kind
from tests.console.browser import Browser, Reply
from tests.console.rows import NEEDS, ROWS, About, Row
from tests.console.world import ENTITIES, World, world

OPEN_DOORS = [door for door in DOORS if door.act is None and door.kind is Kind.OPEN]
GUARDED = [door for door in DOORS if door not in OPEN_DOORS]
THROUGH = {200, 201, 202, 303, 409, 422}
"""Whoever may come in is answered, also that it is done already or makes no sense."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One installation for all: only who may come in is asked, not what came of it."""
    home: Path = tmp_path_factory.mktemp("home")
    with world(home) as made:
        yield made


def test_every_door_has_a_row_and_every_row_a_door() -> None:
    assert {door.name for door in DOORS} == set(ROWS)


def test_no_name_and_no_address_is_given_twice() -> None:
    assert max(Counter(door.name for door in DOORS).values()) == 1
    assert max(Counter((door.method, door.path) for door in DOORS).values()) == 1


def test_nothing_is_changed_by_a_get() -> None:
    assert {door.method for door in DOORS} == {"GET", "POST"}
    assert all(door.mutating == (door.method == "POST") for door in DOORS)


def test_what_is_open_is_written_down_as_open() -> None:
    assert {door.name for door in OPEN_DOORS} == {
        name for name, row in ROWS.items() if row.about is About.NOBODY
    }


def address(door: Door, row: Row, here: World, entity: str) -> str:
    path = door.path
    for name, found in row.path.items():
        path = path.replace(f"{{{name}}}", found(here, entity))
    return f"{path}?{row.query}" if row.query else path


def asked(browser: Browser, door: Door, here: World, entity: str, token: str, csrf: str) -> Reply:
    row = ROWS[door.name]
    path, given = address(door, row, here, entity), row.given(here, entity)
    if door.kind is Kind.API:
        return browser.call(door.method, path, token, given if door.mutating else None)
    if door.mutating:
        return browser.post(path, {**given, "csrf": csrf})
    return browser.get(path)


def meant(door: Door, role: Role, granted: str, entity: str) -> set[int]:
    """Return what may be answered: worked out from the grant, not from the code."""
    row, grants = ROWS[door.name], (Grant(role, granted),)
    act = Act(NEEDS[door.name]) if door.name in NEEDS else door.act
    if door.act is not None and not may(grants, door.act):
        return {403}
    if row.about is About.HOUSE:
        return THROUGH if granted == "*" else {403}
    if row.about is About.ENTITY:
        scope = Scope(entity, "customer")
        if not may(grants, Act.SEE, scope):
            return {404}
        if act is not None and not may(grants, act, scope):
            return {403}
    return THROUGH


@pytest.mark.parametrize("granted", ["*", "de"])
@pytest.mark.parametrize("role", list(Role))
def test_a_role_comes_through_the_doors_that_are_granted_and_no_other(
    shared: World, role: Role, granted: str
) -> None:
    name = str(role) if granted == "*" else f"{role}-{granted}"
    browser = Browser(shared.desk)
    token = shared.token(name, *[act for act in Act if may((Grant(role),), act)])
    wrong, csrf = [], ""
    for door in GUARDED:
        for entity in ENTITIES:
            if not browser.cookies.get("interlock-session"):
                browser.log_in(name)
                csrf = browser.csrf()
            shared.clock.sleep(timedelta(milliseconds=1))
            reply = asked(browser, door, shared, entity, token, csrf)
            if reply.status not in meant(door, role, granted, entity):
                wrong.append((door.name, entity, reply.status, reply.text[-300:]))
    browser.close()
    assert wrong == []


@pytest.mark.parametrize("door", GUARDED, ids=lambda door: str(door.name))
def test_nobody_comes_through_a_guarded_door_without_a_name(shared: World, door: Door) -> None:
    browser = Browser(shared.desk)
    reply = asked(browser, door, shared, "de", "ilk_0123456789abcdef_" + "A" * 43, "")
    browser.close()
    assert reply.status == (401 if door.kind is Kind.API else 303)
    if door.kind is not Kind.API:
        assert reply.to.startswith("/login?next=%2F")


@pytest.mark.parametrize("entity", ENTITIES)
def test_lists_show_nothing_of_another_legal_entity(shared: World, entity: str) -> None:
    other = "us" if entity == "de" else "de"
    browser = Browser(shared.desk)
    browser.log_in(f"operator-{entity}")
    token = shared.token(f"operator-{entity}", Act.SEE, Act.REPLAY)
    secret = {shared.case[other], f"key-{other}", f"key-B{other}", f"run_{other}", f"Ada {other}"}
    for door in GUARDED:
        if ROWS[door.name].about is not About.LIST or door.mutating:
            continue
        path = address(door, ROWS[door.name], shared, entity)
        api = door.kind is Kind.API
        reply = browser.call("GET", path, token) if api else browser.get(path)
        assert reply.status == 200
        assert [each for each in secret if each in reply.text] == [], door.name
    for found in (f"key-{other}", f"INV-{other}", f"run_{other}", shared.case[other]):
        reply = browser.get(f"/transactions?q={found}")
        assert reply.status == 200
        assert "Nothing that you may see is known by" in reply.text
        assert browser.call("GET", f"/api/v1/transactions?id={found}", token).json()["items"] == []
    browser.close()


def test_a_token_may_less_than_its_owner_when_it_was_made_for_less(shared: World) -> None:
    browser = Browser(shared.desk)
    token = shared.token("operator", Act.SEE)
    assert browser.call("GET", "/api/v1/cases", token).status == 200
    case = shared.case["de"]
    reply = browser.call("POST", f"/api/v1/cases/{case}/comments", token, {"text": "x"})
    browser.close()
    assert reply.status == 403
