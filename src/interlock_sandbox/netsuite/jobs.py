"""Asynchronous requests: ``Prefer: respond-async`` answers 202 and works later.

Only here an ``X-NetSuite-Idempotency-Key`` counts: a second request under it is refused with 400
"Conflict" and the Location of the first job. Synchronous requests ignore it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from interlock_sandbox.netsuite.errors import NetSuiteError, missing
from interlock_sandbox.world import Record, World, answer

PATH: Final = "/services/rest/async/v1/job"
Work = Callable[[], Awaitable[Response]]


class Jobs:
    """The account's queue."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys: dict[str, str] = {}
        self._jobs: dict[str, Record] = {}
        self._results: dict[str, Response] = {}

    def start(self, key: str | None, work: Work) -> Response:
        """Accept work and do it within the vendor's bound."""
        if key is not None and key in self._keys:
            detail = "The idempotency key was already used by another request."
            error = NetSuiteError(400, "IDEMPOTENCY_ERROR", detail)
            error.title, error.headers = "Conflict", {"Location": f"{PATH}/{self._keys[key]}"}
            raise error
        ref = str(self._world.number())
        self._jobs[ref] = {"id": ref, "completed": False, "progress": "pending"}
        if key is not None:
            self._keys[key] = ref
        self._world.spawn(self._do(ref, work))
        headers = {"Location": f"{PATH}/{ref}", "Preference-Applied": "respond-async"}
        return Response(None, 202, headers)

    async def _do(self, ref: str, work: Work) -> None:
        share = self._world.faults.share("job", ref, 0)
        self._jobs[ref]["progress"] = "processing"
        await asyncio.sleep(share * self._world.bound_seconds)
        result = await work()
        self._results[ref] = result
        good = result.status_code < 400  # noqa: PLR2004 (HTTP: errors begin there)
        self._jobs[ref] |= {"completed": True, "progress": "succeeded" if good else "failed"}

    async def job(self, request: Request) -> Response:
        """Tell how far a job is."""
        return answer({"links": [], **self._existing(request)})

    async def tasks(self, request: Request) -> Response:
        """List the tasks of a job: a single request is one."""
        ref = self._existing(request)["id"]
        links = [{"rel": "self", "href": f"{PATH}/{ref}/task/1"}]
        items = [{"links": links, "id": "1"}]
        return answer({"links": [], "items": items, "count": 1, "hasMore": False, "offset": 0})

    async def task(self, request: Request) -> Response:
        """Tell how far the only task is."""
        return answer({"links": [], **self._existing(request), "id": "1"})

    async def result(self, request: Request) -> Response:
        """Repeat what the request was answered with, once it is done."""
        found = self._results.get(self._existing(request)["id"])
        if found is None:
            detail = "The result is not available until the task is completed."
            raise NetSuiteError(400, "USER_ERROR", detail)
        headers = {n: v for n, v in found.headers.items() if n in {"location", "content-type"}}
        return Response(bytes(found.body), found.status_code, headers)

    def _existing(self, request: Request) -> Record:
        ref = str(request.path_params["ref"])
        if ref not in self._jobs:
            raise missing(ref)
        return self._jobs[ref]
