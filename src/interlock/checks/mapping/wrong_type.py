"""MAP002: a field is bound to a path of another type.

Bad: ``total: {type: money, in: {billing: amount}}`` where the contract wants an integer.

Good: ``in: {billing: {path: amount, as: minor_units}}``
"""

from collections.abc import Iterator
from typing import Final

from interlock.checks.check import check
from interlock.checks.finding import Complaint, Severity
from interlock.checks.inspection import Inspection
from interlock.checks.mapping.schema import Bound, at, bound, types
from interlock.checks.subject import of

_WIRE: Final = {
    "string": {"string"},
    "currency": {"string"},
    "enum": {"string"},
    "date": {"string"},
    "timestamp": {"string"},
    "int": {"integer", "number"},
    "decimal": {"number", "string"},
    "money": {"number", "string"},
    "boolean": {"boolean"},
}
_CODECS: Final = {
    "minor_units": {"integer", "number", "string"},
    "epoch_seconds": {"integer", "number"},
    "lower": {"string"},
    "reference": {"string", "integer"},
}


@check("MAP002", severity=Severity.ERROR, title="A field of another type in the contract")
def wrong_type(inspection: Inspection) -> Iterator[Complaint]:
    for one in bound(inspection):
        schema = at(one.schema, one.binding.path)
        wanted = types(schema) if schema is not None else frozenset()
        sent = _sent(one)
        if not wanted or not sent or wanted & sent:
            continue
        yield Complaint(
            subject=of(one.entity, one.name, one.system),
            what=(
                f"`{one.entity.name}.{one.name}` is sent as {_or(sent)}, but `{one.binding.path}` "
                f"of contract `{one.contract.name}` is {_or(wanted)}"
            ),
            hint=f"Bind it with `as:` and one of: {', '.join(sorted(_CODECS))}; or fix its type.",
            where=one.entity.place_of("spec", "fields", one.name, "in", one.system),
        )


def _sent(one: Bound) -> frozenset[str]:
    """Return the JSON types that the value may have on the wire; empty when unknown."""
    if one.field.list is not None:
        return frozenset({"array"})
    spelling = one.binding.as_
    if isinstance(spelling, str):
        return frozenset(_CODECS.get(spelling, ()))
    if isinstance(spelling, dict):
        return frozenset({"string"})
    if one.field.refers_to is not None:
        return frozenset({"string"})
    return frozenset(_WIRE.get(one.field.type or "", ()))


def _or(names: frozenset[str]) -> str:
    return " or ".join(sorted(names))
