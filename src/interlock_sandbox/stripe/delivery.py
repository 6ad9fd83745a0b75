"""Events and their delivery: signed, repeated until heard, sometimes twice, late or never."""

import asyncio
import hashlib
import hmac
from typing import Any, Final

import httpx2

from interlock_sandbox.wire import dump
from interlock_sandbox.world import Record, World

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between attempts; the real vendor goes on for three days."""
VERSION: Final = "2026-10-28.endive"


class Delivery:
    """Makes events of a world and sends them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._client: httpx2.AsyncClient | None = None

    def happened(self, kind: str, obj: Record) -> None:
        """Write an event down and send it, if somebody listens."""
        event: Record = {
            "id": f"evt_{self._world.token(24)}",
            "object": "event",
            "type": kind,
            "api_version": VERSION,
            "created": int(self._world.now().timestamp()),
            "data": {"object": dict(obj)},
            "livemode": False,
            "request": {"id": None, "idempotency_key": None},
        }
        self._world.table("event")[event["id"]] = event
        if self._world.webhook is None:
            return
        faults, key = self._world.faults, event["id"]
        if faults.decide("webhook_lost", key):
            return
        copies = 2 if faults.decide("webhook_duplicate", key) else 1
        wait = 0.0
        if faults.decide("webhook_reordered", key):
            wait = 0.3 + 1.2 * faults.share("wait", key, 0)
        for _ in range(copies):
            self._world.spawn(self._send(event, wait))

    async def _send(self, event: Record, wait: float) -> None:
        await asyncio.sleep(wait)
        for pause in PAUSES:
            if await self._sent(event):
                return
            await asyncio.sleep(pause)

    async def _sent(self, event: Record) -> bool:
        target = self._world.webhook or {}
        body = dump(event)
        stamp = str(int(self._world.now().timestamp()))
        secret = str(target.get("secret", "")).encode()
        signature = hmac.new(secret, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        headers = {
            "Stripe-Signature": f"t={stamp},v1={signature}",
            "Content-Type": "application/json; charset=utf-8",
        }
        try:
            client = self._client or httpx2.AsyncClient(timeout=5.0)
            self._client = client
            response = await client.post(str(target.get("url")), content=body, headers=headers)
        except httpx2.HTTPError:
            return False
        return bool(response.is_success)


def page(rows: list[Record], query: dict[str, Any], url: str) -> Record:
    """Return a page of a list: newest first, by cursor."""
    limit = max(1, min(int(query.get("limit", 10)), 100))
    after, before = query.get("starting_after"), query.get("ending_before")
    if after is not None:
        at = next((i for i, row in enumerate(rows) if row["id"] == after), len(rows))
        rows = rows[at + 1 :]
    if before is not None:
        at = next((i for i, row in enumerate(rows) if row["id"] == before), 0)
        rows = rows[:at]
    return {"object": "list", "url": url, "has_more": len(rows) > limit, "data": rows[:limit]}
