"""The shared suite speaks of requests and answers: here a batch is the request, its
acknowledgement the answer, and what arrives unasked is the answer to looking.
"""

import errno
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from interlock.connectors.catalogue import open_connector
from interlock.connectors.filedrop.mailbox import Folder
from interlock.connectors.port import Connection, Connector
from interlock.foundation.clock import Clock, SystemClock
from interlock.testing.bench import Bench
from interlock.testing.transports import Spoil, Trap, When
from interlock_sandbox.faults import Faults
from interlock_sandbox.filedrop import LegacyErp
from interlock_sandbox.world import World

FOLDER_ID = "exchange-7f3a"
WAIT = 5.0
_numbers = itertools.count(1)
OVER_QUOTA = 429


def legacy_erp(root: Path, rates: Mapping[str, float] | None = None, **options: Any) -> LegacyErp:
    given = {"root": str(root), "folder_id": FOLDER_ID, "interval": 0.005, **options}
    return LegacyErp(World(vendor="filedrop", options=given, faults=Faults(1, rates or {})))


def connection_to(root: Path, **options: str) -> Connection:
    return Connection(
        system="legacy",
        url=f"file://{root}",
        credential={"folder_id": FOLDER_ID},
        scheme="shared-folder",
        timeout=timedelta(seconds=10),
        options=options,
    )


def open_to(root: Path, clock: Clock | None = None, **options: str) -> Any:
    return open_connector(connection_to(root, **options), clock or SystemClock(), name="filedrop")


class _Exchange(httpx2.BaseTransport):
    """Lets the exchange happen that a trap lets through."""

    def __init__(self) -> None:
        self.happen: Callable[[], bytes] = bytes

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=self.happen(), request=request)


class TrappedFolder(Folder):
    """A folder whose exchanges go through a trap."""

    def __init__(self, root: Path, trap: Trap, exchange: _Exchange) -> None:
        super().__init__(root)
        self._trap = trap
        self._exchange = exchange
        self._cut_off = False
        """The suite asks what one answer proves: the ledger is not seen beside it."""

    def check(self, folder_id: str) -> None:
        self._cut_off = False  # a new call sees the ledger again
        super().check(folder_id)

    def release(self, name: str) -> None:
        answer = self.incoming / name.replace(".csv", ".ack.csv")

        def drop() -> bytes:
            super(TrappedFolder, self).release(name)
            until = time.monotonic() + WAIT
            while not answer.exists() and time.monotonic() < until:
                time.sleep(0.005)
            return answer.read_bytes()

        try:
            said = self._asked("POST", drop)
        except httpx2.ConnectError:
            raise OSError(errno.EIO, "the share is away") from None
        except httpx2.ReadTimeout:
            answer.unlink()
            self._cut_off = True
            return
        if not answer.exists() or answer.read_bytes() != said:
            self._cut_off = True
            _written(answer, said)

    def arrivals(self) -> list[str]:
        said = self._asked("GET", bytes)
        if said or self._odd:
            _written(self.incoming / f"ledger-{next(_numbers)}.csv", said)
        found = super().arrivals()
        return [name for name in found if not (self._cut_off and name.startswith("ledger-"))]

    def take(self, name: str) -> tuple[bytes, float] | None:
        found = super().take(name)
        return found and (self._asked("GET", lambda: found[0]), found[1])

    def _asked(self, method: str, happen: Callable[[], bytes]) -> bytes:
        self._exchange.happen = happen
        sprung = self._trap.sprung
        response = self._trap.handle_request(httpx2.Request(method, "http://folder/file"))
        if response.status_code == OVER_QUOTA:
            raise OSError(errno.EDQUOT, "the share is full")
        self._odd = self._trap.sprung > sprung and not response.is_success
        return response.read()


def _written(path: Path, content: bytes) -> None:
    hidden = path.with_name(f".{path.name}.tmp")
    hidden.write_bytes(content)
    hidden.rename(path)


class FolderBench(Bench):
    """A bench whose transport is a folder."""

    def open(self, transport: object = None) -> Connector:
        opened: Any = open_connector(
            self.connection, SystemClock(), name=self.name, transport=transport
        )
        self._opened.append(opened)
        return opened  # type: ignore[no-any-return]  # an opener's answer

    def trapped(
        self, spoil: Spoil, *, when: When | None = None, times: int = 10**6
    ) -> tuple[Connector, Trap]:
        exchange = _Exchange()
        trap = Trap(exchange, spoil, when=when or self.is_write, times=times)
        root = Path(self.connection.url.removeprefix("file://"))
        quick = {**self.connection.options, "wait": "300ms"}
        patient = replace(self, connection=replace(self.connection, options=quick))
        return patient.open(TrappedFolder(root, trap, exchange)), trap
