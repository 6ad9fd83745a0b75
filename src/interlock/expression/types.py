"""The types of the language: a small gradual algebra in which `any` stands for "not known"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class Type:
    """A type. Build it with the constants and makers below."""

    kind: str
    """string, int, decimal, bool, date, timestamp, duration, null, any, list, object."""
    item: "Type | None" = None
    fields: "Mapping[str, Type] | None" = field(default=None, hash=False)
    """Of an object; ``None`` means any field."""
    name: str = ""
    values: frozenset[str] = frozenset()
    """Of an enum, which is a string with a closed set of values."""
    optional: bool = False
    """Whether the value may be absent."""

    def __str__(self) -> str:
        if self.kind == "list":
            return f"list of {self.item}"
        return self.name or self.kind

    def maybe(self) -> "Type":
        """Return the type of a value that may be absent."""
        return Type(self.kind, self.item, self.fields, self.name, self.values, optional=True)

    @property
    def is_any(self) -> bool:
        """Whether nothing is known of it."""
        return self.kind == "any"

    @property
    def is_number(self) -> bool:
        """Whether it is surely an int or a decimal."""
        return self.kind in {"int", "decimal"}


ANY: Final = Type("any")
STRING: Final = Type("string")
INT: Final = Type("int")
DECIMAL: Final = Type("decimal")
BOOL: Final = Type("bool")
DATE: Final = Type("date")
TIMESTAMP: Final = Type("timestamp")
DURATION: Final = Type("duration")
NULL: Final = Type("null")


def list_of(item: Type) -> Type:
    """Return the type of a list of `item`."""
    return Type("list", item=item)


def object_of(name: str, fields: Mapping[str, Type] | None) -> Type:
    """Return the type of a record; no `fields` means that any name may be asked for."""
    return Type("object", fields=fields, name=name)


def enum_of(values: frozenset[str]) -> Type:
    """Return the type of a string out of a closed set."""
    return Type("string", values=values)


def alike(left: Type, right: Type) -> bool:
    """Whether values of the two types can sensibly be compared for equality."""
    if left.is_any or right.is_any or "null" in {left.kind, right.kind}:
        return True
    if left.is_number and right.is_number:
        return True
    return left.kind == right.kind


def joined(left: Type, right: Type) -> Type:
    """Return the type of a value that is one or the other."""
    if left == right:
        return left
    if left.kind == "null":
        return right.maybe()
    if right.kind == "null":
        return left.maybe()
    if left.is_number and right.is_number:
        return DECIMAL
    if left.kind == right.kind == "string":
        return STRING
    return left if left.kind == right.kind and left.fields == right.fields else ANY


@dataclass(frozen=True, slots=True)
class Schema:
    """The names that an expression may use, each with its type."""

    roots: Mapping[str, Type]

    def with_name(self, name: str, type_: Type) -> "Schema":
        """Return the schema in which `name` is known too."""
        return Schema({**self.roots, name: type_})
