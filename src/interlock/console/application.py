"""The console as an ASGI application: every request goes the same way through its door."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from urllib.parse import quote

import jsonschema_rs
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from interlock.bootstrap.bodies import HONEST
from interlock.console import guard, once
from interlock.console.catalogue import DOORS
from interlock.console.desk import Desk
from interlock.console.door import (
    Answer,
    Ask,
    Door,
    File,
    Json,
    Kind,
    Page,
    RefusalError,
    Viewer,
    malformed,
    not_there,
)
from interlock.console.headers import headers_of
from interlock.console.rendering import problem_response, response_of, shown
from interlock.foundation.errors import (
    InterlockError,
    RefusedError,
    UnavailableError,
    UsageError,
)
from interlock.intake.api.problems import Problem

_LOGIN: Final = "/login"
_STATUS: Final[tuple[tuple[type[InterlockError], int], ...]] = (
    (RefusedError, 409),
    (UsageError, 422),
    (UnavailableError, 503),
)
_UNAUTHORISED: Final = 401


def application(desk: Desk, doors: tuple[Door, ...] = DOORS) -> ASGIApp:
    """Return the console of an installation."""
    by_path: dict[str, list[Door]] = {}
    for door in doors:
        by_path.setdefault(door.path, []).append(door)
    routes = [
        Route(path, _endpoint(desk, there), methods=[door.method for door in there])
        for path, there in by_path.items()
    ]
    return _Headed(
        Starlette(
            routes=routes,
            middleware=HONEST,
            exception_handlers={
                HTTPException: _lost(desk),
                ClientDisconnect: _gone,
                Exception: _broken,
            },
        ),
        desk,
    )


class _Headed:
    """Says to the browser what every answer says."""

    def __init__(self, inner: ASGIApp, desk: Desk) -> None:
        self._inner = inner
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                forever = headers.get("x-forever") == "yes"
                del headers["x-forever"]
                del headers["server"]
                headers.update(headers_of(secure=self._desk.secure, forever=forever))
            await send(message)

        await self._inner(scope, receive, headed)


Endpoint = Callable[[Request], Awaitable[Response]]


def _endpoint(desk: Desk, there: list[Door]) -> Endpoint:
    by_method = {door.method: door for door in there}

    async def endpoint(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        return await _Visit(desk, by_method[method], request).answered()

    return endpoint


class _Visit:
    """One request at one door."""

    def __init__(self, desk: Desk, door: Door, request: Request) -> None:
        self._desk = desk
        self._door = door
        self._request = request
        self._viewer = guard.NOBODY
        self._told: dict[str, str] = {}

    async def answered(self) -> Response:
        try:
            response = await self._through()
        except RefusalError as refused:
            response = self._refused(refused)
        except InterlockError as error:
            response = self._refused(RefusalError(problem_of(error)))
        response.headers.update(self._told)
        return response

    async def _through(self) -> Response:
        desk, door, request = self._desk, self._door, self._request
        guard.known_host(desk, request)
        query = guard.query_of(request)
        if door.mutating and not request.headers.get("authorization"):
            guard.own_page(desk, request)
        if door.kind is not Kind.OPEN:
            self._viewer = await guard.viewer_of(desk, door, request)
            guard.may_enter(door, self._viewer)
            await run_in_threadpool(desk.look)
        ask = Ask(
            desk=desk,
            viewer=self._viewer,
            path={name: str(value) for name, value in request.path_params.items()},
            query=query,
            url=_address(request),
            cookie=request.cookies.get(guard.cookie_name(desk, "door"), ""),
        )
        if door.kind is Kind.API:
            return await self._program(ask)
        return await self._person(ask)

    async def _person(self, ask: Ask) -> Response:
        if self._door.mutating:
            form = await guard.form_of(self._request)
            guard.own_form(self._viewer, self._request, form)
            ask = _with(ask, form=form)
        found = await run_in_threadpool(self._door.handle, ask)
        response = await run_in_threadpool(response_of, ask, self._door, found)
        if isinstance(found, File) and found.forever:
            response.headers["x-forever"] = "yes"
        return response

    async def _program(self, ask: Ask) -> Response:
        self._told = await guard.at_rate(self._desk, self._viewer)
        if not self._door.mutating:
            found: Answer = await run_in_threadpool(self._door.handle, ask)
            return await run_in_threadpool(response_of, ask, self._door, found)
        guard.own_form(self._viewer, self._request, {})
        raw, body = await guard.json_of(self._request)
        if self._door.schema is not None:
            fits(self._door.schema, body)
        key = ", ".join(self._request.headers.getlist("idempotency-key"))
        url = f"{self._door.method} {self._request.url.path}"
        asked = once.asked_of(self._viewer.name, key, url.encode(), raw)
        ask = _with(ask, body=body)

        def work() -> Json:
            found = self._door.handle(ask)
            if not isinstance(found, Json):
                raise TypeError("an API call answers JSON")
            return found

        done = await run_in_threadpool(once.done_once, self._desk, asked, work)
        return response_of(ask, self._door, done)

    def _refused(self, refused: RefusalError) -> Response:
        problem, request = refused.problem, self._request
        if self._door.kind is Kind.API or self._door.path.startswith(("/healthz", "/readyz")):
            return problem_response(problem, refused.headers)
        if problem.status == _UNAUTHORISED:
            after = _address(request) if not self._door.mutating else "/"
            to = f"{_LOGIN}?next={quote(after, safe='')}"
            # A piece of a page that refreshes itself cannot become the log-in: all of it must.
            headers = (
                {"hx-redirect": to}
                if request.headers.get("hx-request") == "true"
                else {"location": to}
            )
            return Response(status_code=200 if "hx-redirect" in headers else 303, headers=headers)
        return _told_as_page(self._desk, self._door, self._viewer, problem, refused)


def _with(ask: Ask, **changes: object) -> Ask:
    from dataclasses import replace

    return replace(ask, **changes)  # type: ignore[arg-type]


def _address(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")


def fits(schema: Mapping[str, object], body: object) -> None:
    """Refuse a body that is not what a door takes.

    Raises:
        RefusalError: Says where and why; never what was sent.
    """
    for error in jsonschema_rs.validator_for(dict(schema)).iter_errors(body):
        where = "/".join(map(str, error.instance_path))
        raise RefusalError(malformed(f"{where or 'the body'}: {error.kind.name}"))


def problem_of(error: InterlockError) -> Problem:
    """Return what went wrong as a caller is told it: what, and what to do next."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    return Problem(
        name={409: "refused", 422: "wrong-use", 503: "not-now"}.get(status, "broken"),
        status=status,
        title=error.what,
        detail=error.hint,
        retry_after=1 if status == 503 else None,  # noqa: PLR2004 (as above)
    )


def _told_as_page(
    desk: Desk, door: Door, viewer: Viewer, problem: Problem, refused: RefusalError | None = None
) -> Response:
    ask = Ask(desk=desk, viewer=viewer, path={}, query={})
    page = Page(template="problem.html", values={"problem": problem}, status=problem.status)
    headers = refused.headers if refused else {}
    return Response(shown(ask, door, page), problem.status, headers, "text/html")


def _lost(desk: Desk) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Answer what there is no door for; a program is told it as programs are."""

    async def lost(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        problem = not_there().problem
        if status == 405:  # noqa: PLR2004 (method not allowed)
            problem = Problem(name="method", status=405, title="That cannot be done here")
        if request.url.path.startswith("/api/"):
            return problem_response(problem, headers)
        refused = RefusalError(problem, headers)
        return _told_as_page(desk, DOORS[0], guard.NOBODY, problem, refused)

    return lost


async def _gone(_: Request, __: Exception) -> Response:
    return problem_response(malformed("It ended before it was whole."))


async def _broken(_: Request, __: Exception) -> Response:
    """Say that we are wrong, and nothing of how: that is in the log."""
    return problem_response(Problem(name="broken", status=500, title="Something is wrong here"))
