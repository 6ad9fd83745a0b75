"""The change events of one org: its lines, and whether they are ours to have.

gRPC and Avro are imported when a line is opened or examined: who only polls does not pay for them.
"""

import threading
from collections.abc import Collection, Iterator
from typing import Final, Protocol

from interlock.connectors.checkup import Held, Permission
from interlock.connectors.kit.auth import Auth
from interlock.connectors.kit.checkup import refused
from interlock.connectors.port import CallFailed, Connection
from interlock.connectors.salesforce.operations import is_name
from interlock.connectors.stream import PositionLostError, Stream
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError

WANTED: Final = "changes"
"""The option in which the system's declared `inbound: {changes:}` comes."""
_GRANT: Final = "Give the integration user `Read` on {obj}, and the app the scope `api`."


class Lines(Protocol):
    """What opens lines: the part of this package that knows gRPC."""

    def stream(self, obj: str, position: str | None) -> Stream:
        """Return the line that tells changes of `obj`."""
        ...

    def subscribable(self, obj: str) -> bool:
        """Tell whether the org lets us subscribe to changes of `obj`; raises `CallFailed`."""
        ...


class ChangeEvents:
    """Opens lines of one connection."""

    def __init__(self, connection: Connection, auth: Auth, clock: Clock) -> None:
        self._connection = connection
        self._auth = auth
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: Lines | None = None

    @property
    def wanted(self) -> bool:
        """Whether the system declares that its changes are told by Pub/Sub."""
        return self._connection.options.get(WANTED) == "pubsub"

    def stream(self, obj: str, position: str | None) -> Stream:
        """Return the line that tells changes of `obj` behind `position`."""
        return self._opened().stream(obj, position)

    def permissions(self, objects: Collection[str]) -> Iterator[Permission]:
        """Yield whether we may subscribe to the changes of each object."""
        for obj in sorted(filter(is_name, objects)):
            yield self._permission(f"subscribe to changes of {obj}", obj)

    def _permission(self, what: str, obj: str) -> Permission:
        grant = _GRANT.format(obj=obj)
        try:
            held = self._opened().subscribable(obj)
        except CallFailed as failure:
            return refused(what, grant, failure.outcome, frozenset())
        except (UsageError, PositionLostError) as error:
            return Permission(what=what, held=Held.UNKNOWN, said=str(error), grant=grant)
        return Permission(what=what, held=Held.YES if held else Held.NO, grant=grant)

    def _opened(self) -> Lines:
        with self._lock:
            if self._lines is None:
                from interlock.connectors.salesforce.pubsub.lines import PubSubLines

                self._lines = PubSubLines(self._connection, self._auth, self._clock)
            return self._lines
