"""Who may come through a door: name, size, person, right, form, rate; asked in this order."""

import json
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from interlock.access import commands
from interlock.access.session import same
from interlock.bootstrap.bodies import bounded
from interlock.console.desk import Desk
from interlock.console.door import Door, Kind, RefusalError, Viewer, forbidden, malformed
from interlock.estate.kinds.api import Rate
from interlock.intake.api import problems
from interlock.intake.api.problems import Problem
from interlock.intake.api.rate import spend_of

LARGEST_BODY: Final = 65_536
LONGEST_URL: Final = 8_192
MOST_FIELDS: Final = 1_000
RATE: Final = Rate(calls=600)
"""Of one account, in a minute, over all its tokens and browsers."""
NOBODY: Final = Viewer(name="", grants=(), acts=frozenset())
Values = Mapping[str, Sequence[str]]


def cookie_name(desk: Desk, name: str = "session") -> str:
    """Return what a cookie is called: by TLS no other host and no plain page can set it."""
    return f"__Host-interlock-{name}" if desk.secure else f"interlock-{name}"


def origin_of(desk: Desk, request: Request) -> str:
    """Return where this console is, as browsers say it."""
    scheme = "https" if desk.secure else "http"
    return f"{scheme}://{request.headers.get('host', '')}"


def known_host(desk: Desk, request: Request) -> None:
    """Refuse a name that is not ours.

    Raises:
        RefusalError: It is another's: a page of theirs would be read as ours.
    """
    if request.headers.get("host", "").lower() not in desk.hosts:
        raise RefusalError(
            Problem(
                name="wrong-host",
                status=421,
                title="This is not the console of that address",
                detail="Open it by the address that `interlock console` printed.",
            )
        )


def query_of(request: Request) -> Values:
    """Return the words of the address.

    Raises:
        RefusalError: They are too many, or no text.
    """
    raw = request.scope.get("query_string", b"")
    if len(raw) + len(request.scope.get("raw_path", b"")) > LONGEST_URL:
        raise RefusalError(Problem(name="too-long", status=414, title="The address is too long"))
    return _words(raw)


def _words(raw: bytes) -> Values:
    try:
        return parse_qs(
            raw.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=False,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise RefusalError(malformed("It is not what a form sends.")) from error


async def viewer_of(desk: Desk, door: Door, request: Request) -> Viewer:
    """Return who asks.

    Raises:
        RefusalError: Nobody who is known; at a page the answer is the log-in.
    """
    if door.kind is Kind.API and request.headers.get("authorization"):
        return await _program(desk, request)
    secret = request.cookies.get(cookie_name(desk), "")
    awake = request.headers.get("hx-request") != "true" or door.mutating
    found = None
    if 0 < len(secret) < LONGEST_URL:
        found = await run_in_threadpool(commands.who, desk.access, secret, awake=awake)
    if found is None:
        raise RefusalError(problems.unauthorised(), {"www-authenticate": "Bearer"})
    account, session = found
    return Viewer(name=account.name, grants=account.grants, session=session)


async def _program(desk: Desk, request: Request) -> Viewer:
    scheme, _, text = request.headers["authorization"].partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = await run_in_threadpool(commands.bearer, desk.access, text.strip())
    if found is None:
        raise RefusalError(problems.unauthorised(), {"www-authenticate": "Bearer"})
    account, token = found
    return Viewer(name=account.name, grants=account.grants, acts=token.acts)


def may_enter(door: Door, viewer: Viewer) -> None:
    """Refuse who may not do this on anything at all.

    Raises:
        RefusalError: It is not granted anywhere.
    """
    if door.act is not None and not viewer.may(door.act):
        raise forbidden(door.act)


def own_page(desk: Desk, request: Request) -> None:
    """Refuse what a page of somebody else made a browser send.

    Raises:
        RefusalError: The browser says that it comes from elsewhere.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    if site != "same-origin" or (origin is not None and origin != origin_of(desk, request)):
        raise _forged()


def own_form(viewer: Viewer, request: Request, form: Values) -> None:
    """Refuse a form that did not come from a page of this session.

    Raises:
        RefusalError: It lacks what only our pages know.
    """
    given = form.get("csrf", [""])[0] or request.headers.get("x-csrf-token", "")
    if viewer.session is not None and not same(viewer.session.csrf, given):
        raise _forged()


def _forged() -> RefusalError:
    return RefusalError(
        Problem(
            name="forged",
            status=403,
            title="This did not come from a page of this console",
            detail="Nothing was done. Open the page again and repeat it there.",
        )
    )


async def form_of(request: Request) -> Values:
    """Return what a form sent.

    Raises:
        RefusalError: It is too large, or no form.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise RefusalError(
            Problem(name="wrong-type", status=415, title="This takes what a form sends")
        )
    return _words(await _body(request))


async def json_of(request: Request) -> tuple[bytes, Mapping[str, object]]:
    """Return what a program sent, as it was and read.

    Raises:
        RefusalError: It is too large, or no JSON object.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RefusalError(problems.wrong_type())
    raw = await _body(request)
    try:
        found = json.loads(raw, object_pairs_hook=_once, parse_float=str, parse_constant=_no)
    except (ValueError, RecursionError) as error:
        raise RefusalError(problems.malformed("It is no JSON.")) from error
    if not isinstance(found, dict):
        raise RefusalError(problems.malformed("Send one JSON object."))
    return raw, found


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no(word: str) -> object:
    raise ValueError(word)


async def _body(request: Request) -> bytes:
    raw = await bounded(request, LARGEST_BODY)
    if raw is None:
        raise RefusalError(problems.too_large(LARGEST_BODY))
    return raw


async def at_rate(desk: Desk, viewer: Viewer) -> dict[str, str]:
    """Count a call; return what the caller is told about its rate.

    Raises:
        RefusalError: It calls too often.
    """
    store = desk.store
    spent = await run_in_threadpool(
        spend_of, store.database, store.clock, ("console", viewer.name), RATE
    )
    if not spent.allowed:
        problem = problems.too_often(spent.ends_in)
        raise RefusalError(problem, {**spent.headers, "retry-after": str(spent.ends_in)})
    return spent.headers
