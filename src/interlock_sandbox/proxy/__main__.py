"""Start it: ``python -m interlock_sandbox.proxy --to crm=http://127.0.0.1:8001 --seed 7``.

When it is ready it prints one line of JSON: for each name where to send instead, and `control`.
There, POST ``{"rates": {"dropped": 0.02}}`` says what shall happen; GET tells what did, and under
`trespassed` how many requests came to the host to which only a followed redirect leads.
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from interlock_sandbox.faults import Faults
from interlock_sandbox.proxy.message import Message, answer, read
from interlock_sandbox.proxy.way import KINDS, Rough, Way, bomb

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Desk:
    """The control address, and the host where nobody should ever come."""

    def __init__(self, rough: Rough) -> None:
        self._rough = rough
        self._trespassed = 0

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Set and tell faults."""
        request = await read(reader, to_end=False)
        if request is not None:
            writer.write(self._told(request).wire(close=True))
            await writer.drain()
        writer.close()

    def _told(self, request: Message) -> Message:
        faults = self._rough.faults
        if request.method == "POST":
            faults.rates = dict(json.loads(request.body)["rates"])
        told = {"fired": {kind: faults.fired[kind] for kind in KINDS}}
        body = json.dumps(told | {"trespassed": self._trespassed}).encode()
        return answer(200, body, (b"Content-Type", b"application/json"))

    async def trap(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count who comes."""
        if await read(reader, to_end=False) is not None:
            self._trespassed += 1
            writer.write(answer(200, b"{}").wire(close=True))
            await writer.drain()
        writer.close()


async def _listen(serve: Serve, kept: list[asyncio.Server]) -> str:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**20)
    kept.append(server)
    host, port = server.sockets[0].getsockname()[:2]
    return f"http://{host}:{port}"


async def _serve(given: argparse.Namespace) -> None:
    spared = json.loads(given.spare)
    rough = Rough(
        faults=Faults(given.seed, json.loads(given.faults)),
        late_seconds=given.late_seconds,
        spared={name: frozenset(kinds) for name, kinds in spared.items()},
    )
    bomb()
    desk = Desk(rough)
    kept: list[asyncio.Server] = []
    rough.trap = await _listen(desk.trap, kept)
    told = {"control": await _listen(desk.control, kept)}
    for each in given.to:
        name, _, url = each.partition("=")
        parts = urlsplit(url)
        way = Way(name, str(parts.hostname), int(parts.port or 80), rough)
        told[name] = await _listen(way.serve, kept)
    print(json.dumps(told), flush=True)  # noqa: T201 (whoever started us reads it)
    if given.until_eof:
        await asyncio.to_thread(_until_eof)
    await asyncio.Event().wait()


def _until_eof() -> None:
    """End at once when whoever started us is gone: nobody would ever stop us."""
    while os.read(0, 4096):
        pass
    os._exit(0)


def main() -> int:
    """Carry until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m interlock_sandbox.proxy", description=__doc__)
    parser.add_argument("--to", action="append", required=True, help="NAME=URL of a vendor")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", default="{}", help='JSON: {"dropped": 0.05}')
    parser.add_argument("--spare", default="{}", help='JSON: {"legacy": ["repeated"]}')
    parser.add_argument("--late-seconds", type=float, default=2.0)
    parser.add_argument("--until-eof", action="store_true", help="end when standard input does")
    asyncio.run(_serve(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
