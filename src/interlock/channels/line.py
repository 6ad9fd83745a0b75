"""A line to one address: connected from a thread of its own, and again whenever that fails."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLateError
from typing import Any, Final

from interlock.channels.port import Broker, Message, Take
from interlock.foundation.errors import InterlockError, UnavailableError

CONNECT_EVERY: Final = 2.0
"""Seconds between attempts to connect."""
CONFIRM_WITHIN: Final = 15.0
PAUSE: Final = 2.0
"""Seconds before a message that could not be taken is brought again."""


class Line:
    """Publishes to one address and, with `receive`, takes what comes from it."""

    def __init__(
        self, make: Callable[[], Broker], name: str, receive: Callable[[bytes], None] | None
    ) -> None:
        self._make = make
        self._name = name
        self._receive = receive
        self._broker: Broker | None = None
        self._why = "its broker does not answer"
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name=f"channel-{name}", daemon=True)
        self._thread.start()

    def publish(self, message: Message) -> None:
        """Return once the broker has confirmed the message.

        Raises:
            UnavailableError: It did not; the message may have been kept all the same.
        """
        broker = self._broker
        if broker is None:
            raise UnavailableError(
                f"channel `{self._name}` is not connected: {self._why}",
                hint="Is its broker up, and its URL right?",
            )
        try:
            self._called(broker.publish(message)).result(CONFIRM_WITHIN)
        except TooLateError as error:
            raise self._lost("no confirmation in time") from error
        except Exception as error:
            # Every library below has errors of its own; their text may quote a URL.
            raise self._lost(type(error).__name__) from error

    def close(self) -> None:
        """Disconnect; what was not taken is brought to whoever connects next."""
        self._loop.call_soon_threadsafe(self._closing.set)
        self._thread.join(10)

    def _lost(self, why: str) -> UnavailableError:
        return UnavailableError(
            f"channel `{self._name}` did not confirm: {why}", hint="It is published again later."
        )

    def _called(self, work: Coroutine[Any, Any, None]) -> "Future[None]":
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._connected())

    async def _connected(self) -> None:
        while not self._closing.is_set():
            try:
                broker = self._make()
            except InterlockError as error:
                # A setting is missing, or the address is refused; it may be mended the next time.
                self._why = error.what
            else:
                await self._kept_open(broker)
            await self._paused(CONNECT_EVERY)

    async def _kept_open(self, broker: Broker) -> None:
        if await self._opened(broker):
            self._broker = broker
            await self._closing.wait()
            self._broker = None
        await _closed(broker)

    async def _opened(self, broker: Broker) -> bool:
        """Return whether it is connected; some libraries try for ever, until we close."""
        opening = asyncio.create_task(_open(broker, self._take if self._receive else None))
        closing = asyncio.create_task(self._closing.wait())
        await asyncio.wait({opening, closing}, return_when=asyncio.FIRST_COMPLETED)
        opened = opening.done() and opening.result()
        closing.cancel()
        while not opening.done():
            # Once is not enough: a library that is just connecting may swallow it.
            opening.cancel()
            await asyncio.wait({opening}, timeout=0.2)
        return opened

    async def _take(self, body: bytes) -> None:
        if self._receive is None:
            return
        try:
            await asyncio.to_thread(self._receive, body)
        except Exception:
            await self._paused(PAUSE)
            raise

    async def _paused(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return


async def _open(broker: Broker, take: Take | None) -> bool:
    try:
        await broker.open(take)
    except Exception:  # noqa: BLE001 (whatever it was, it is tried again)
        return False
    return True


async def _closed(broker: Broker) -> None:
    try:
        await asyncio.wait_for(broker.close(), CONNECT_EVERY)
    except Exception:  # noqa: BLE001 (it was not open, or is gone already)
        return
