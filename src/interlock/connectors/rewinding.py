"""A cursor that stands earlier: for a source whose first answer came later than it was asked.

A first poll says "from now on", by the vendor's clock. When it is answered only after an outage,
"now" is the end of the outage. How long ago it was first asked we know by our own clock, and a
length of time is the same on both: so the vendor's clock is still the only one in a cursor (F11).
"""

from datetime import timedelta
from typing import Protocol, runtime_checkable

from interlock.connectors.port import Connector


@runtime_checkable
class Rewinding(Protocol):
    """A connector whose system tells what changed since any moment, not too long ago."""

    def earlier(self, cursor: str, by: timedelta) -> str | None:
        """Return the cursor of a first poll that stands `by` before `cursor`.

        ``None``: the system does not know any more what changed so long ago.
        """
        ...


def earlier(connector: Connector, cursor: str, by: timedelta) -> str | None:
    """Return the cursor that stands `by` before `cursor`; ``None``: it cannot be had."""
    return connector.earlier(cursor, by) if isinstance(connector, Rewinding) else None
