"""What every answer says to the browser, and that nothing of ours needs more than that allows."""

import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from interlock.console.catalogue import DOORS
from interlock.console.door import Door, Kind
from tests.console.browser import Browser
from tests.console.conftest import Opened
from tests.console.rows import ROWS
from tests.console.test_every_door import address
from tests.console.world import World, world

SNAPSHOT = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; font-src 'self'; object-src 'none'; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
}
TEMPLATES = sorted(
    (each.name, each.read_text("utf-8"))
    for each in resources.files("interlock.console").joinpath("templates").iterdir()
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One installation for all of these: nothing of it is changed."""
    with world(tmp_path_factory.mktemp("home")) as made:
        yield made


@pytest.mark.parametrize("door", DOORS, ids=lambda door: str(door.name))
def test_every_door_answers_with_every_header(here: World, logged_in: Opened, door: Door) -> None:
    browser = logged_in("operator")
    path = address(door, ROWS[door.name], here, "de")
    reply = browser.send(door.method, path, b"")
    assert {name: reply.headers.get(name) for name in SNAPSHOT} == SNAPSHOT
    assert "server" not in reply.headers
    if door.kind is Kind.PAGE and not door.mutating and reply.status == 200:
        assert "html" in reply.headers["content-type"]


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/v1/nothing", "/cases/", "/static/0/console.css"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_what_there_is_no_door_for_answers_with_them_too(
    browser: Browser, path: str, method: str
) -> None:
    reply = browser.send(method, path, b"")
    assert reply.status in {303, 404, 405, 307}
    assert {name: reply.headers.get(name) for name in SNAPSHOT} == SNAPSHOT


def test_the_look_of_the_pages_is_kept_because_its_address_changes(browser: Browser) -> None:
    found = re.findall(
        r'(?:href|src)="(/static/[^"]+)"', browser.get("/login").text
    ) or re.findall(r'(?:href|src)="(/static/[^"]+)"', browser.get("/login").text)
    assert len(set(found)) == 4
    for path in found:
        reply = browser.get(path)
        assert reply.status == 200
        assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert reply.headers["content-security-policy"] == SNAPSHOT["content-security-policy"]


@pytest.mark.parametrize(("name", "text"), TEMPLATES, ids=lambda value: value[:30])
def test_no_page_has_a_script_a_style_or_an_address_that_the_policy_forbids(
    name: str, text: str
) -> None:
    bare = re.sub(r"\{[%{].*?[%}]\}", "", text, flags=re.DOTALL)
    assert re.findall(r"\s(on\w+|style)\s*=", bare) == [], name
    assert re.findall(r"<(script|style)(?![^>]*\ssrc=)[^>]*>", text) == [], name
    assert re.findall(r"""["'(](?:https?:)?//""", text) == [], name
    assert "| safe" not in text
    assert "autoescape" not in text


def test_by_tls_cookies_belong_to_this_host_alone(tmp_path: Path) -> None:
    with world(tmp_path, secure=True) as here:
        browser = Browser(here.desk)
        reply = browser.log_in("operator")
        browser.close()
    [cookie] = [each for each in reply.cookies if "session" in each]
    assert cookie.startswith("__Host-interlock-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert reply.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_without_tls_the_cookie_is_still_out_of_reach_of_scripts(browser: Browser) -> None:
    [cookie] = [each for each in browser.log_in("operator").cookies if "session" in each]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))


def test_a_request_that_ends_twice_is_refused_and_its_line_closed(
    browser: Browser,
) -> None:
    twice = (("content-length", "4"), ("transfer-encoding", "chunked"))
    reply = browser.send("POST", "/login", b"name", twice)
    assert reply.status == 400
    assert reply.headers["connection"] == "close"
