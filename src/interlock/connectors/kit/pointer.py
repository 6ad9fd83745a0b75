"""JSON Pointer (RFC 6901) into what a vendor answered."""

from collections.abc import Mapping, Sequence
from typing import Final

_LONGEST_INDEX: Final = 6


def pointed(document: object, pointer: str) -> object:
    """Return what stands at `pointer`; ``None`` where nothing does. Empty: the whole document."""
    found = document
    for part in pointer.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, Sequence) and not isinstance(found, (str, bytes)):
            found = _element(found, name)
        else:
            return None
    return found


def _element(found: Sequence[object], name: str) -> object:
    if not (name.isascii() and name.isdigit()) or len(name) > _LONGEST_INDEX:
        return None
    index = int(name)
    return found[index] if index < len(found) else None
