"""A document as it was read: its value, and where everything in it stands.

Places are looked up only when somebody asks: an estate that is right needs few of them.
"""

from dataclasses import dataclass
from typing import Any

from interlock.foundation.place import Place

Node = Any
"""A piece of YAML as the composer gives it (`yaml.Node`): its kind (`id`), value and place.

Named by what it has and not by its class: those who only look at an estate need no YAML.
"""


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its value, and the nodes that tell where everything in it stands."""

    file: str
    value: Any
    node: Node

    def place(self, *path: str | int, of_key: bool = False) -> Place:
        """Return the place of the value at `path`, or of the nearest thing around it."""
        node, key = self.node, None
        for name in path:
            found = _inside(node, name)
            if found is None:
                return place_of(self.file, node)
            key, node = found
        return place_of(self.file, key if of_key and key is not None else node)


def _inside(node: Node, name: str | int) -> tuple[Node | None, Node] | None:
    """Return the part of `node` called `name`, with its key if it is a mapping's."""
    if node.id == "mapping":
        for key, each in node.value:
            if key.value == name:
                return key, each
        return None
    if node.id == "sequence" and isinstance(name, int):
        return (None, node.value[name]) if 0 <= name < len(node.value) else None
    return None


def place_of(file: str, node: Node) -> Place:
    """Return where `node` starts; of quoted text, where the text starts."""
    mark = node.start_mark
    if node.id != "scalar":
        return Place(file, mark.line + 1, mark.column + 1)
    quoted = node.style in {"'", '"'}
    return Place(file, mark.line + 1, mark.column + 1 + quoted, max(len(node.value), 1))
