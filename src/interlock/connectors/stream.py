"""Changes that a system tells over a line that we keep open: the nouns of `inbound: {changes:}`.

Apart from the port, because few systems can. What such a line says is where to look: what the
records are now is read back, as for every other way in (decision 0011).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from interlock.connectors.port import Connector, Event
from interlock.foundation.errors import UsageError

EARLIEST: Final = ""
"""The position before everything that the system still keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The system's word that records of one object changed together."""

    object: str
    refs: tuple[str, ...]
    """The vendor's ids; empty where it does not say which records."""
    deleted: bool
    at: datetime
    """By the vendor's clock."""
    fields: frozenset[str] = frozenset()
    """The changed fields; empty where it does not say which, which may be all of them."""
    known: frozenset[str] = frozenset()
    """Every field whose change this line tells: others, such as formulas, change unsaid."""
    ours: bool = False
    """Whether the change was begun by a call of ours; what else it set off is in it too."""
    gap: str = ""
    """What nobody can find out any more from here: a person decides what to do about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """Some notices, and where to go on behind them."""

    notices: Sequence[Notice]
    position: str
    """Opaque; kept together with what the notices came to, and never before it."""


class PositionLostError(Exception):
    """The system cannot go on from a position: it is too old, or not one of its own any more."""


class Stream(Protocol):
    """One open line."""

    def __iter__(self) -> Iterator[Notices]:
        """Yield what comes, for as long as it comes.

        Raises:
            CallFailed: The line broke, or could not be had.
            PositionLostError: The system does not know the position to begin behind.
        """
        ...

    def close(self) -> None:
        """Hang up; from any thread."""
        ...


@runtime_checkable
class Streaming(Protocol):
    """A connector whose system tells changes over a line."""

    def stream(self, obj: str, position: str | None) -> Stream:
        """Return the line that tells changes of `obj` behind `position`; nothing is sent yet.

        ``None`` means from now on, `EARLIEST` from the earliest that is kept.

        Raises:
            UsageError: The connection lacks what it needs.
        """
        ...

    def told(self, notices: Sequence[Notice]) -> Sequence[Event]:
        """Return what became of the records that notices of one object name, read back.

        The events are the same ones, by their ids, that a poll finds.

        Raises:
            CallFailed: They could not be read.
        """
        ...


def streaming(connector: Connector) -> Streaming:
    """Return `connector` as one whose system tells changes over a line.

    Raises:
        UsageError: It is none.
    """
    if isinstance(connector, Streaming):
        return connector
    raise UsageError(
        f"`{connector.capabilities.connector}` does not tell changes over a line",
        hint="Leave `changes:` out of the system's `inbound`; the poll finds the changes.",
    )
