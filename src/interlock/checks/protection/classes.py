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
    kinds = ((class_of(inspection, one.entity, one.field), one) for one in sources)
    found = [(PROTECTED.index(kind), str(one), one) for kind, one in kinds if kind in PROTECTED]
    return min(found, key=lambda each: each[:2])[2] if found else None
