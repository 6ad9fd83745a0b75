"""Somebody who is told of events: an endpoint by Standard Webhooks 1.0.0 that keeps what it takes.

It believes what is signed by its secret within five minutes, and keeps it once by `webhook-id`.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from interlock_sandbox.wire import load
from interlock_sandbox.world import Record, World, control

TOLERANCE: Final = 300
"""Seconds that a timestamp may be away from now."""


def build(world: World) -> Starlette:
    """Return the endpoint as an application; ``options.secret`` is its ``whsec_`` secret."""
    endpoint = Subscriber(world)
    return Starlette(
        routes=[
            Route("/events", endpoint.take, methods=["POST"]),
            *control(world, endpoint.seed),
        ]
    )


class Subscriber:
    """What the endpoint has taken."""

    def __init__(self, world: World) -> None:
        self._world = world

    def seed(self, content: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take events as if they had come before."""
        for identity, event in content.items():
            self._world.table("event")[identity] = dict(event)
        return {"events": len(content)}

    async def take(self, request: Request) -> Response:
        """Take one event: 204, also for one that it has; 401 for what is not signed."""
        body = await request.body()
        identity = request.headers.get("webhook-id", "")
        if not self._signed(request.headers, identity, body):
            return Response(status_code=401)
        kept: dict[str, Record] = self._world.table("event")
        if identity in kept:
            self._world.table("again")[str(self._world.number())] = {"id": identity}
        else:
            kept[identity] = load(body)
        return Response(status_code=204)

    def _signed(self, headers: Mapping[str, str], identity: str, body: bytes) -> bool:
        stamp = headers.get("webhook-timestamp", "")
        if not stamp.isdecimal() or abs(int(stamp) - time.time()) > TOLERANCE:
            return False
        secret = str(self._world.options.get("secret", "")).removeprefix("whsec_")
        try:
            key = base64.b64decode(secret, validate=True)
        except binascii.Error:
            return False
        content = f"{identity}.{stamp}.".encode() + body
        mine = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        given = headers.get("webhook-signature", "").split()
        return bool(key) and any(hmac.compare_digest(f"v1,{mine}", each) for each in given)
