"""A vendor's record in the estate's words, and how it differs from what was intended."""

from collections.abc import Mapping
from dataclasses import replace

from interlock.connectors.port import Kind, Outcome, Record, Verdict
from interlock.estate.binding import BindingError, at_path, from_vendor, identity
from interlock.estate.estate import Estate


def unread(outcome: Outcome, error: BindingError) -> Outcome:
    """Return the outcome of a read whose answer holds what the estate does not declare."""
    return replace(
        outcome,
        verdict=Verdict.REJECTED,
        kind=Kind(error.kind),
        message=str(error),
    )


def read_record(estate: Estate, entity: str, system: str, record: Record) -> dict[str, object]:
    """Return a vendor's record in our words, with its key and the vendor's id.

    Raises:
        BindingError: It holds a value that the estate does not declare.
    """
    found = from_vendor(estate, entity, system, record.body)
    named = identity(estate, entity, system)
    key = at_path(record.body, named.field)
    found["id"] = record.ref if key is None else str(key)
    found["ref"] = record.ref
    return found


def difference(intended: Mapping[str, object], seen: Mapping[str, object]) -> str | None:
    """Return how a record that was found differs from what was intended (F16); None: adopt it."""
    for field, value in intended.items():
        found = seen.get(field)
        if found is None or isinstance(value, list):
            continue
        if found != value:
            return f"one exists already, but its {field} is {found} and not {value}"
    return None
