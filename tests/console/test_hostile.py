"""What vendors wrote, and what strangers send: shown as text, refused in words, never a fault."""

import csv
import io
import re

import pytest

from interlock.console.catalogue import DOORS
from interlock.console.door import Kind
from interlock.console.export import cell
from tests.console.browser import Browser
from tests.console.conftest import Opened
from tests.console.rows import ROWS, About
from tests.console.test_every_door import address
from tests.console.world import World

NONSENSE = (
    "after=x",
    "after=W10",
    "after=WzEsMl0",
    "after=" + "A" * 500,
    "after=a&after=b",
    "after=%ff%fe",
    "after=WzFlOTk5LCAieCJd",
    "limit=0",
    "limit=-1",
    "limit=1e9",
    "limit=٣",
    "limit=999",
    "limit=%00",
    "state=x&due=x",
    "stage=x",
)
CANARY = "<img src=x onerror=alert(1)>\"'`{{7*7}}<script>alert(2)</script>"
FORMULA = '=HYPERLINK("http://evil")'


@pytest.fixture
def poisoned(here: World) -> World:
    """Vendors wrote the canary into every field that they can."""
    key, run = CANARY[:60], "run_poison"
    here.start(run, key, "de")
    payload: dict[str, object] = {"name": CANARY, "lines": [{"memo": CANARY}]}
    here.send(run, payload, kind=CANARY, message=CANARY, code=CANARY, ref=CANARY)
    here.case["poison"] = here.park(run, key, "de", kind=CANARY, message=CANARY, remedy=CANARY)
    here.run["poison"] = run
    here.file_break("Bpoison", "de")
    here.say("reconciliation:customers", "reconciliation.done", {}, verdict=CANARY, as_of=CANARY,
             breaks={CANARY: 1}, records={CANARY: 1}, opened=CANARY, healed=CANARY,
             troubles=[CANARY])  # fmt: skip
    return here


def test_what_vendors_wrote_is_text_on_every_page(poisoned: World, logged_in: Opened) -> None:
    seen = 0
    for who in ("operator", "auditor", "administrator"):
        browser = logged_in(who)
        for door in DOORS:
            row = ROWS[door.name]
            if door.kind is not Kind.PAGE or door.mutating:
                continue
            for entity in ("de", "poison"):
                if row.about is About.ENTITY and entity == "de":
                    continue
                reply = browser.get(address(door, row, poisoned, entity))
                assert "<img src=x" not in reply.text, door.name
                assert "<script>alert" not in reply.text, door.name
                assert "49<script" not in reply.text, door.name
                seen += "&lt;img src=x onerror" in reply.text
    assert seen >= 8, "the canary is really shown"


@pytest.mark.parametrize(
    "path",
    [
        "/transactions?q={}",
        "/cases?cause={}",
        "/cases?owner={}",
        "/ownership?entity={}",
        "/cases/{}",
        "/login?next=/{}",
    ],
)
def test_what_is_asked_for_comes_back_as_text(logged_in: Opened, path: str) -> None:
    from urllib.parse import quote

    browser = logged_in("operator")
    reply = browser.get(path.format(quote(CANARY, safe="")))
    assert reply.status in {200, 303, 400, 404}
    assert "<img src=x" not in reply.text


def test_a_correction_shows_what_was_typed_as_text(here: World, logged_in: Opened) -> None:
    browser = logged_in("operator")
    form = {"csrf": browser.csrf(), "new:customer.name": CANARY, "field": "customer.x",
            "value": CANARY}  # fmt: skip
    reply = browser.post(f"/cases/{here.case['de']}/correct", form)
    assert reply.status == 200
    assert "&lt;img" in reply.text
    assert "<img src=x" not in reply.text


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "|cmd", "%0A", "＝1"],  # noqa: RUF001
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "INV-1", "1-2", "a=b", "Müller & Söhne"])
def test_a_cell_that_is_none_stays_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_exports_show_formulas_and_calculate_none(here: World, logged_in: Opened) -> None:
    here.start("run_f", FORMULA, "de")
    here.park("run_f", FORMULA, "de", message=FORMULA)
    browser = logged_in("operator")
    for path in ("/cases?format=csv", "/transactions?format=csv"):
        reply = browser.get(path)
        assert "attachment" in reply.headers["content-disposition"]
        rows = list(csv.reader(io.StringIO(reply.text.removeprefix("\ufeff"))))
        cells = [each for row in rows for each in row]
        assert f"'{FORMULA}" in cells
        assert not [each for each in cells if each.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    "path",
    [
        "/cases",
        "/transactions",
        "/api/v1/cases",
        "/api/v1/transactions",
        "/reconciliations/customers",
    ],
)
def test_what_makes_no_sense_is_refused_in_words(
    here: World, logged_in: Opened, path: str
) -> None:
    browser, token = logged_in("operator"), here.token("operator")
    for query in NONSENSE:
        url = f"{path}?{query}"
        reply = browser.call("GET", url, token) if "/api/" in path else browser.get(url)
        assert reply.status in {200, 400}, query
        if reply.status == 400 and "/api/" in path:
            assert reply.json()["type"] == "urn:interlock:problem:malformed"
        if query.startswith(("after=", "limit=")):
            assert reply.status == 400, query


def test_an_address_or_a_body_without_end_is_not_read(here: World, logged_in: Opened) -> None:
    browser, token = logged_in("operator"), here.token("operator")
    assert browser.get("/transactions?q=" + "x" * 9_000).status == 414
    big = {"csrf": browser.csrf(), "text": "x" * 70_000}
    assert browser.post(f"/cases/{here.case['de']}/comment", big).status == 413
    path = f"/api/v1/cases/{here.case['de']}/comments"
    assert browser.call("POST", path, token, {"text": "x" * 70_000}).status == 413


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"1", b"null", b'{"to": 1}', b'{"to": ""}', b'{"to": "a", "to": "b"}',
     b'{"to": "a", "assignee": "b"}', b'{"to": NaN}', b"\xff\xfe", b"[" * 60_000,
     b'{"to": "' + b"x" * 300 + b'"}'],
    ids=lambda body: str(body[:20]),
)  # fmt: skip
def test_a_body_that_is_not_what_is_asked_for_is_refused(
    here: World, browser: Browser, body: bytes
) -> None:
    headers = [
        ("authorization", f"Bearer {here.token('operator')}"),
        ("content-type", "application/json"),
        ("idempotency-key", "k"),
    ]
    reply = browser.send("POST", f"/api/v1/cases/{here.case['de']}/assignment", body, headers)
    assert reply.status == 400
    assert reply.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_another_kind_of_body_is_refused(here: World, logged_in: Opened, kind: str) -> None:
    browser = logged_in("operator")
    reply = browser.post(f"/cases/{here.case['de']}/assign", {}, ("content-type", kind))
    assert reply.status == 415


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer ilk_x",
        "bearer \x00",
        "Bearer " + "x" * 7_000,
    ],
)
def test_what_is_no_token_opens_nothing(browser: Browser, authorization: str) -> None:
    reply = browser.send("GET", "/api/v1/cases", b"", [("authorization", authorization)])
    assert reply.status == 401
    assert reply.headers["www-authenticate"] == "Bearer"


def test_a_fault_of_ours_says_nothing_of_how(
    here: World, logged_in: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = logged_in("operator")
    monkeypatch.setattr(type(here.desk), "report", lambda _: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        browser.get("/estate")


def test_no_secret_is_on_any_page(here: World, logged_in: Opened) -> None:
    token = here.token("operator")
    with here.store.database.transaction() as connection:
        from interlock.access import store

        kept = [store.get(connection, "operator").password, token.rpartition("_")[2]]
    for who in ("operator", "auditor", "administrator"):
        browser = logged_in(who)
        for door in DOORS:
            if door.mutating or door.kind is not Kind.PAGE:
                continue
            text = browser.get(address(door, ROWS[door.name], here, "de")).text
            assert [each for each in kept if each in text] == []
            assert not re.search(r"\$argon2", text)
