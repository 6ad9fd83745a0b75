"""What does not fit between the estate and what a system says of its objects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.connectors.description import Shape
from interlock.estate.codec import shown
from interlock.foundation.place import Place

Shapes = Mapping[str, Shape | None]
"""Object -> what it is made of; ``None``: the system has none of that name."""
_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """One thing that the estate says otherwise than the system."""

    where: Place
    what: str
    hint: str


def some(values: Sequence[str]) -> str:
    """Return the first of some values, as a sentence may name them."""
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return ", ".join(shown(value) for value in values[:_SHOWN]) + more
