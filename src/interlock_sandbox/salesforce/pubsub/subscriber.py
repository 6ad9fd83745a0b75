"""One subscription: it tells what there is, but never more than was asked for.

Faults: ``change_stream_cut`` (the connection breaks before or after what is sent),
``change_duplicate`` (an event comes twice), ``change_session_ended`` (the token ends in the
middle). Option ``pubsub_keepalive_seconds`` (270 in the real one): how often a quiet subscription
hears how far the org is.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from interlock_sandbox.salesforce.pubsub.bus import Bus, Event
from interlock_sandbox.salesforce.pubsub.interface import message
from interlock_sandbox.world import World

KEEPALIVE: Final = 270.0
MOST: Final = 100
"""Events that one request may ask for; more is cut to this."""


class BrokenOffError(Exception):
    """The connection breaks."""


class SessionEndedError(Exception):
    """The subscriber's session is over."""


class Subscriber:
    """Somebody who asked for the events of a channel behind a place."""

    def __init__(self, world: World, bus: Bus, start: tuple[str, int], asked: int) -> None:
        self._world = world
        self._bus = bus
        self._channel, self._place = start
        self._pending = 0
        self._broken = False
        self._woken = asyncio.Event()
        self.close = bus.heard_by(self._woken.set)
        self._ask(asked)

    async def read(self, requests: AsyncIterator[Any]) -> None:
        """Take in what else is asked for."""
        async for request in requests:
            self._ask(request.num_requested)

    def break_off(self) -> None:
        """Break the connection."""
        self._broken = True
        self._woken.set()

    async def answers(self) -> AsyncIterator[Any]:
        """Yield what to send.

        Raises:
            BrokenOffError: The connection breaks.
            SessionEndedError: The session is over.
        """
        while True:
            events = self._bus.after(self._place, self._channel, self._pending)
            if events:
                self._strike(events, "before")
                self._pending -= len(events)
                self._place = events[-1].number
                yield self._answer(self._doubled(events))
                self._strike(events, "after")
            elif not await self._more():
                yield self._answer([])

    def _ask(self, number: int) -> None:
        self._pending += min(number, MOST)
        self._woken.set()

    async def _more(self) -> bool:
        """Wait until something may have changed; tell whether it did."""
        seconds = float(self._world.options.get("pubsub_keepalive_seconds", KEEPALIVE))
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return False
        self._woken.clear()
        if self._broken:
            raise BrokenOffError
        return True

    def _strike(self, events: Sequence[Event], when: str) -> None:
        key = f"{when} {events[-1].number}"
        if self._world.faults.decide("change_stream_cut", key):
            raise BrokenOffError
        if when == "after" and self._world.faults.decide("change_session_ended", key):
            raise SessionEndedError

    def _doubled(self, events: Sequence[Event]) -> list[Event]:
        found: list[Event] = []
        for each in events:
            twice = self._world.faults.decide("change_duplicate", str(each.number))
            found += [each, each] if twice else [each]
        return found

    def _answer(self, events: Sequence[Event]) -> Any:  # noqa: ANN401 (protobuf)
        told = [
            message("ConsumerEvent")(
                event=message("ProducerEvent")(
                    id=f"{each.number:032x}", schema_id=each.schema, payload=each.payload
                ),
                replay_id=each.replay,
            )
            for each in events
        ]
        return message("FetchResponse")(
            events=told,
            latest_replay_id=events[-1].replay if events else self._bus.latest,
            rpc_id=self._world.token(12),
            pending_num_requested=self._pending,
        )
