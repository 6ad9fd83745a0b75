"""What a deployment changed is seen on a page and by a program, value by value."""

import pytest

from interlock.access import Act
from interlock.bootstrap.house import compiled
from tests.console.browser import Browser
from tests.console.conftest import Opened
from tests.console.world import ESTATE, NOON, World

API = "/api/v1/estate/deployments"


@pytest.fixture
def twice(here: World) -> World:
    """Deploy an estate in which one thing is written otherwise, over the first."""
    written = ESTATE.replace("name: carry, owner", "name: carry, title: Carry, owner")
    assert written != ESTATE
    estate = compiled({"e.estate.yaml": written})
    assert here.store.archive.apply(estate, author="ana", approver="cleo", at=NOON)
    return here


def test_a_page_shows_what_the_deployment_changed(twice: World, logged_in: Opened) -> None:
    browser = logged_in("viewer")
    listed = browser.get("/estate/deployments").text
    assert listed.index('href="/estate/deployments/2"') < listed.index("/estate/deployments/1")
    page = browser.get("/estate/deployments/2").text
    assert "integration:carry" in page
    assert "metadata.title" in page
    assert "&#34;Carry&#34;" in page
    assert browser.get("/estate/deployments/3").status == 404


def test_a_program_is_told_value_by_value(twice: World, browser: Browser) -> None:
    token = twice.token("viewer", Act.SEE)
    items = browser.call("GET", API, token).json()["items"]
    assert [(each["number"], each["approver"]) for each in items] == [(2, "cleo"), (1, "bao")]
    (change,) = browser.call("GET", f"{API}/2/changes", token).json()["items"]
    assert (change["subject"], change["what"]) == ("integration:carry", "changed")
    (found,) = change["differences"]
    assert (found["path"], found["after"]) == ("metadata.title", '"Carry"')


def test_the_first_deployment_added_everything_and_any_two_can_be_compared(
    twice: World, browser: Browser
) -> None:
    token = twice.token("viewer", Act.SEE)
    first = browser.call("GET", f"{API}/1/changes", token).json()["items"]
    assert {each["what"] for each in first} == {"added"}
    assert browser.call("GET", f"{API}/2/changes?since=2", token).json()["items"] == []
    assert browser.call("GET", f"{API}/2/changes?since=9", token).status == 404
