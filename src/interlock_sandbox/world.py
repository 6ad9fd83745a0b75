"""One vendor's state: its ledger, its clock, its faults, its webhooks; and the control API.

The control API under ``/_sandbox`` is for demos, tests and oracles only; no connector knows it.
"""

import asyncio
import hashlib
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from interlock_sandbox.faults import MOST_PER_KEY, Faults
from interlock_sandbox.wire import dump, load

Record = dict[str, Any]
Seeder = Callable[[Mapping[str, Any]], Mapping[str, Any]]


@dataclass(slots=True)
class World:
    """What one simulated vendor knows."""

    vendor: str
    seed: int = 0
    bound_seconds: float = 0.8
    """The vendor's maximum request time: nothing is applied later than this after it arrived."""
    latency_seconds: float = 0.005
    faults: Faults = field(default_factory=lambda: Faults(0, {}))
    rng: random.Random = field(default_factory=lambda: random.Random(0))
    tables: dict[str, dict[str, Record]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0
    writes: Counter[str] = field(default_factory=Counter)
    """How often a record of an object was made or changed, where a vendor counts it."""
    busiest: dict[str, int] = field(default_factory=dict)
    """By method and path: the most requests that were there at once."""
    at_once: Counter[str] = field(default_factory=Counter)
    webhook: Mapping[str, str] | None = None
    options: dict[str, Any] = field(default_factory=dict)
    tasks: "set[asyncio.Task[None]]" = field(default_factory=set)
    _counter: int = 0
    _last: float = 0.0

    def table(self, name: str) -> dict[str, Record]:
        """Return a table of the ledger, by id."""
        return self.tables.setdefault(name, {})

    def number(self) -> int:
        """Return the next number of this vendor's only sequence."""
        self._counter += 1
        return self._counter

    def token(self, length: int) -> str:
        """Return letters and digits that only this seed gives."""
        alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        return "".join(self.rng.choice(alphabet) for _ in range(length))

    def now(self) -> datetime:
        """Return the vendor's own time: never the same twice."""
        moment = max(time.time(), self._last + 0.000001)
        self._last = moment
        return datetime.fromtimestamp(moment, UTC)

    def arrived(self, template: str) -> None:
        """Count a request that came in."""
        self.requests[template] += 1
        self.in_flight += 1
        self.at_once[template] += 1
        self.busiest[template] = max(self.busiest.get(template, 0), self.at_once[template])
        self.most_in_flight = max(self.most_in_flight, self.in_flight)

    def left(self, template: str) -> None:
        """Count a request that is over."""
        self.in_flight -= 1
        self.at_once[template] -= 1

    def spawn(self, work: Awaitable[None]) -> None:
        """Let `work` go on in the background."""

        async def run() -> None:
            await work

        task = asyncio.get_running_loop().create_task(run())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


def request_key(method: str, path: str, body: bytes) -> str:
    """Return what makes a request the same request when it is sent again."""
    return f"{method} {path} {hashlib.sha256(body).hexdigest()[:16]}"


async def body_of(request: Request) -> Any:  # noqa: ANN401 (whatever was sent)
    """Return the JSON body of a request; numbers with a point are decimals."""
    raw = await request.body()
    return load(raw) if raw else {}


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return `value` as a JSON response; decimals become JSON numbers."""
    return Response(dump(value), status, headers, media_type="application/json")


class Control:
    """The control API of one vendor."""

    def __init__(self, world: World, seeder: Seeder) -> None:
        self._world = world
        self._seeder = seeder

    async def health(self, _: Request) -> Response:
        """Say who this is."""
        world = self._world
        return JSONResponse({"vendor": world.vendor, "bound_seconds": world.bound_seconds})

    async def ledger(self, request: Request) -> Response:
        """Show everything that the vendor holds, or of that what is in the tables `table`."""
        wanted = set(request.query_params.getlist("table"))
        tables = self._world.tables.items()
        return answer({n: list(rows.values()) for n, rows in tables if not wanted or n in wanted})

    async def counts(self, _: Request) -> Response:
        """Tell how many records each table holds; all of them may be much to show."""
        return JSONResponse({name: len(rows) for name, rows in self._world.tables.items()})

    async def faults(self, request: Request) -> Response:
        """Tell what struck; set what shall strike."""
        world = self._world
        if request.method == "POST":
            given = await request.json()
            fired = world.faults.fired
            most = int(given.get("most_per_key", MOST_PER_KEY))
            seed = int(given.get("seed", world.seed))
            world.faults = Faults(seed, given.get("rates", {}), most_per_key=most)
            world.faults.fired = fired
        return JSONResponse({"fired": dict(world.faults.fired), "rates": world.faults.rates})

    async def seed(self, request: Request) -> Response:
        """Load objects in bulk."""
        return answer(self._seeder(await body_of(request)))

    async def requests(self, _: Request) -> Response:
        """Count what was asked."""
        world = self._world
        found = {
            "requests": dict(world.requests),
            "busiest": world.busiest,
            "most_in_flight": world.most_in_flight,
            "writes": dict(world.writes),
        }
        return JSONResponse(found)

    async def webhooks(self, request: Request) -> Response:
        """Say where events are sent."""
        self._world.webhook = await request.json()
        return JSONResponse({})

    async def options(self, request: Request) -> Response:
        """Set options of the vendor."""
        self._world.options.update(await request.json())
        return JSONResponse({})


def control(world: World, seeder: Seeder) -> list[Route]:
    """Return the control routes of a vendor."""
    own = Control(world, seeder)
    return [
        Route("/_sandbox/health", own.health),
        Route("/_sandbox/ledger", own.ledger),
        Route("/_sandbox/counts", own.counts),
        Route("/_sandbox/faults", own.faults, methods=["GET", "POST"]),
        Route("/_sandbox/seed", own.seed, methods=["POST"]),
        Route("/_sandbox/requests", own.requests),
        Route("/_sandbox/webhooks", own.webhooks, methods=["POST"]),
        Route("/_sandbox/options", own.options, methods=["POST"]),
    ]


Build = Callable[[World], Starlette]
