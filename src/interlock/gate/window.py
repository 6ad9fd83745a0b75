"""The systems that are open: each behind its connector, with what it guarantees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from interlock.connectors.port import Connector
from interlock.estate.capability import Capability, Effect, Guarantee
from interlock.foundation.errors import InvariantError

READING: Final = Capability(operation="read", effect=Effect.READ, guarantee=Guarantee.SAFE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One open system."""

    connector: Connector
    bound: timedelta
    """After this long a request can no longer be applied (F3)."""
    counted_as: str = ""
    """Under which name its limits are kept: systems of one account share them (F7)."""


class Windows:
    """All that are open in this process."""

    def __init__(self, windows: Mapping[str, Window]) -> None:
        self._windows = dict(windows)

    def of(self, system: str) -> Window:
        """Return the window to `system`.

        Raises:
            InvariantError: It was not opened.
        """
        found = self._windows.get(system)
        if found is None:
            raise InvariantError(
                f"`{system}` was not opened", hint="Its connector or settings are missing."
            )
        return found

    def counted_as(self, system: str) -> str:
        """Return under which name the limits of `system` are kept."""
        return self.of(system).counted_as or system

    def capability(self, system: str, operation: str) -> Capability:
        """Return what is known of an operation; a read is always possible.

        Raises:
            InvariantError: The connector does not know it.
        """
        if operation.endswith(".read"):
            return READING
        found = self.of(system).connector.capabilities.operations.get(operation)
        if found is None:
            raise InvariantError(
                f"`{system}` has no operation `{operation}`",
                hint="The plan was checked against another connector. Apply the estate again.",
            )
        return found
