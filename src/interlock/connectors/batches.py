"""What some connectors can do besides: many writes in one job or call, many look-ups in one.

A job is handed over, begun, and asked about; nothing of it is applied before it is begun. So
whoever writes its name down between the two can always find out what became of it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from interlock.connectors.port import Outcome, Record, Request


class Batching(Protocol):
    """A connector that takes many writes at once."""

    @property
    def takes_many(self) -> bool:
        """Return whether it does: one that stands for another may not know before."""
        ...

    def most(self, request: Request) -> int:
        """Return how many writes like `request` one job takes; 0: it goes alone."""
        ...

    @property
    def few(self) -> int:
        """Return up to how many writes are quicker sent in one call than in a job."""
        ...

    def write_many(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        """Send writes in one call; return what each came to. Never raises, as `write`."""
        ...

    def hand_over(self, requests: Sequence[Request]) -> str:
        """Give the vendor writes of one operation, each with a key of its own; name the job.

        Raises:
            CallFailed: It was not taken. Surely nothing was applied, whatever the verdict.
        """
        ...

    def begin(self, job: str) -> None:
        """Let a job begin; once more is once.

        Raises:
            CallFailed: It may have begun all the same: `ended` finds out.
        """
        ...

    def ended(
        self, job: str, obj: str, field: str, keys: Collection[str]
    ) -> Mapping[str, Outcome] | None:
        """Return what became of every one of `keys`; ``None`` while the job is under way.

        A job that was handed over and not begun is begun. What the vendor says nothing of is
        uncertain; what is done comes with the record as it is now.

        Raises:
            CallFailed: It could not be found out.
        """
        ...

    def records(self, obj: str, field: str, values: Collection[str]) -> Sequence[Record]:
        """Return the records whose `field` is one of `values`; empty: the vendor's own id.

        By reads that see the connector's own writes (F10). What is not there is left out.

        Raises:
            CallFailed: They could not be read.
        """
        ...


def takes_many(connector: object) -> bool:
    """Return whether a connector is `Batching`, itself or the one that it stands for."""
    # Asked for every write: to compare with the whole protocol costs as much as a statement.
    return getattr(connector, "takes_many", False) is True
