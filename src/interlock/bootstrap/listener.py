"""The door that vendors knock at: ``POST /webhooks/SYSTEM``, and a health check."""

import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from interlock.bootstrap.house import House
from interlock.intake.delivery import LARGEST, deliver


def application(house: House) -> Starlette:
    """Return the HTTP application of a house."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def webhook(request: Request) -> Response:
        system = str(request.path_params["system"])
        secrets = secrets_of(house, system)
        if secrets is None or system not in house.connectors:
            return PlainTextResponse("no such webhook", 404)
        if int(request.headers.get("content-length") or 0) > LARGEST:
            return PlainTextResponse("too large", 413)
        given = (dict(request.headers), await request.body())
        reply = await run_in_threadpool(
            deliver, house.inbox, house.connectors[system], system, secrets, given
        )
        return Response(reply.body, reply.status, media_type=reply.kind)

    return Starlette(
        routes=[Route("/healthz", health), Route("/webhooks/{system}", webhook, methods=["POST"])]
    )


def secrets_of(house: House, system: str) -> list[str] | None:
    """Return the secrets a system may sign with; ``None`` when it sends no webhooks."""
    declared = house.store.archive.current().systems.get(system)
    inbound = declared.spec.inbound if declared else None
    if inbound is None or inbound.webhook is None:
        return None
    return list(house.store.settings.secret(inbound.webhook.secret).values())


def listen(house: House, port: int) -> Callable[[], None]:
    """Listen on loopback in a thread; return what stops it."""
    config = uvicorn.Config(
        application(house),
        host="127.0.0.1",
        port=port,
        log_level="critical",
        access_log=False,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="listener", daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(5)

    return stop
