"""What of a payload may stand in the trail: by allow-list of the fields' declared class."""

from collections.abc import Mapping
from typing import Final

from interlock.estate.estate import Estate

SHOWN: Final = frozenset({"public", "internal"})
MASK: Final = "[masked]"


def masked(estate: Estate, entity: str | None, values: Mapping[str, object]) -> dict[str, object]:
    """Return `values` with every field that is not public or internal masked.

    A field that the estate does not know is masked too: unknown is never harmless.
    """
    declared = estate.entities.get(entity) if entity else None
    found: dict[str, object] = {}
    for name, value in values.items():
        field = declared.field(name) if declared else None
        if field is None or field.class_ not in SHOWN:
            found[name] = MASK
        elif field.list is not None and isinstance(value, list):
            found[name] = [
                masked(estate, field.list, each) for each in value if isinstance(each, Mapping)
            ]
        else:
            found[name] = value
    return found
