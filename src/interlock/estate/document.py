"""A document as it was read: its value, and where everything in it stands.

Places are looked up only when somebody asks: an estate that is right needs few of them. So what
the composer gives is not kept: who asks for a place has the file composed once more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from interlock.foundation.place import Place

Node = Any
"""A piece of YAML as the composer gives it (`yaml.Node`): its kind (`id`), value and place.

Named by what it has and not by its class: those who only look at an estate need no YAML.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, and what tells where everything in it stands."""

    file: str
    value: Any
    composed: Callable[[], Node]
    """Gives the document as the composer gave it, however often it is asked."""

    def place(self, *path: str | int, of_key: bool = False) -> Place:
        """Return the place of the value at `path`, or of the nearest thing around it."""
        node = named = self.composed()
        for name in path:
            if node.id == "mapping":
                for key, part in node.value:
                    if key.value == name:
                        named, node = key, part
                        break
                else:
                    return place_of(self.file, node)
            elif node.id == "sequence" and name in range(len(node.value)):
                named = node = node.value[name]
            else:
                return place_of(self.file, node)
        return place_of(self.file, named if of_key else node)


def place_of(file: str, node: Node) -> Place:
    """Return where `node` starts; of quoted text, where the text starts."""
    mark = node.start_mark
    if node.id != "scalar":
        return Place(file, mark.line + 1, mark.column + 1)
    quoted = node.style in {"'", '"'}
    return Place(file, mark.line + 1, mark.column + 1 + quoted, max(len(node.value), 1))
