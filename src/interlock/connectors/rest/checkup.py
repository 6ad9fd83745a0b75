"""What a declared API is asked: for changes as a poll does, else for an object that nobody has."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import Final, Protocol

from interlock.connectors.checkup import Held, Permission
from interlock.connectors.kit.checkup import NOBODY, asked_for_nobody
from interlock.connectors.port import Changes, Record
from interlock.estate.kinds.rest import RestOptions

_UNASKED: Final = "nothing is declared that can be asked without an id"


class Asked(Protocol):
    """The two questions."""

    def changes(self, obj: str, cursor: str | None) -> Changes:
        """As of the port."""
        ...

    def find(self, obj: str, field: str, value: str) -> Record | None:
        """As of the port."""
        ...


def permissions(
    api: Asked, options: RestOptions, objects: Collection[str]
) -> Iterator[Permission]:
    """Yield for each of `objects` whether it may be read."""
    for obj in sorted(set(objects) & options.objects.keys()):
        what, grant = f"read {obj}", f"Let our user read {obj} over the API."
        declared = options.objects[obj]
        if declared.changes is not None:
            yield asked_for_nobody(what, grant, partial(api.changes, obj, None))
        elif declared.find:
            field = next(iter(declared.find))
            yield asked_for_nobody(what, grant, partial(api.find, obj, field, NOBODY))
        else:
            yield Permission(what=what, held=Held.UNKNOWN, said=_UNASKED)
