"""What another site makes a browser send changes nothing: at every door that changes something."""

from collections.abc import Iterator

import pytest

from interlock.audit import trail
from interlock.console.catalogue import DOORS
from interlock.console.door import Door, Kind
from tests.console.browser import Browser
from tests.console.conftest import Opened
from tests.console.rows import ROWS
from tests.console.test_every_door import address
from tests.console.world import World, world

FORMS = [door for door in DOORS if door.mutating and door.kind is not Kind.API]
CALLS = [door for door in DOORS if door.mutating and door.kind is Kind.API]
Header = tuple[str, str]


def entries(here: World) -> int:
    return len(trail.read(here.store.database, None))


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One installation for all of these: nothing of it is changed."""
    with world(tmp_path_factory.mktemp("home")) as made:
        yield made


ELSEWHERE: list[Header] = [
    ("origin", "https://evil.example"),
    ("origin", "null"),
    ("sec-fetch-site", "cross-site"),
    ("sec-fetch-site", "same-site"),
    ("sec-fetch-site", "none"),
]


@pytest.mark.parametrize("door", FORMS, ids=lambda door: str(door.name))
def test_a_form_that_another_site_sent_or_made_up_is_refused(
    here: World, logged_in: Opened, door: Door
) -> None:
    who = "approver" if door.name == "approve" else "operator"
    browser, row, before = logged_in(who), ROWS[door.name], 0
    csrf, path = browser.csrf(), address(door, row, here, "de")
    given, before = row.given(here, "de"), entries(here)
    for header in ELSEWHERE:
        assert browser.post(path, {**given, "csrf": csrf}, header).status == 403, header
    for word in ({}, {"csrf": ""}, {"csrf": "A" * 43}, {"csrf": [csrf[:-1], csrf]}):
        assert browser.post(path, {**given, **word}).status == 403, word
    assert entries(here) == before


def test_the_word_of_one_session_opens_no_form_of_another(here: World, logged_in: Opened) -> None:
    own, others = logged_in("operator"), logged_in("operator-de")
    form = {"to": "bao", "csrf": others.csrf()}
    assert own.post(f"/cases/{here.case['de']}/assign", form).status == 403


@pytest.mark.parametrize("door", CALLS, ids=lambda door: str(door.name))
def test_a_browser_s_cookie_alone_calls_nothing(
    here: World, logged_in: Opened, door: Door
) -> None:
    who = "approver" if door.name == "approve-decision" else "operator"
    browser, row = logged_in(who), ROWS[door.name]
    headers = [
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
        ("sec-fetch-site", "same-origin"),
    ]
    before = entries(here)
    reply = browser.send("POST", address(door, row, here, "de"), b"{}", headers)
    assert reply.status == 403
    assert entries(here) == before


def test_the_log_in_of_another_site_logs_nobody_in(browser: Browser) -> None:
    browser.get("/login")
    form = {"name": "operator", "password": "plum orbit canvas nine", "door": "of another"}
    assert browser.post("/login", form).status == 403
    assert "interlock-session" not in browser.cookies


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9999", "", "127.0.0.1:8321.evil"])
def test_under_another_name_it_is_not_this_console(browser: Browser, host: str) -> None:
    reply = browser.get("/login", ("host", host))
    assert reply.status == 421
