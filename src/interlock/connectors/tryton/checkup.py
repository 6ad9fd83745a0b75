"""What we ask a Tryton database: one id of every model. It has no quota."""

from collections.abc import Collection, Iterator

from interlock.connectors.kit.checkup import Probe
from interlock.connectors.tryton.operations import OBJECTS, search


def probes(objects: Collection[str]) -> Iterator[Probe]:
    """Return what to ask."""
    for obj in sorted(set(objects) & set(OBJECTS)):
        yield Probe(
            what=f"read {obj}",
            call=search(OBJECTS[obj], [], ("id",), company=None, limit=1),
            grant=f"Validate the application key, and give its user `Read` on {OBJECTS[obj]}.",
        )
