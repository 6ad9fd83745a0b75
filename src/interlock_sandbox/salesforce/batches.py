"""The HTTP side of calls that carry many records or many calls."""

from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from interlock_sandbox.salesforce.collections import Collections
from interlock_sandbox.salesforce.composite import Composite
from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.salesforce.records import Org
from interlock_sandbox.salesforce.sessions import Sessions
from interlock_sandbox.salesforce.transactions import undo_of
from interlock_sandbox.wire import dump, load
from interlock_sandbox.world import World, answer

Endpoint = Callable[[Request], Awaitable[Response]]
INNER: Final[ContextVar[bool]] = ContextVar("inner", default=False)
"""Whether a call is part of another, which was let in and counted."""
_PATH: Final = "/services/data/{version}/composite"


class Batches:
    """Collections and composite, behind HTTP."""

    def __init__(self, world: World, org: Org, sessions: Sessions) -> None:
        self._world = world
        self._sessions = sessions
        self._collections = Collections(world, org)
        self.app: ASGIApp | None = None
        """The vendor itself, which a composite asks."""

    def routes(self, guarded: Callable[[Endpoint], Endpoint]) -> list[BaseRoute]:
        """Return the routes, each for those who are let in."""
        many = f"{_PATH}/sobjects"
        calls: list[tuple[str, Endpoint, str]] = [
            (_PATH, self.composite, "POST"),
            (many, self.create, "POST"),
            (many, self.update, "PATCH"),
            (many, self.delete, "DELETE"),
            (f"{many}/{{obj}}", self.retrieve, "GET"),
            (f"{many}/{{obj}}", self.retrieve, "POST"),
            (f"{many}/{{obj}}/{{field}}", self.upsert, "PATCH"),
        ]
        return [
            Route(path, guarded(call), methods=[method])
            for each, call, method in calls
            for path in (f"{each}/", each)
        ]

    async def create(self, request: Request) -> Response:
        """Make many records."""
        return self._answer(self._collections.create(await _body(request)))

    async def update(self, request: Request) -> Response:
        """Change many records."""
        return self._answer(self._collections.update(await _body(request)))

    async def upsert(self, request: Request) -> Response:
        """Make or change many records by an external id."""
        obj, field = str(request.path_params["obj"]), str(request.path_params["field"])
        return self._answer(self._collections.upsert(obj, field, await _body(request)))

    async def delete(self, request: Request) -> Response:
        """Delete many records."""
        refs = [ref for ref in request.query_params.get("ids", "").split(",") if ref]
        all_or_none = request.query_params.get("allOrNone") == "true"
        return self._answer(self._collections.delete(refs, all_or_none=all_or_none))

    async def retrieve(self, request: Request) -> Response:
        """Show many records."""
        obj = str(request.path_params["obj"])
        if request.method == "POST":
            body = await _body(request)
            refs, names = list(body.get("ids", ())), list(body.get("fields", ()))
        else:
            query = request.query_params
            refs, names = (query.get(each, "").split(",") for each in ("ids", "fields"))
        return self._answer(self._collections.retrieve(obj, refs, names))

    async def composite(self, request: Request) -> Response:
        """Make many calls."""
        body = await _body(request)
        undo = undo_of(self._world) if body.get("allOrNone") is True else None
        ask = self._asking(request.headers.get("authorization", ""))
        found = await Composite(ask=ask).answer(body)
        halted = any(each["httpStatusCode"] >= 400 for each in found["compositeResponse"])  # noqa: PLR2004 (an error)
        if undo and halted:
            undo()
        return self._answer(found)

    def _asking(
        self, authorization: str
    ) -> Callable[[str, str, object], Awaitable[tuple[int, Mapping[str, str], Any]]]:
        async def ask(method: str, url: str, body: object) -> tuple[int, Mapping[str, str], Any]:
            app = self.app
            itself = url.partition("?")[0].rstrip("/").endswith("/composite")
            if app is None or itself or not url.startswith("/services/data/"):
                raise refused("INVALID_SUBREQUEST", f"not possible in a composite: {url}")
            inner = INNER.set(True)
            try:
                transport = httpx2.ASGITransport(app)
                async with httpx2.AsyncClient(transport=transport) as client:
                    told = await client.request(
                        method,
                        f"http://vendor{url}",
                        content=dump(body) if body is not None else b"",
                        headers={"Authorization": authorization},
                    )
            finally:
                INNER.reset(inner)
            headers = {"Location": told.headers["location"]} if "location" in told.headers else {}
            return told.status_code, headers, load(told.content) if told.content else None

        return ask

    def _answer(self, value: object) -> Response:
        return answer(value, 200, self._sessions.headers())


async def _body(request: Request) -> Mapping[str, Any]:
    try:
        found = load(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refused("JSON_PARSER_ERROR", "The HTTP entity body is required.")
    return found
