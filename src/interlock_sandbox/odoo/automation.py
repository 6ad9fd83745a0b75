"""Automation rules that call a URL: unsigned, unnumbered, seven times, once, and never again.

One business action writes its record several times, and each write tells. Who does not listen
within a second is not told again (seen on the real product).
"""

from typing import Any, Final

import httpx2

from interlock_sandbox.wire import dump
from interlock_sandbox.world import Record, World

COPIES: Final = 7
PATIENCE: Final = 1.0
WATCHED: Final = ("res.partner", "account.move")


class Automation:
    """Tells whoever was named what changed, after the commit."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._client: httpx2.AsyncClient | None = None

    def changed(self, model: str, row: Record) -> None:
        """Tell of a change, unless nobody asked to be told."""
        if self._world.webhook is None or model not in WATCHED:
            return
        if self._world.faults.decide("webhook_lost", f"{model} {row['id']} {row['write_date']}"):
            return
        body = {"_action": f"tell(#{row['id']})", "_id": row["id"], "_model": model}
        for _ in range(COPIES):
            self._world.spawn(self._tell(self._world.webhook["url"], body))

    async def _tell(self, url: str, body: dict[str, Any]) -> None:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=PATIENCE, trust_env=False)
        headers = {"Content-Type": "application/json"}
        try:
            await self._client.post(url, content=dump(body), headers=headers)
        except httpx2.HTTPError:
            return  # one attempt, and nobody is told that it failed
