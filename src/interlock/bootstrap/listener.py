"""The doors: ``POST /webhooks/SYSTEM`` for vendors, ``/api`` for programs, a health check.

Who cannot sign says a secret at the end of the path: ``POST /webhooks/SYSTEM/SECRET``.
"""

import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from interlock.bootstrap.api import ApiDoor, door
from interlock.bootstrap.bodies import bounded
from interlock.bootstrap.house import House
from interlock.connectors.port import PATH_SECRET
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.intake.delivery import LARGEST, Gateway, Letter, deliver


def application(house: House, api: ApiDoor | None = None) -> Starlette:
    """Return the HTTP application of a house; `api`: the door for users' programs."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def webhook(request: Request) -> Response:
        try:
            # In a thread: the signing secret may stand in a vault.
            gateway = await run_in_threadpool(gateway_of, house, request.path_params["system"])
        except (UsageError, UnavailableError):
            # Without the secret nothing can be verified now; the watch asks people about it.
            return PlainTextResponse("not now; send it again", 503)
        signs = gateway is not None and gateway.webhook.scheme != "salesforce"
        if gateway is None or (signs and "secret" in request.path_params):
            return PlainTextResponse("no such webhook", 404)
        body = await bounded(request, LARGEST)
        if body is None:
            return PlainTextResponse("too large", 413)
        sender = request.client.host if request.client else ""
        letter = Letter(headers=_headers(request), body=body, sender=sender)
        now = house.store.clock.now()
        reply = await run_in_threadpool(deliver, house.inbox, gateway, letter, now)
        return Response(reply.body, reply.status, media_type=reply.kind)

    return Starlette(
        routes=[
            Route("/healthz", health),
            Route("/webhooks/{system}", webhook, methods=["POST"]),
            Route("/webhooks/{system}/{secret}", webhook, methods=["POST"]),
            *(api or door(house)).routes(),
        ]
    )


def _headers(request: Request) -> dict[str, str]:
    """Return the headers, and the secret of the path under a name that no header can have."""
    secret = request.path_params.get("secret")
    return dict(request.headers) | ({PATH_SECRET: str(secret)} if secret else {})


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


def listen(house: House, port: int, api: ApiDoor | None = None) -> Callable[[], None]:
    """Listen on loopback in a thread; return what stops it."""
    config = uvicorn.Config(
        application(house, api),
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
