"""What the metadata catalogue says of a record type: JSON Schema, in the words of all connectors.

It names fields, types and the values of enumerations, custom fields of this account included. It
does not say what may be written or what a new record needs, and references and sublists it only
points to (NetSuite help, "Working with JSON Schema Metadata"): all of that stays untold.
"""

from collections.abc import Mapping
from typing import Any, Final

from interlock.connectors.description import FieldShape, Kind, Shape
from interlock.connectors.kit.exchange import Answer, Call, Intent, segment
from interlock.connectors.netsuite.operations import RECORD

DEEPEST: Final = 5
_OWN: Final = ("id", "externalId", "links")
"""What every record has, whether its schema names it or not."""
_FORMATS: Final = {"date": Kind.DATE, "date-time": Kind.TIMESTAMP}
_TYPES: Final = {
    "string": Kind.TEXT,
    "integer": Kind.NUMBER,
    "number": Kind.NUMBER,
    "boolean": Kind.BOOLEAN,
    "array": Kind.LIST,
    "object": Kind.PARTS,
}


def described(obj: str) -> Call:
    """Return the call for the schema of a record type."""
    return Call(
        intent=Intent.READ,
        method="GET",
        path=f"{RECORD}/metadata-catalog/{segment(obj)}",
        headers={"Accept": "application/schema+json"},
    )


def shape_of(answer: Answer) -> Shape:
    """Return what a record type is made of.

    Raises:
        CallFailed: The answer is no schema of an object.
    """
    properties = answer.mapping().get("properties")
    if not isinstance(properties, dict) or not properties:
        raise answer.malformed("a schema without properties")
    fields = {str(name): _field(part, DEEPEST) for name, part in properties.items()}
    return Shape(fields={**dict.fromkeys(_OWN, FieldShape()), **fields})


def _field(part: object, deepest: int) -> FieldShape:
    if not isinstance(part, dict) or deepest == 0 or "$ref" in part:
        return FieldShape()
    values = part.get("enum")
    if isinstance(values, list):
        return FieldShape(kind=Kind.CHOICE, values=tuple(map(str, values)), closed=True)
    kind = _FORMATS.get(str(part.get("format"))) or _TYPES.get(str(part.get("type")), Kind.UNTOLD)
    return FieldShape(kind=kind, inside=_inside(part, deepest - 1))


def _inside(part: Mapping[str, Any], deepest: int) -> Mapping[str, FieldShape] | None:
    items = part.get("items")
    around = items if isinstance(items, dict) else part
    properties = around.get("properties")
    if not isinstance(properties, dict) or not properties:
        return None
    return {str(name): _field(inner, deepest) for name, inner in properties.items()}
