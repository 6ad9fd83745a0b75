"""Recorded answers of vendors, and a server that gives them byte by byte.

A recording is a file ``NAME.http``: lines that begin with ``#`` and say what is expected and why,
then the answer as it goes over the wire. Only the ends of lines in its head are written as in any
text file; nothing is added, so a recording can lie about its length and break HTTP as vendors do.
"""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx2

from interlock.connectors.port import Kind, Verdict
from interlock.foundation.errors import UsageError
from interlock.testing.transports import Spoil

GENERAL: Final = Path(__file__).with_name("answers")
"""What any server, proxy or attacker may answer, whoever the vendor is."""
SUFFIX: Final = ".http"
UNPROVEN: Final = "unproven"
"""Expected of a write: uncertain; of one that records nothing: retryable."""
_END: Final = re.compile(rb"(?<!\r)\n")
_LONGEST_REQUEST: Final = 1024 * 1024
_PATIENCE: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded answer and what it must come to."""

    name: str
    raw: bytes = field(repr=False)
    verdict: str
    """A verdict, or ``unproven``."""
    kind: str
    operation: str = ""
    """Of the write that it answers; empty: the one that the bench can look up."""
    why: str
    """Where this was seen or is documented."""


def recordings(folder: Path) -> list[Recording]:
    """Return the recordings in `folder`, by name.

    Raises:
        UsageError: One says not what is expected, or something that does not exist.
    """
    return [_read(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]


def _read(path: Path) -> Recording:
    rest, said = path.read_bytes(), {}
    while rest.startswith(b"#"):
        line, _, rest = rest.partition(b"\n")
        name, _, value = line.decode()[1:].partition(":")
        said[name.strip()] = value.strip()
    head, _, body = rest.partition(b"\n\n")
    verdict, _, kind = said.get("expect", "").partition(" ")
    known = {UNPROVEN, *(each.value for each in Verdict)}
    if verdict not in known or kind not in set(Kind) or not said.get("why"):
        raise UsageError(
            f"the recording {path.name} says not what it must come to",
            hint="It begins with `# expect: VERDICT KIND` and `# why: SOURCE`.",
        )
    return Recording(
        name=path.stem,
        raw=_END.sub(b"\r\n", head) + b"\r\n\r\n" + body,
        verdict=verdict,
        kind=kind,
        operation=said.get("operation", ""),
        why=said["why"],
    )


@contextmanager
def replayed(recording: Recording) -> Iterator[Spoil]:
    """Serve `recording` on loopback; yields what answers with it instead of the vendor."""
    with socket.create_server(("127.0.0.1", 0)) as listening, _each_anew() as wire:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread = threading.Thread(target=_serve, args=(listening, recording.raw))
        thread.start()

        def spoil(request: httpx2.Request, _: Callable[[], httpx2.Response]) -> httpx2.Response:
            asked = httpx2.Request(
                request.method,
                url + request.url.raw_path.decode(),
                headers={"Content-Type": request.headers.get("content-type", "")},
                content=request.read(),
                extensions=request.extensions,
            )
            answer = wire.handle_request(asked)
            answer.request = request
            return answer

        try:
            yield spoil
        finally:
            with suppress(OSError):
                listening.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE)


def _each_anew() -> httpx2.HTTPTransport:
    """Return a transport that keeps no connection: one answer is all that is given on each."""
    return httpx2.HTTPTransport(verify=False, limits=httpx2.Limits(max_keepalive_connections=0))


def _serve(listening: socket.socket, raw: bytes) -> None:
    with suppress(OSError):  # shut down: we are done
        while True:
            caller, _ = listening.accept()
            with caller, suppress(OSError):  # it hung up in the middle: that is its right
                caller.settimeout(_PATIENCE)
                _hear(caller)
                caller.sendall(raw)
                caller.shutdown(socket.SHUT_WR)
                while caller.recv(65_536):
                    pass


def _hear(caller: socket.socket) -> None:
    """Read one request to its end: an answer before that is another fault, not this one."""
    heard = b""
    while b"\r\n\r\n" not in heard and len(heard) < _LONGEST_REQUEST:
        heard += caller.recv(65_536) or b"\r\n\r\n"
    head, _, body = heard.partition(b"\r\n\r\n")
    lengths = [
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    ]
    missing = (lengths or [0])[0] - len(body)
    while missing > 0:
        missing -= len(caller.recv(65_536)) or missing
