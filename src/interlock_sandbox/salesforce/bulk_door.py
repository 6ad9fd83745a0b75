"""The HTTP side of Bulk API 2.0."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from interlock_sandbox.salesforce.bulk import Bulk, Job, sheet
from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.salesforce.sessions import Sessions
from interlock_sandbox.wire import load
from interlock_sandbox.world import answer

Endpoint = Callable[[Request], Awaitable[Response]]
PAGE: Final = 50_000
_PATH: Final = "/services/data/{version}/jobs"


class BulkDoor:
    """Jobs, behind HTTP."""

    def __init__(self, bulk: Bulk, sessions: Sessions) -> None:
        self._bulk = bulk
        self._sessions = sessions

    def routes(self, guarded: Callable[[Endpoint], Endpoint]) -> list[BaseRoute]:
        """Return the routes, each for those who are let in."""
        ingest, query = f"{_PATH}/ingest", f"{_PATH}/query"
        job = f"{ingest}/{{job}}"
        calls: list[tuple[str, Endpoint, str]] = [
            (ingest, self.open, "POST"),
            (job, self.ingest, "GET"),
            (job, self.turn, "PATCH"),
            (f"{job}/batches", self.upload, "PUT"),
            (f"{job}/successfulResults", self.results, "GET"),
            (f"{job}/failedResults", self.results, "GET"),
            (f"{job}/unprocessedrecords", self.results, "GET"),
            (query, self.ask, "POST"),
            (f"{query}/{{job}}", self.query, "GET"),
            (f"{query}/{{job}}/results", self.page, "GET"),
        ]
        return [
            Route(path, guarded(call), methods=[method])
            for each, call, method in calls
            for path in (f"{each}/", each)
        ]

    async def open(self, request: Request) -> Response:
        """Open an ingest job."""
        return self._shown(request, self._bulk.open(await _body(request)))

    async def ask(self, request: Request) -> Response:
        """Open a query job."""
        return self._shown(request, self._bulk.ask(await _body(request)))

    async def ingest(self, request: Request) -> Response:
        """Show an ingest job."""
        return self._shown(request, self._job("ingest", request))

    async def query(self, request: Request) -> Response:
        """Show a query job."""
        return self._shown(request, self._job("query", request))

    async def upload(self, request: Request) -> Response:
        """Take the rows of a job."""
        self._bulk.upload(self._job("ingest", request), await request.body())
        return Response(None, 201, self._sessions.headers())

    async def turn(self, request: Request) -> Response:
        """Close or abort a job."""
        job = self._job("ingest", request)
        self._bulk.turn(job, str((await _body(request)).get("state")))
        return self._shown(request, job)

    async def results(self, request: Request) -> Response:
        """Show one part of what became of a job's rows."""
        job = self._job("ingest", request)
        part = request.url.path.rstrip("/").rpartition("/")[2]
        rows = {"successfulResults": job.done, "failedResults": job.failed}.get(part, job.left)
        return self._csv(sheet(rows), {})

    async def page(self, request: Request) -> Response:
        """Show a page of what a query found."""
        query = request.query_params
        start = query.get("locator") or "0"
        most = min(int(query.get("maxRecords", PAGE)), PAGE)
        if not start.isdigit():
            raise refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        text, locator, count = self._bulk.page(self._job("query", request), int(start), most)
        more = {"Sforce-Locator": locator, "Sforce-NumberOfRecords": str(count)}
        return self._csv(text, more)

    def _job(self, kind: str, request: Request) -> Job:
        return self._bulk.find(kind, str(request.path_params["job"]))

    def _shown(self, request: Request, job: Job) -> Response:
        shown = job.shown(str(request.path_params["version"]))
        return answer(shown, 200, self._sessions.headers())

    def _csv(self, text: str, more: dict[str, str]) -> Response:
        headers = {**self._sessions.headers(), **more}
        return Response(text, 200, headers, media_type="text/csv")


async def _body(request: Request) -> dict[str, Any]:
    try:
        found = load(await request.body())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refused("JSON_PARSER_ERROR", "The HTTP entity body is required.")
    return found
