"""Classes of data, followed through a plan like authority is."""

from collections.abc import Iterable
from typing import Final

from interlock.checks.inspection import Inspection
from interlock.checks.lineage.shapes import Source

PROTECTED: Final = ("personal", "confidential")
"""Classes that may not flow into a place of another class; the first is the stricter."""


def class_of(inspection: Inspection, entity: str, field: str) -> str:
    """Return the class of a field; what the house adds (`id`, `ref`) is internal."""
    declared = inspection.estate.entities.get(entity)
    found = declared.field(field) if declared else None
    return found.class_ if found else "internal"


def protected(inspection: Inspection, sources: Iterable[Source]) -> Source | None:
    """Return the source of the strictest protected class, if there is one."""
    found = sorted(sources, key=str)
    for wanted in PROTECTED:
        for source in found:
            if class_of(inspection, source.entity, source.field) == wanted:
                return source
    return None
