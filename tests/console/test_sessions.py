"""Coming in and going out by the pages: what a stranger put there before or kept opens nothing."""

from datetime import timedelta

import pytest

from interlock.access import Grant, Role, commands
from interlock.access.session import IDLE
from tests.console.browser import Browser
from tests.console.conftest import Opened
from tests.console.world import World

SESSION = "interlock-session"


def test_a_wrong_password_is_told_and_says_not_which_half_was_wrong(browser: Browser) -> None:
    known, unknown = browser.log_in("operator", "wrong"), browser.log_in("nobody", "wrong")
    assert known.status == unknown.status == 403
    assert SESSION not in browser.cookies
    said = "That is not an account and its password."
    assert said in known.text
    assert said in unknown.text


def test_a_session_that_a_stranger_put_there_is_not_the_one_that_is_opened(
    browser: Browser,
) -> None:
    browser.cookies[SESSION] = "put there by a stranger"
    assert browser.log_in("operator").status == 303
    assert browser.cookies[SESSION] != "put there by a stranger"
    stranger = {"cookie": f"{SESSION}=put there by a stranger"}
    assert browser.get("/", *stranger.items()).status == 303


def test_logging_in_again_changes_the_secret(browser: Browser) -> None:
    browser.log_in("operator")
    first = browser.cookies[SESSION]
    browser.log_in("operator")
    assert browser.cookies[SESSION] != first


def test_what_was_kept_of_a_session_opens_nothing_after_logging_out(browser: Browser) -> None:
    browser.log_in("operator")
    kept, csrf = browser.cookies[SESSION], browser.csrf()
    assert browser.post("/logout", {"csrf": csrf}).to == "/login"
    assert SESSION not in browser.cookies
    assert browser.get("/", ("cookie", f"{SESSION}={kept}")).status == 303


def test_a_disabled_account_is_out_with_the_next_request(here: World, browser: Browser) -> None:
    browser.log_in("operator")
    token = here.token("operator")
    commands.disable(here.access, "operator", by="root")
    assert browser.get("/").status == 303
    assert browser.call("GET", "/api/v1/cases", token).status == 401


def test_another_role_holds_with_the_next_request(here: World, browser: Browser) -> None:
    browser.log_in("operator")
    commands.grant(here.access, "operator", [Grant(Role.ADMINISTRATOR)], by="root")
    csrf = browser.csrf()
    form = {"to": "bao", "csrf": csrf}
    assert browser.post(f"/cases/{here.case['de']}/assign", form).status == 403


def test_a_page_that_refreshes_itself_keeps_no_session_open(here: World, browser: Browser) -> None:
    browser.log_in("operator")
    step = IDLE / 3
    for _ in range(3):
        here.clock.sleep(step)
        assert browser.get("/", ("hx-request", "true")).status == 200
    here.clock.sleep(timedelta(seconds=1))
    reply = browser.get("/", ("hx-request", "true"))
    assert reply.headers["hx-redirect"].startswith("/login")


@pytest.mark.parametrize(
    "after", ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/\nx", ""]
)
def test_the_log_in_leads_nowhere_else(browser: Browser, after: str) -> None:
    from urllib.parse import quote

    browser.get("/login")
    shown = browser.get(f"/login?next={quote(after)}")
    assert 'name="next" value="/"' in shown.text


def test_after_logging_in_one_is_where_one_wanted_to_be(browser: Browser) -> None:
    assert browser.get("/cases?due=day").to == "/login?next=%2Fcases%3Fdue%3Dday"
    browser.get("/login?next=%2Fcases%3Fdue%3Dday")
    shown = browser.get("/login?next=%2Fcases%3Fdue%3Dday")
    assert 'name="next" value="/cases?due=day"' in shown.text


def test_many_wrong_passwords_make_the_right_one_wait(here: World, logged_in: Opened) -> None:
    del logged_in
    browser = Browser(here.desk)
    for _ in range(commands.PATIENCE):
        browser.log_in("operator", "wrong")
    assert browser.log_in("operator").status == 403
    here.clock.sleep(commands.PAUSE + timedelta(seconds=1))
    assert browser.log_in("operator").status == 303
    browser.close()
