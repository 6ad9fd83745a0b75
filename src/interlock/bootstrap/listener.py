"""The doors: ``POST /webhooks/SYSTEM`` for vendors, ``/api`` for programs, a health check.

Who cannot sign says a secret at the end of the path: ``POST /webhooks/SYSTEM/SECRET``.
"""

import socket
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from interlock.bootstrap.api import ApiDoor, door
from interlock.bootstrap.bags import Bags
from interlock.bootstrap.bodies import HONEST, bounded
from interlock.bootstrap.house import House
from interlock.connectors.port import PATH_SECRET
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.intake.delivery import LARGEST, SELF_CONTAINED, Gateway, Letter, deliver

LOOPBACK: Final = "127.0.0.1"
WAITING: Final = 2_048
"""Connections that may wait to be heard."""
REMEMBERED: Final = timedelta(seconds=1)
"""How long another estate or secret may not be noticed."""


def application(house: House, api: ApiDoor | None = None) -> Starlette:
    """Return the HTTP application of a house; `api`: the door for users' programs."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok")

    gateways = Gateways(house)
    bags = Bags(house.inbox, house.store.clock)

    async def webhook(request: Request) -> Response:
        try:
            gateway = await gateways.of(str(request.path_params["system"]))
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
        if gateway.webhook.scheme in SELF_CONTAINED:
            reply = await bags.take(gateway, letter)
        else:
            now = house.store.clock.now()
            reply = await run_in_threadpool(deliver, house.inbox, gateway, letter, now)
        return Response(reply.body, reply.status, media_type=reply.kind)

    return Starlette(
        routes=[
            Route("/healthz", health),
            Route("/webhooks/{system}", webhook, methods=["POST"]),
            Route("/webhooks/{system}/{secret}", webhook, methods=["POST"]),
            *(api or door(house)).routes(),
        ],
        middleware=HONEST,
        exception_handlers={ClientDisconnect: _gone},
    )


async def _gone(_: Request, __: Exception) -> Response:
    """Answer a sender that hung up before its request was whole: that is no fault of ours."""
    return PlainTextResponse("gone before the end", 400)


def _listening(port: int) -> socket.socket:
    # Named as TCP, or asyncio does not switch Nagle's delay off and every answer takes 40 ms.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((LOOPBACK, port))
        found.listen(WAITING)
    except OSError as error:
        found.close()
        raise UnavailableError(
            f"nobody can listen on {LOOPBACK}:{port}: {error.strerror}",
            hint="Give this worker another port, or none: INTERLOCK_LISTEN=.",
        ) from error
    return found


class Gateways:
    """Where deliveries come in, remembered for a moment: they come by the thousand."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._known: dict[str, tuple[datetime, Gateway | None]] = {}

    async def of(self, system: str) -> Gateway | None:
        """Return where a system's deliveries come in; ``None`` when it sends none.

        Raises:
            UnavailableError: Its secret or the estate cannot be read now.
            UsageError: There is no such secret.
        """
        now = self._house.store.clock.now()
        known = self._known.get(system)
        if known is not None and now < known[0]:
            return known[1]
        # In a thread: the signing secret may stand in a vault.
        gateway = await run_in_threadpool(gateway_of, self._house, system)
        if gateway is not None:  # names that nobody has would fill the memory
            self._known[system] = (now + REMEMBERED, gateway)
        return gateway


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
    """Listen on loopback in a thread; return what stops it.

    Whoever connects from now on is heard.

    Raises:
        UnavailableError: The port is somebody else's.
    """
    listening = _listening(port)
    config = uvicorn.Config(
        application(house, api),
        log_level="critical",
        access_log=False,
        lifespan="off",
    )
    server = uvicorn.Server(config)
    heard = partial(server.run, sockets=[listening])
    thread = threading.Thread(target=heard, name="listener", daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True
        thread.join(5)

    return stop
