"""Our keys of the records that others point to, as their systems show them."""

from collections.abc import Callable, Iterator, Mapping

from interlock.connectors.port import Event
from interlock.estate.binding import at_path, identity
from interlock.estate.estate import Estate
from interlock.reconciliation.row import text


class References:
    """Our keys of the records that others point to, read when the first of them is needed."""

    def __init__(self, estate: Estate, every: Callable[[str, str], Iterator[Event]]) -> None:
        self._estate = estate
        self._every = every
        self._known: dict[tuple[str, str], Mapping[str, str]] = {}

    def of(self, entity: str, ref: str, system: str) -> str | None:
        """Return our key of the record that has the id `ref` in `system`."""
        known = self._known.get((entity, system))
        if known is None:
            known = self._known[entity, system] = dict(self._read(entity, system))
        return known.get(ref)

    def _read(self, entity: str, system: str) -> Iterator[tuple[str, str]]:
        key_field = identity(self._estate, entity, system).field
        for event in self._every(entity, system):
            key = text(at_path(event.body, key_field))
            if key is not None:
                yield event.ref, key
