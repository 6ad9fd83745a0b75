"""The way to one vendor, and what happens on it.

Kinds: ``dropped`` applied, then reset without an answer. ``late`` reset at once, applied later.
``repeated`` sent on twice, as a gateway does that tries again. ``swapped`` the answer of another
exchange. ``cut`` half of a JSON answer, well framed. ``page`` applied, answered by an HTML page.
``elsewhere`` not applied, 308 to another host. ``bomb`` applied, answered by a small gzip body
that unfolds to 128 MB. ``reset`` not applied, reset.
"""

import asyncio
import gzip
import hashlib
import socket
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from interlock_sandbox.faults import Faults
from interlock_sandbox.proxy.message import Message, answer, read

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ANY: Final = ("reset", "elsewhere", "swapped", "cut", "page", "bomb")
WRITING: Final = ("dropped", "late", "repeated")
KINDS: Final = (*WRITING, *ANY)
RESET: Final = struct.pack("ii", 1, 0)
"""Linger for no time: closing sends a reset."""
ERRORS: Final = 400
BOMB_BYTES: Final = 128 * 1024 * 1024
PARTNER_SECONDS: Final = 1.0
"""How long an answer waits for another one to be confused with."""
PAGE: Final = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sorry</body></html>"
CONTROL: Final = "/_sandbox"


@cache
def bomb() -> bytes:
    """Return little that unfolds to much."""
    return gzip.compress(bytes(BOMB_BYTES), 9)


@dataclass(slots=True, kw_only=True)
class Rough:
    """What all ways have in common."""

    faults: Faults
    trap: str = ""
    """The other host to which clients are sent."""
    late_seconds: float = 2.0
    spared: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Vendor -> kinds that do not happen on its way."""
    tasks: "set[asyncio.Task[None]]" = field(default_factory=set)


class Way:
    """Carries what is sent to one vendor."""

    def __init__(self, name: str, host: str, port: int, rough: Rough) -> None:
        self.name = name
        self._host = host
        self._port = port
        self._rough = rough
        self._partner: tuple[Message, asyncio.Future[Message]] | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one exchange after the other until the client hangs up or is reset."""
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while request := await read(reader, to_end=False):
                    reply = await self._carried(request)
                    if reply is None:
                        _will_reset(writer)
                        return
                    writer.write(reply.wire())
                    await writer.drain()
        finally:
            writer.close()

    async def _carried(self, request: Message) -> Message | None:
        try:
            return await self._harmed(request, self._kind(request))
        except (ConnectionError, asyncio.IncompleteReadError):
            return None  # the vendor is away

    def _kind(self, request: Message) -> str | None:
        if request.target.startswith(CONTROL):
            return None
        body = hashlib.sha256(request.body).hexdigest()[:16]
        key = f"{self.name} {request.method} {request.target} {body}"
        spared = self._rough.spared.get(self.name, frozenset())
        kinds = KINDS if request.method in WRITES else ANY
        struck = (each for each in kinds if each not in spared)
        return next((each for each in struck if self._rough.faults.decide(each, key)), None)

    async def _harmed(self, request: Message, kind: str | None) -> Message | None:
        match kind:
            case "reset":
                return None
            case "late":
                self._later(request)
                return None
            case "elsewhere":
                where = f"{self._rough.trap}{request.target}".encode()
                return answer(308, b"", (b"Location", where))
            case "repeated":
                reply = await self._forward(request)
                await self._forward(request)
                return reply
            case None:
                return self._met(await self._forward(request))
            case _:
                return await self._garbled(await self._forward(request), kind)

    async def _garbled(self, reply: Message, kind: str) -> Message | None:
        match kind:
            case "dropped":
                return None
            case "page":
                return answer(200, PAGE, (b"Content-Type", b"text/html"))
            case "bomb":
                return reply.but(bomb(), (b"Content-Encoding", b"gzip"))
            case "cut" if reply.body and reply.status < ERRORS:
                return reply.but(reply.body[: len(reply.body) // 2])
            case "swapped":
                return await self._swapped(reply)
            case _:
                self._rough.faults.fired[kind] -= 1  # there was nothing to harm
                return reply

    async def _swapped(self, reply: Message) -> Message:
        """Wait for another exchange on this way; each gets the other's answer."""
        if self._partner is not None:
            return self._met(reply)
        mine: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._partner = (reply, mine)
        with suppress(TimeoutError):
            return await asyncio.wait_for(mine, PARTNER_SECONDS)
        self._partner = None
        self._rough.faults.fired["swapped"] -= 1  # nobody came by
        return reply

    def _met(self, reply: Message) -> Message:
        if self._partner is None:
            return reply
        theirs, waiting = self._partner
        self._partner = None
        if waiting.done():
            return reply
        waiting.set_result(reply)
        return theirs

    def _later(self, request: Message) -> None:
        share = 0.1 + 0.9 * self._rough.faults.share("delay", request.target, len(request.body))

        async def deliver() -> None:
            await asyncio.sleep(share * self._rough.late_seconds)
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._forward(request)

        task = asyncio.get_running_loop().create_task(deliver())
        self._rough.tasks.add(task)
        task.add_done_callback(self._rough.tasks.discard)

    async def _forward(self, request: Message) -> Message:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=2**20)
        try:
            writer.write(request.wire(close=True))
            await writer.drain()
            reply = await read(reader, to_end=True)
        finally:
            writer.close()
        if reply is None:
            raise ConnectionResetError
        return reply


def _will_reset(writer: asyncio.StreamWriter) -> None:
    held: socket.socket = writer.get_extra_info("socket")
    held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
