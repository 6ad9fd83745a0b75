"""Fields of a record and of those it refers to, as SOQL names them: ``Account.Parent.Name``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.salesforce.schema import CHILDREN, OBJECTS, Field, Schema
from interlock_sandbox.world import Record

MOST: Final = 5
"""Steps from child to parent that a query may take."""
Tables = Mapping[str, Mapping[str, Record]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The way from a record to a field."""

    steps: tuple[Field, ...]
    """References to follow."""
    field: Field
    tables: Tables

    def of(self, record: Record) -> object:
        """Return the value at the end of the way; nothing where a reference is empty."""
        for step in self.steps:
            parent = self.tables.get(step.to, {}).get(str(record.get(step.name)))
            if parent is None:
                return None
            record = parent
        return record.get(self.field.name)


class Paths:
    """Finds ways from records of one object; names are known in any case."""

    def __init__(self, schema: Schema, obj: str, tables: Tables) -> None:
        self._schema = schema
        self.obj = obj
        self._tables = tables

    def find(self, text: str) -> Path:
        """Return the way that `text` names.

        Raises:
            SalesforceError: There is no such field or relationship.
        """
        *relations, name = text.split(".")
        obj, steps = self.obj, list[Field]()
        if relations and relations[0].casefold() == obj.casefold():
            del relations[0]  # an object may name itself
        for relation in relations[: MOST + 1]:
            step = self._step(obj, relation)
            steps.append(step)
            obj = step.to
        if len(steps) > MOST:
            raise refused("INVALID_QUERY", f"more than {MOST} relationships: {text}")
        return Path(steps=tuple(steps), field=self._field(obj, name), tables=self._tables)

    def _step(self, obj: str, relation: str) -> Field:
        for field in self._schema.fields(obj).values():
            if field.to and field.relationship.casefold() == relation.casefold():
                return field
        message = f"Didn't understand relationship '{relation}' in field path."
        raise refused("INVALID_FIELD", message)

    def _field(self, obj: str, name: str) -> Field:
        fields = self._schema.fields(obj)
        found = fields.get(name)
        if found is None:
            known = (
                field for field in fields.values() if field.name.casefold() == name.casefold()
            )
            found = next(known, None)
        if found is None:
            message = (
                f"No such column '{name}' on entity '{obj}'. If you are attempting to use a "
                "custom field, be sure to append the '__c' after the custom field name."
            )
            raise refused("INVALID_FIELD", message)
        return found


def object_named(name: str) -> str:
    """Return the object that a query names in FROM.

    Raises:
        SalesforceError: There is none.
    """
    for obj in OBJECTS:
        if obj.casefold() == name.casefold():
            return obj
    raise refused("INVALID_TYPE", f"sObject type '{name}' is not supported.")


def children_named(obj: str, name: str) -> tuple[str, str, str]:
    """Return a child relationship of `obj`: its name, the child object and the field back.

    Raises:
        SalesforceError: There is none.
    """
    for relation, (child, field) in CHILDREN.get(obj, {}).items():
        if relation.casefold() == name.casefold():
            return relation, child, field
    message = f"Didn't understand relationship '{name}' in FROM part of query call."
    raise refused("INVALID_TYPE", message)
