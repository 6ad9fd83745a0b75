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
from interlock.intake.delivery import LARGEST, Gateway, Letter, deliver


def application(house: House) -> Starlette:
    """Return the HTTP application of a house."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def webhook(request: Request) -> Response:
        gateway = gateway_of(house, str(request.path_params["system"]))
        if gateway is None:
            return PlainTextResponse("no such webhook", 404)
        body = await _read(request)
        if body is None:
            return PlainTextResponse("too large", 413)
        sender = request.client.host if request.client else ""
        letter = Letter(headers=dict(request.headers), body=body, sender=sender)
        now = house.store.clock.now()
        reply = await run_in_threadpool(deliver, house.inbox, gateway, letter, now)
        return Response(reply.body, reply.status, media_type=reply.kind)

    return Starlette(
        routes=[Route("/healthz", health), Route("/webhooks/{system}", webhook, methods=["POST"])]
    )


async def _read(request: Request) -> bytes | None:
    """Return the body; ``None`` once it is longer than a delivery may be, whatever it said."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def gateway_of(house: House, system: str) -> Gateway | None:
    """Return where a system's deliveries come in; ``None`` when it sends none."""
    declared = house.store.archive.current().systems.get(system)
    inbound = declared.spec.inbound if declared else None
    if inbound is None or inbound.webhook is None or system not in house.connectors:
        return None
    secret = inbound.webhook.secret
    return Gateway(
        system=system,
        webhook=inbound.webhook,
        connector=house.connectors[system],
        secrets=() if secret is None else tuple(house.store.settings.secret(secret).values()),
        hint=house.poller.hint,
    )


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
