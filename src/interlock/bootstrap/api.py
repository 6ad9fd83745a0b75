"""The door for users' programs: ``POST /api/API/OPERATION``, and the status of each call.

A call is answered at once (202) with where to ask for it. It is held for its outcome only where
the estate lets it and nothing financial depends on it (`estate.latency`).
"""

import asyncio
import hmac
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock.bootstrap.bodies import bounded
from interlock.bootstrap.house import House
from interlock.estate.estate import Estate
from interlock.estate.kinds.api import Api
from interlock.estate.latency import LatencyClass
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.intake.api import problems
from interlock.intake.api.call import LARGEST, ApiCall, Asked, key_of, ref_of
from interlock.intake.api.counter import ACCEPTED, Counter, Taken
from interlock.intake.api.dispatch import Dispatcher, Records
from interlock.intake.api.problems import MEDIA_TYPE, Problem
from interlock.intake.api.rate import spend
from interlock.intake.api.state import Sight, retry_after, sight, status_of

SHORTEST_TOKEN: Final = 24
LOOK_AGAIN: Final = 0.05
"""Seconds between two looks at a call that is held."""
DONE: Final = 200
_BEARER: Final = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]{1,512})")
_WAIT: Final = re.compile(r"(?:^|[,;\s])wait\s*=\s*([0-9]{1,6})(?:$|[,;\s])")


class Refused(Exception):  # noqa: N818 (said to a caller)
    """A call is not taken."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.title)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who calls, and what it may call."""

    api: Api
    name: str
    estate: Estate


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiDoor:
    """Answers callers."""

    house: House
    counter: Counter
    handed_in: threading.Event = field(default_factory=threading.Event)

    def routes(self) -> list[Route]:
        """Return where it is."""
        return [
            Route("/api/{api}/requests/{id}", self.status, methods=["GET"]),
            Route("/api/{api}/{operation}", self.call, methods=["POST"]),
        ]

    async def call(self, request: Request) -> Response:
        """Take a call."""

        async def taken(caller: Caller) -> Response:
            return await self._answer(request, caller, await self._asked(request, caller))

        return await self._at_rate(request, taken)

    async def status(self, request: Request) -> Response:
        """Tell what became of a call, to the caller whose it is."""

        async def told(caller: Caller) -> Response:
            found = await run_in_threadpool(self._own, caller, str(request.path_params["id"]))
            seen, body = await run_in_threadpool(self._seen, caller.estate, found)
            return _json(DONE, json.dumps(body), _later(seen))

        return await self._at_rate(request, told)

    async def _at_rate(
        self, request: Request, answer: Callable[[Caller], Awaitable[Response]]
    ) -> Response:
        """Answer a caller who may call now; tell each what is left of its rate."""
        headers: dict[str, str] = {}
        try:
            caller = await run_in_threadpool(self._caller, request)
            store = self.house.store
            spent = await run_in_threadpool(
                spend, store.database, store.clock, caller.api, caller.name
            )
            headers = spent.headers if spent else {}
            if spent is not None and not spent.allowed:
                raise Refused(problems.too_often(spent.ends_in))  # noqa: TRY301 (answered below)
            response = await answer(caller)
        except Refused as refused:
            response = _refusal(refused.problem)
        except UnavailableError:
            response = _refusal(problems.busy(1))
        response.headers.update(headers)
        return response

    def _own(self, caller: Caller, identity: str) -> ApiCall:
        found = self.counter.get(identity)
        if found is None or (found.api, found.caller) != (caller.api.name, caller.name):
            raise Refused(problems.unknown_call())
        return found

    def _caller(self, request: Request) -> Caller:
        estate = self.house.store.archive.current()
        api = estate.apis.get(str(request.path_params["api"]))
        if api is None:
            raise Refused(problems.unknown_operation())
        given = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
        try:
            tokens = self.house.store.settings.secret(api.spec.callers)
        except UsageError:
            tokens = {}
        usable = {name: token for name, token in tokens.items() if len(token) >= SHORTEST_TOKEN}
        if not usable:
            raise Refused(problems.unusable())
        name = None if given is None else _owner(usable, given[1])
        if name is None:
            raise Refused(problems.unauthorised())
        return Caller(api=api, name=name, estate=estate)

    async def _asked(self, request: Request, caller: Caller) -> Asked:
        operation = str(request.path_params["operation"])
        if operation not in caller.api.spec.operations:
            raise Refused(problems.unknown_operation())
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Refused(problems.wrong_type())
        # Two keys are none: which of them another reader would take is not known.
        key = key_of(", ".join(request.headers.getlist("idempotency-key")))
        if isinstance(key, Problem):
            raise Refused(key)
        body = await bounded(request, LARGEST)
        if body is None:
            raise Refused(problems.too_large(LARGEST))
        ref = ref_of(body)
        if isinstance(ref, Problem):
            raise Refused(ref)
        return Asked(
            api=caller.api.name, operation=operation, caller=caller.name, key=key, ref=ref
        )

    async def _answer(self, request: Request, caller: Caller, asked: Asked) -> Response:
        operation = caller.api.spec.operations[asked.operation]
        seen = sight(caller.estate, operation.integration)
        hold = hold_of(operation.wait, seen, request.headers.getlist("prefer"))
        taken = await run_in_threadpool(self.counter.take, caller.api, asked, seen, hold)
        if isinstance(taken, Problem):
            raise Refused(taken)
        self.handed_in.set()
        code, body = taken.first or await self._first(caller, taken, hold)
        replayed = {} if taken.new else {"idempotent-replayed": "true"}
        later = {"retry-after": "1"} if code == ACCEPTED else {}
        return _json(code, body, {"location": taken.call.url, **later, **replayed})

    async def _first(self, caller: Caller, taken: Taken, hold: timedelta) -> tuple[int, str]:
        """Hold a new call for its outcome, as long as it may be; then answer it for good."""
        clock = self.house.store.clock
        until = clock.now() + (hold if taken.new else timedelta())
        while True:
            found = await run_in_threadpool(self.counter.get, taken.call.id)
            status, body = await run_in_threadpool(self._seen, caller.estate, found or taken.call)
            final = retry_after(status) is None
            if final or status == "needs-decision" or clock.now() >= until:
                code = DONE if final else ACCEPTED
                return await run_in_threadpool(self.counter.answered, taken.call, code, body)
            await asyncio.sleep(LOOK_AGAIN)

    def _seen(self, estate: Estate, call: ApiCall) -> tuple[str, dict[str, object]]:
        run = None if call.run is None else self.house.store.runs.find(call.run)
        return status_of(call, run), sight(estate, call.integration).document(call, run)


def hold_of(wait: timedelta | None, seen: Sight, prefer: list[str]) -> timedelta:
    """Return how long a call is held: as the estate lets it and the caller prefers (RFC 7240).

    Never where the books, an event or a person is involved, whatever the estate says.
    """
    latency = seen.latency
    if wait is None or latency is None or latency.found is not LatencyClass.INTERACTIVE:
        return timedelta()
    wished = ", ".join(prefer).lower()
    found = _WAIT.search(wished)
    if found is not None:
        return min(wait, timedelta(seconds=int(found[1])))
    return timedelta() if "respond-async" in wished else wait


def _owner(tokens: Mapping[str, str], given: str) -> str | None:
    """Return whose token it is; every one is compared, so that time tells nothing."""
    mine = [
        name
        for name, token in tokens.items()
        if hmac.compare_digest(token.encode(), given.encode())
    ]
    return mine[0] if mine else None


def _later(status: str) -> dict[str, str]:
    seconds = retry_after(status)
    return {} if seconds is None else {"retry-after": str(seconds)}


def _refusal(problem: Problem) -> Response:
    headers = {} if problem.retry_after is None else {"retry-after": str(problem.retry_after)}
    if problem.status == problems.unauthorised().status:
        headers["www-authenticate"] = "Bearer"
    return _json(problem.status, json.dumps(problem.document()), headers, MEDIA_TYPE)


def _json(
    status: int, body: str, headers: Mapping[str, str], kind: str = "application/json"
) -> Response:
    return Response(body, status, {"cache-control": "no-store", **headers}, media_type=kind)


def door(house: House) -> ApiDoor:
    """Return the door of a house."""
    store = house.store
    counter = Counter(database=store.database, clock=store.clock, ids=store.ids)
    return ApiDoor(house=house, counter=counter)


@contextmanager
def dispatching(
    house: House, handed_in: threading.Event, records: Records | None = None
) -> Iterator[None]:
    """Turn calls into runs in a thread until the end of the block."""
    store = house.store
    dispatcher = Dispatcher(
        database=store.database,
        archive=store.archive,
        records=records or house.gate,
        clock=store.clock,
    )
    stop = threading.Event()
    thread = threading.Thread(
        target=dispatcher.run, args=(stop, handed_in), name="dispatch", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        stop.set()
        handed_in.set()
        thread.join(5)
