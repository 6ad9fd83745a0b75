"""Pushing what happened to whoever listens: repeated until heard, sometimes twice, late or never.

``webhook_lost``: never sent; only a poll finds it. ``webhook_duplicate``: sent twice, though
it was heard. ``webhook_reordered``: held back, so that later ones arrive before it (F12).

A vendor gives `Outbox.post` a function that writes the letter anew for every attempt: one vendor
signs each attempt with its own time, another sends the record as it is by then.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx2

from interlock_sandbox.world import World

PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0)
"""Seconds between attempts; real vendors go on for a day or three."""
HELD_LEAST: Final = 0.3
HELD_MORE: Final = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One attempt to tell somebody."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Write = Callable[[], Letter]
Heard = Callable[[httpx2.Response], bool]


class Outbox:
    """Sends letters in the background, under the faults above."""

    def __init__(self, world: World, heard: Heard) -> None:
        self._world = world
        self._heard = heard
        self._client: httpx2.AsyncClient | None = None

    def post(self, key: str, write: Write) -> None:
        """Tell what `write` writes; faults are decided by `key`."""
        faults = self._world.faults
        if faults.decide("webhook_lost", key):
            return
        wait = 0.0
        if faults.decide("webhook_reordered", key):
            wait = HELD_LEAST + HELD_MORE * faults.share("wait", key, 0)
        copies = 2 if faults.decide("webhook_duplicate", key) else 1
        for _ in range(copies):
            self._world.spawn(self._deliver(write, wait))

    async def _deliver(self, write: Write, wait: float) -> None:
        await asyncio.sleep(wait)
        for pause in PAUSES:
            if await self._told(write()):
                return
            await asyncio.sleep(pause)

    async def _told(self, letter: Letter) -> bool:
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=5.0, trust_env=False)
        try:
            response = await self._client.post(
                letter.url, content=letter.body, headers=letter.headers
            )
        except httpx2.HTTPError:
            return False
        return self._heard(response)
