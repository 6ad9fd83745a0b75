"""Events and their delivery: signed, repeated until heard, sometimes twice, late or never."""

import hashlib
import hmac
from typing import Any, Final

from interlock_sandbox.delivery import Letter, Outbox
from interlock_sandbox.stripe.versions import as_of
from interlock_sandbox.wire import dump
from interlock_sandbox.world import Record, World

VERSION: Final = "2026-10-28.endive"


class Delivery:
    """Makes events of a world and sends them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._outbox = Outbox(world, lambda response: bool(response.is_success))

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
        if self._world.webhook is not None:
            self._outbox.post(event["id"], lambda: self._letter(event))

    def _letter(self, event: Record) -> Letter:
        """Sign with every secret in force: while one is being rotated there are two."""
        target = self._world.webhook or {}
        # The form of an event is the endpoint's own API version, not the reader's.
        version = str(target.get("api_version") or VERSION)
        shown = {**event["data"], "object": as_of(version, event["data"]["object"])}
        body = dump({**event, "api_version": version, "data": shown})
        stamp = str(int(self._world.now().timestamp()))
        secrets = [str(target[name]) for name in ("secret", "previous") if target.get(name)]
        signed = "".join(f",v1={_signature(secret, stamp, body)}" for secret in secrets)
        headers = {
            "Stripe-Signature": f"t={stamp}{signed}",
            "Content-Type": "application/json; charset=utf-8",
        }
        return Letter(url=str(target.get("url")), body=body, headers=headers)


def _signature(secret: str, stamp: str, body: bytes) -> str:
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


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
