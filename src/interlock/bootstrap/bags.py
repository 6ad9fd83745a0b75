"""Deliveries that arrive while others are being stored are stored together, next.

A single delivery waits for nobody; a thousand a second cost one transaction for many of them. Each
sender hears of its own delivery only once the commit is there (F12).
"""

from asyncio import Future, Task, create_task, get_running_loop
from dataclasses import dataclass, field
from typing import Final

from starlette.concurrency import run_in_threadpool

from interlock.foundation.clock import Clock
from interlock.intake.delivery import Gateway, Letter, Reply, deliver_all
from interlock.intake.inbox import Inbox

MOST: Final = 100
"""Deliveries of one transaction: it holds what it touched until all of them are in."""


@dataclass(slots=True)
class _Bag:
    waiting: list[tuple[Letter, Future[Reply]]] = field(default_factory=list)
    emptied: Task[None] | None = None


class Bags:
    """One bag of deliveries for each system: one that is slow holds up no other."""

    def __init__(self, inbox: Inbox, clock: Clock) -> None:
        self._inbox = inbox
        self._clock = clock
        self._bags: dict[str, _Bag] = {}

    async def take(self, gateway: Gateway, letter: Letter) -> Reply:
        """Take a delivery in; return what its sender hears."""
        bag = self._bags.setdefault(gateway.system, _Bag())
        reply: Future[Reply] = get_running_loop().create_future()
        bag.waiting.append((letter, reply))
        if bag.emptied is None or bag.emptied.done():
            bag.emptied = create_task(self._empty(bag, gateway))
        return await reply

    async def _empty(self, bag: _Bag, gateway: Gateway) -> None:
        while bag.waiting:
            some, bag.waiting = bag.waiting[:MOST], bag.waiting[MOST:]
            letters = [letter for letter, _ in some]
            try:
                now = self._clock.now()
                said = await run_in_threadpool(deliver_all, self._inbox, gateway, letters, now)
            except BaseException as error:
                for _, reply in some:
                    _answer(reply, error)
                raise
            for (_, reply), each in zip(some, said, strict=True):
                _answer(reply, each)


def _answer(reply: Future[Reply], said: Reply | BaseException) -> None:
    """Let a sender hear what came of its delivery, if it is still there."""
    if reply.done():
        return
    if isinstance(said, BaseException):
        reply.set_exception(said)
    else:
        reply.set_result(said)
