"""Records as people write them, with the values that their fields have."""

from collections.abc import Mapping

from interlock.estate.correction import typed
from interlock.estate.estate import Estate

Record = Mapping[str, object]


def meant(estate: Estate, entity: str, record: Record) -> dict[str, object]:
    """Return a record with its text read by the types of the entity's fields, lists included."""
    fields = estate.entities[entity].spec.fields
    found: dict[str, object] = {}
    for name, value in record.items():
        elements = fields[name].list if name in fields else None
        if elements is not None and isinstance(value, list):
            found[name] = [meant(estate, elements, each) for each in value]
        else:
            found[name] = typed(estate, {f"{entity}.{name}": value})[f"{entity}.{name}"]
    return found
