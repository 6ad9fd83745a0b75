"""Page after page of a system, as patiently as the limits of the system ask for.

For those who read much and are in no hurry: comparisons, data products. They never take the
place of work, wait for room, and ask again where a vendor was busy for a moment.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from interlock.connectors.port import CallFailed, Changes, Event
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.gate.permit import NotNow

PAGES: Final = 100_000
PATIENCE: Final = timedelta(seconds=60)
"""How long to wait for a place under a system's limits."""
CRITICALITY: Final = "low"
"""Reading everything never takes the place of work."""
REPEATED: Final = 8
"""How often a page is asked for again when its vendor was busy for a moment."""
BREATH: Final = timedelta(milliseconds=200)
"""After the first failure; twice as long after the second, and so on."""
GONE: Final = (".deleted", ".merged")
"""How the type of an event ends that says that its record is not there any more."""


class Source(Protocol):
    """Where records are asked for: the gate, which keeps every system's limits."""

    def census(
        self, system: str, obj: str, page: str | None, criticality: str
    ) -> Changes | NotNow:
        """Return one page of all records, or when to ask again; raises `CallFailed`."""
        ...


def gone(event: Event) -> bool:
    """Tell whether an event says that its record is not there any more."""
    return not event.body or event.type.endswith(GONE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """Reads pages of a source until there are no more."""

    source: Source
    clock: Clock

    def every(self, system: str, obj: str) -> Iterator[Event]:
        """Yield every record of an object in a system, again if it changed meanwhile.

        Raises:
            CallFailed: The system did not answer.
            UnavailableError: It has no room for longer than we wait.
            UsageError: It cannot be asked for all of them, or they do not end.
        """
        for page in self.pages(lambda at: self.source.census(system, obj, at, CRITICALITY)):
            yield from page.events

    def pages(
        self, ask: Callable[[str | None], Changes | NotNow], begin: str | None = None
    ) -> Iterator[Changes]:
        """Yield the pages that `ask` gives from the cursor `begin` on; raises as `every` does."""
        page, until, failures = begin, self.clock.now() + PATIENCE, 0
        for _ in range(PAGES):
            try:
                found = ask(page)
            except CallFailed:
                failures += 1
                if failures > REPEATED:
                    raise
                self.clock.sleep(BREATH * failures)
                continue
            if isinstance(found, NotNow):
                if found.until > until:
                    raise UnavailableError(found.reason, hint="Ask again when there is room.")
                self.clock.sleep(found.until - self.clock.now())
                continue
            yield found
            page, until, failures = found.cursor, self.clock.now() + PATIENCE, 0
            if not found.more:
                return
        raise UsageError(f"its records do not end after {PAGES} pages")
