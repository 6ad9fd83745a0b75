"""The declared lines that a finding points at, and how files are called outside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from interlock.foundation.place import Place, snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """The texts of the estate, and where its folder lies."""

    texts: Mapping[str, str] = field(default_factory=dict)
    """By the name that places use."""
    folder: str = ""
    """Relative to where the reader stands; with it names become paths that tools can open."""

    def path(self, place: Place) -> str:
        """Return the file of `place` as a path relative to where the reader stands."""
        if place.file not in self.texts or self.folder in {"", "."}:
            return place.file
        return f"{self.folder.rstrip('/')}/{place.file}"

    def position(self, place: Place) -> str:
        """Return ``path:line:column``."""
        path = self.path(place)
        return f"{path}:{place.line}:{place.column}" if place.line else path

    def excerpt(self, place: Place) -> str:
        """Return the line of `place` with a caret below; empty if it has none."""
        return snippet(place, self.texts.get(place.file, ""))
