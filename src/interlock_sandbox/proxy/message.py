"""One HTTP/1.1 message as it is on the wire, either way."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

HOP: frozenset[bytes] = frozenset(
    {b"connection", b"keep-alive", b"transfer-encoding", b"content-length", b"proxy-connection"}
)
"""Headers that belong to one connection, not to the message."""

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request or an answer, whole."""

    start: bytes
    headers: Headers
    body: bytes

    @property
    def method(self) -> str:
        """Return a request's method."""
        return self.start.split(b" ")[0].decode("latin-1")

    @property
    def target(self) -> str:
        """Return a request's target."""
        return self.start.split(b" ")[1].decode("latin-1")

    @property
    def status(self) -> int:
        """Return an answer's status."""
        return int(self.start.split(b" ")[1])

    def but(self, body: bytes, *headers: tuple[bytes, bytes]) -> "Message":
        """Return it with another body, and other values of `headers`."""
        names = {name.lower() for name, _ in headers}
        kept = tuple(each for each in self.headers if each[0].lower() not in names)
        return replace(self, headers=(*kept, *headers), body=body)

    def wire(self, *, close: bool = False) -> bytes:
        """Return it as bytes; with `close` the peer is asked to hang up afterwards."""
        own = [(name, value) for name, value in self.headers if name.lower() not in HOP]
        own.append((b"Content-Length", str(len(self.body)).encode()))
        if close:
            own.append((b"Connection", b"close"))
        head = b"".join(b"%s: %s\r\n" % each for each in own)
        return self.start + b"\r\n" + head + b"\r\n" + self.body


def answer(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> Message:
    """Return an answer of the proxy's own."""
    return Message(start=b"HTTP/1.1 %d Proxy" % status, headers=headers, body=body)


async def read(source: asyncio.StreamReader, *, to_end: bool) -> Message | None:
    """Return the next message; ``None`` when the peer hung up before it.

    With `to_end` a message that states no length goes on until the peer hangs up.
    """
    try:
        head = await source.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head[:-4].split(b"\r\n")
    headers = tuple(_header(line) for line in lines)
    body = await _body(source, headers, to_end=to_end)
    return Message(start=start, headers=headers, body=body)


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.strip(), value.strip()


def _value(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    return next((value for name, value in headers if name.lower() == wanted), None)


async def _body(source: asyncio.StreamReader, headers: Headers, *, to_end: bool) -> bytes:
    length = _value(headers, b"content-length")
    if length is not None:
        return await source.readexactly(int(length))
    if _value(headers, b"transfer-encoding") == b"chunked":
        return await _chunks(source)
    return await source.read() if to_end else b""


async def _chunks(source: asyncio.StreamReader) -> bytes:
    found = bytearray()
    while size := int((await source.readline()).split(b";")[0], 16):
        found += await source.readexactly(size)
        await source.readline()
    await source.readline()
    return bytes(found)
