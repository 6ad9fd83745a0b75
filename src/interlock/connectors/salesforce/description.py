"""What describe says of an object, in the words of all connectors (REST: "sObject Describe")."""

from collections.abc import Callable, Mapping
from typing import Final

from interlock.connectors.description import FieldShape, Kind, Shape
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.port import Body
from interlock.connectors.salesforce import operations

_KINDS: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("picklist", "combobox"), Kind.CHOICE),
    **dict.fromkeys(("id", "reference"), Kind.REFERENCE),
    **dict.fromkeys(("currency", "double", "percent", "int", "long"), Kind.NUMBER),
    **dict.fromkeys(("address", "location"), Kind.PARTS),
    **dict.fromkeys(("string", "email", "phone", "url", "textarea", "multipicklist"), Kind.TEXT),
    **dict.fromkeys(("encryptedstring", "base64", "time"), Kind.TEXT),
    "boolean": Kind.BOOLEAN,
    "date": Kind.DATE,
    "datetime": Kind.TIMESTAMP,
}
"""The field types of the vendor; what is not here (anyType, new ones) is untold."""


def shape_of(obj: str, describe: Callable[[str], Answer]) -> Shape:
    """Return what `obj` is made of, its lines too where they are read with it.

    Raises:
        CallFailed: The org did not say.
    """
    fields = _fields(describe(obj))
    child = operations.CHILDREN.get(obj)
    if child is not None:
        rows = FieldShape(kind=Kind.LIST, inside=_fields(describe(child[1])))
        fields[child[0]] = FieldShape(kind=Kind.PARTS, inside={"records": rows})
    return Shape(fields=fields)


def _fields(answer: Answer) -> dict[str, FieldShape]:
    found = answer.mapping().get("fields")
    rows = found if isinstance(found, list) else []
    named = {str(row["name"]): _field(row) for row in rows if _is_field(row)}
    if not named or len(named) != len(rows):
        raise answer.malformed("a description without fields, or with some that have no name")
    return named


def _is_field(row: object) -> bool:
    return isinstance(row, dict) and isinstance(row.get("name"), str)


def _field(row: Body) -> FieldShape:
    createable = _told(row, "createable")
    given = row.get("nillable") is True or row.get("defaultedOnCreate") is True
    listed = row.get("picklistValues")
    values = listed if isinstance(listed, list) else []
    return FieldShape(
        kind=_KINDS.get(str(row.get("type")), Kind.UNTOLD),
        createable=createable,
        updateable=_told(row, "updateable"),
        mandatory=createable is True and not given,
        values=tuple(
            str(each.get("value"))
            for each in values
            if isinstance(each, dict) and each.get("active") is not False
        ),
        closed=row.get("restrictedPicklist") is True,
    )


def _told(row: Body, name: str) -> bool | None:
    found = row.get(name)
    return found if isinstance(found, bool) else None
