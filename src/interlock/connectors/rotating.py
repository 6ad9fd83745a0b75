"""A connector whose credential may change while it works: rotation without restart (F14).

Before every call the credential's version is looked at, which costs a look at a file or nothing.
When it changed the connector is opened anew, and calls that are under way end on the old one. When
the vendor refuses the credential it is read afresh, and if there is another one by now the call
is made once more: a refused login was surely not applied.
"""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeVar, cast

from interlock.connectors.batches import Batching, takes_many
from interlock.connectors.census import census
from interlock.connectors.checkup import Checkup, Examined
from interlock.connectors.port import (
    CallFailed,
    Changes,
    Connector,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.connectors.rewinding import earlier
from interlock.connectors.stream import Notice, Stream, streaming
from interlock.estate.capability import Capabilities
from interlock.foundation.errors import InvariantError, UnavailableError, UsageError
from interlock.foundation.secrets.secret import Secret

_SURELY_NOT: Final = frozenset({Verdict.BLOCKED, Verdict.RETRYABLE})
_T = TypeVar("_T")


@dataclass(slots=True)
class _Held:
    """One opened connector, and how many calls are under way on it."""

    connector: Connector
    version: str
    calls: int = 0
    retired: bool = field(default=False)


class Rotating:
    """The connector of one system with the credential of the moment."""

    def __init__(
        self,
        credential: Callable[[bool], Secret],
        opened: Callable[[Mapping[str, str]], Connector],
    ) -> None:
        """Open it. `credential` returns what is known, or reads afresh if so told.

        Raises:
            UsageError: The credential is not there, or the connector cannot use it.
            UnavailableError: The place that keeps it does not answer.
        """
        self._credential = credential
        self._opened = opened
        self._lock = threading.Lock()
        self._now = self._open(credential(True))  # noqa: FBT003 (afresh)

    @property
    def capabilities(self) -> Capabilities:
        return self._now.connector.capabilities

    def read(self, obj: str, ref: str) -> Record | None:
        return self._asked(lambda connector: connector.read(obj, ref))

    def find(self, obj: str, field: str, value: str) -> Record | None:
        return self._asked(lambda connector: connector.find(obj, field, value))

    def changes(self, obj: str, cursor: str | None) -> Changes:
        return self._asked(lambda connector: connector.changes(obj, cursor))

    def census(self, obj: str, page: str | None) -> Changes:
        return self._asked(lambda connector: census(connector, obj, page))

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        with self._in_use() as held:
            return earlier(held.connector, cursor, by)

    def write(self, request: Request) -> Outcome:
        with self._in_use() as held:
            outcome = held.connector.write(request)
        if not _refused(outcome) or not self._is_other_than(held):
            return outcome
        with self._in_use() as held:
            return held.connector.write(request)

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        with self._in_use() as held:
            return iter(list(held.connector.event(headers, body, secrets)))

    def checkup(self, objects: Collection[str]) -> Checkup:
        with self._in_use() as held:
            if isinstance(held.connector, Examined):
                return held.connector.checkup(objects)
        return Checkup(permissions=())

    def stream(self, obj: str, position: str | None) -> Stream:
        """Return a line; it stays with the credential that it was opened with until it breaks.

        Raises:
            UsageError: This connector's system tells nothing over a line.
        """
        with self._in_use() as held:
            return streaming(held.connector).stream(obj, position)

    def told(self, notices: Sequence[Notice]) -> Sequence[Event]:
        return self._asked(lambda connector: streaming(connector).told(notices))

    @property
    def takes_many(self) -> bool:
        return takes_many(self._now.connector)

    def most(self, request: Request) -> int:
        with self._in_use() as held:
            return _batching(held.connector).most(request)

    @property
    def few(self) -> int:
        return _batching(self._now.connector).few

    def write_many(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        with self._in_use() as held:
            return _batching(held.connector).write_many(requests)

    def hand_over(self, requests: Sequence[Request]) -> str:
        return self._asked(lambda connector: _batching(connector).hand_over(requests))

    def begin(self, job: str) -> None:
        self._asked(lambda connector: _batching(connector).begin(job))

    def ended(
        self, job: str, obj: str, field: str, keys: Collection[str]
    ) -> Mapping[str, Outcome] | None:
        return self._asked(lambda connector: _batching(connector).ended(job, obj, field, keys))

    def records(self, obj: str, field: str, values: Collection[str]) -> Sequence[Record]:
        return self._asked(lambda connector: _batching(connector).records(obj, field, values))

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            self._now.retired = True
            _close_if_idle(self._now)

    def _asked(self, ask: "Callable[[Connector], _T]") -> "_T":
        with self._in_use() as held:
            try:
                return ask(held.connector)
            except CallFailed as failure:
                if not _refused(failure.outcome) or not self._is_other_than(held):
                    raise
        with self._in_use() as held:
            return ask(held.connector)

    @contextmanager
    def _in_use(self) -> Iterator[_Held]:
        self._renew(afresh=False)
        with self._lock:
            held = self._now
            held.calls += 1
        try:
            yield held
        finally:
            with self._lock:
                held.calls -= 1
                _close_if_idle(held)

    def _is_other_than(self, held: _Held) -> bool:
        """Tell whether there is another credential than the one that `held` was opened with."""
        self._renew(afresh=True)
        return self._now.version != held.version

    def _renew(self, *, afresh: bool) -> None:
        """Open anew if the credential changed.

        What cannot be read, or not be used, leaves the connector as it is: it may well go on
        working, and the watch over credentials reads afresh and asks people about it.
        """
        try:
            secret = self._credential(afresh)
            with self._lock:
                if secret.version == self._now.version:
                    return
                before, self._now = self._now, self._open(secret)
                before.retired = True
                _close_if_idle(before)
        except (UsageError, UnavailableError):
            return

    def _open(self, secret: Secret) -> _Held:
        return _Held(self._opened(secret.fields), secret.version)


def _batching(connector: Connector) -> Batching:
    if takes_many(connector):
        return cast("Batching", connector)
    raise InvariantError(
        f"the connector `{connector.capabilities.connector}` takes no writes together",
        hint="This is a defect: `takes_many` says so, and nobody asked.",
    )


def _refused(outcome: Outcome) -> bool:
    return outcome.kind is Kind.AUTH and outcome.verdict in _SURELY_NOT


def _close_if_idle(held: _Held) -> None:
    if held.retired and held.calls == 0:
        close = getattr(held.connector, "close", None)
        if close is not None:
            close()
