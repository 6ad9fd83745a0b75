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
from decimal import Decimal
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from interlock_sandbox.faults import Faults
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


def control(world: World, seeder: Seeder) -> list[Route]:
    """Return the control routes of a vendor."""

    async def health(_: Request) -> Response:
        return JSONResponse({"vendor": world.vendor, "bound_seconds": world.bound_seconds})

    async def ledger(_: Request) -> Response:
        return answer({name: list(rows.values()) for name, rows in world.tables.items()})

    async def get_faults(_: Request) -> Response:
        return JSONResponse({"fired": dict(world.faults.fired), "rates": world.faults.rates})

    async def set_faults(request: Request) -> Response:
        given = await request.json()
        fired = world.faults.fired
        world.faults = Faults(int(given.get("seed", world.seed)), given.get("rates", {}))
        world.faults.fired = fired
        return JSONResponse({"rates": world.faults.rates})

    async def seed(request: Request) -> Response:
        return answer(seeder(await body_of(request)))

    async def counts(_: Request) -> Response:
        return JSONResponse(
            {"requests": dict(world.requests), "most_in_flight": world.most_in_flight}
        )

    async def webhooks(request: Request) -> Response:
        world.webhook = await request.json()
        return JSONResponse({})

    async def options(request: Request) -> Response:
        world.options.update(await request.json())
        return JSONResponse({})

    return [
        Route("/_sandbox/health", health),
        Route("/_sandbox/ledger", ledger),
        Route("/_sandbox/faults", get_faults, methods=["GET"]),
        Route("/_sandbox/faults", set_faults, methods=["POST"]),
        Route("/_sandbox/seed", seed, methods=["POST"]),
        Route("/_sandbox/requests", counts),
        Route("/_sandbox/webhooks", webhooks, methods=["POST"]),
        Route("/_sandbox/options", options, methods=["POST"]),
    ]


Build = Callable[[World], Starlette]


def cents(value: object) -> Decimal:
    """Return an amount, whatever form it was sent in."""
    return Decimal(str(value))
