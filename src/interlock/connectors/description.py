"""What a system says its objects are made of: the nouns of `doctor`'s question whether it fits.

Apart from the port, because no transaction needs it, and few systems can say it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable


class Kind(StrEnum):
    """What a field holds, in one vocabulary for all systems."""

    TEXT = "text"
    CHOICE = "choice"
    """Text out of a list that somebody keeps over there."""
    REFERENCE = "reference"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    LIST = "list"
    PARTS = "parts"
    """A value made of others, such as an address."""
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldShape:
    """One field as the system describes it to us; what we may not see it does not describe."""

    kind: Kind = Kind.UNTOLD
    createable: bool | None = None
    """Whether we may set it on a new record; ``None`` where the system does not tell."""
    updateable: bool | None = None
    """Whether we may set it on an existing record."""
    mandatory: bool = False
    """Whether a new record needs it and the system does not fill it in by itself."""
    values: tuple[str, ...] = ()
    """Of a choice: what may stand there."""
    closed: bool = False
    """Whether the system refuses every other value."""
    inside: Mapping[str, "FieldShape"] | None = None
    """Of parts, or of the elements of a list; ``None`` where the system does not tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One object."""

    fields: Mapping[str, FieldShape] = field(default_factory=dict)


@runtime_checkable
class Describing(Protocol):
    """A connector whose system describes its objects."""

    def shape(self, obj: str) -> Shape | None:
        """Return what `obj` is made of; ``None``: there is none, or we may not see it.

        Raises:
            CallFailed: It could not be found out.
        """
        ...
