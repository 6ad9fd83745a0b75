"""What people do most, in a real Chromium, by keyboard where they would; skipped where none is.

One browser, one console process; nothing is waited for but what is then asserted.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from interlock.access import Grant, Role
from interlock.console.catalogue import DOORS
from interlock.console.door import Kind
from tests.console.looking import ACCESSIBLE, SPOILT
from tests.console.rows import ROWS
from tests.console.test_every_door import address
from tests.console.world import PASSWORD, World, world

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
PATIENT = 90_000
"""Milliseconds that anything may take on a busy machine."""
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: the console was not looked at in a browser"
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    home: Path = tmp_path_factory.mktemp("home")
    with world(home, lasting=True) as made:
        made.account("ana", Grant(Role.OPERATOR), Grant(Role.AUDITOR), Grant(Role.ADMINISTRATOR))
        for number in range(4):
            made.start(f"run_{number}", f"stuck {number}", "de")
            made.park(f"run_{number}", f"stuck {number}", "de", kind="unknown-value")
            made.start(f"out_{number}", f"out {number}", "de")
            made.park(f"out_{number}", f"out {number}", "de", kind="outage")
        yield made


@pytest.fixture(scope="module")
def console(here: World) -> Iterator[str]:
    home = str(here.store.home)
    command = [sys.executable, "-m", "interlock.console", "--home", home, "--json"]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield str(json.loads(process.stdout.readline())["address"])
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(chromium: Browser, console: str) -> Iterator[Page]:
    """Return a page in which ana is logged in; afterwards nothing went wrong in it."""
    context = chromium.new_context(base_url=console)
    context.set_default_timeout(PATIENT)
    expect.set_options(timeout=PATIENT)
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            said.append(message.text)

    def went(request: Request) -> None:
        asked.append(request.url)

    opened.on("console", heard)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", went)
    log_in(opened, "ana")
    yield opened
    context.close()
    assert said == [], "a policy was violated, or a script is wrong"
    assert [url for url in asked if not url.startswith((console, "data:"))] == []


def log_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.get_by_label("Account").fill(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()


def test_a_stuck_invoice_is_found_by_its_id_with_the_keyboard_alone(page: Page) -> None:
    page.keyboard.press("/")
    page.keyboard.type("INV-de")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=re.compile("done-de"))).to_be_visible()
    expect(page.get_by_text("completed").first).to_be_visible()


def test_a_number_leads_to_its_rows(page: Page) -> None:
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="de", exact=True))
    row.get_by_role("link", name="de", exact=True).click()
    expect(page).to_have_url(re.compile(r"/cases\?legal_entity=de"))
    expect(page.get_by_role("heading", name="Cases", level=1)).to_be_visible()


def test_what_is_wrong_is_corrected_and_tried_again_after_looking_at_the_difference(
    page: Page, here: World
) -> None:
    page.goto(f"/cases/{here.case['us']}")
    page.get_by_role("link", name="Correct the values").click()
    page.get_by_label("customer.name").fill("Ada Inc")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("table.diff ins").first).to_be_visible()
    page.get_by_label("Reason").first.fill("the name was wrong")
    page.get_by_role("button", name="Try again with these values").click()
    expect(page.get_by_text("correct by ana: the name was wrong")).to_be_visible()


def test_cases_are_ticked_and_handed_over_by_keys(page: Page) -> None:
    page.goto("/cases?cause=unknown-value")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(4)
    for key in "jxjx":
        page.keyboard.press(key)
    expect(page.locator("input[name=case]:checked")).to_have_count(2)
    page.get_by_label("Give the ticked ones to").fill("bao")
    page.get_by_role("button", name="Assign").click()
    page.goto("/cases?owner=bao")
    expect(rows).to_have_count(2)


def test_after_an_outage_one_is_replayed_and_then_the_rest(page: Page) -> None:
    page.goto("/cases?cause=outage")
    page.get_by_role("link", name="Replay these").click()
    expect(page.get_by_text("What it would touch")).to_be_visible()
    page.get_by_label("Reason").fill("the value is known now")
    page.get_by_role("button", name="Replay one").click()
    expect(page.get_by_role("status")).to_contain_text("1 go on now")
    page.get_by_role("button", name=re.compile("Replay all 3")).click()
    expect(page.get_by_role("status")).to_contain_text("3 go on now")


def test_a_write_off_is_proposed_by_one_and_agreed_to_by_another(
    page: Page, here: World, chromium: Browser, console: str
) -> None:
    page.goto("/reconciliations/customers")
    row = page.get_by_role("row").filter(has_text=here.broken["us"]).first
    row.get_by_text("how").click()
    row.get_by_label("Reason").fill("lost in the mail")
    row.get_by_role("button", name="Write off").click()
    mine = page.get_by_role("row").filter(has_text="lost in the mail")
    expect(mine).to_contain_text("needs a second person")
    expect(mine.get_by_role("button", name="Agree")).to_have_count(0)
    context = chromium.new_context(base_url=console)
    context.set_default_timeout(PATIENT)
    second = context.new_page()
    log_in(second, "approver")
    second.goto("/reconciliations/customers")
    theirs = second.get_by_role("row").filter(has_text="lost in the mail")
    theirs.get_by_role("button", name="Agree").click()
    expect(theirs).to_contain_text("agreed by approver")
    context.close()


def test_who_owns_a_field_is_two_clicks_away(page: Page) -> None:
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Ownership").click()
    page.get_by_role("link", name="name", exact=True).click()
    expect(page.get_by_role("heading", name="Who owns customer.name?")).to_be_visible()
    expect(page.get_by_text("is the authority").first).to_be_visible()


def test_a_transaction_under_way_refreshes_itself(page: Page, here: World) -> None:
    page.goto(f"/transactions/{here.run['de']}")
    expect(page.get_by_text("a word that comes later")).to_have_count(0)
    here.say(here.run["de"], "run.amended", {}, message="a word that comes later")
    expect(page.get_by_text("a word that comes later")).to_be_visible()


def test_logging_out_leaves_nothing_to_go_back_to(page: Page) -> None:
    page.goto("/cases")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_every_page_can_be_read_and_used_by_everybody(
    page: Page, here: World, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 844})
    wrong: dict[str, list[str]] = {}
    for door in DOORS:
        if door.kind is Kind.PAGE and not door.mutating:
            page.goto(address(door, ROWS[door.name], here, "de"))
            found = page.evaluate(ACCESSIBLE)
            if found:
                wrong[door.name] = found[:5]
    assert wrong == {}


def test_what_is_measured_is_noticed_when_it_is_wrong(page: Page) -> None:
    page.goto("/cases")
    page.evaluate(SPOILT)
    said = " ".join(page.evaluate(ACCESSIBLE))
    for fault in ("contrast", "no label", "no name", "no caption", "an id stands twice"):
        assert fault in said
