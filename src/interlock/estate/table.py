"""The table of a data product, compiled: its columns, and which field of what each is taken from.

Pure. The checks ask it before anything is deployed, the builder when it makes the rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from interlock.estate.estate import Estate
from interlock.estate.kinds import DataProduct, Entity
from interlock.estate.kinds.product import ColumnSpec, Figure, Quality
from interlock.expression import Expression, compile_expression

RECORD: Final[Mapping[str, str]] = {"id": "string", "ref": "string", "system": "string"}
"""What every record has besides the entity's fields."""
ELEMENT, POSITION = "element", "position"
LOGICAL: Final[Mapping[str, str]] = {
    "string": "string",
    "enum": "string",
    "currency": "string",
    "int": "integer",
    "decimal": "number",
    "money": "number",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
"""Type of a field -> logical type of a column (ODCS)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    name: str
    value: Expression
    system: str | None
    """From which system it is taken, where that is said."""
    logical: str
    """Its logical type (ODCS); empty where nobody said it."""
    spec: ColumnSpec

    @property
    def required(self) -> bool:
        """Whether every row must have it."""
        return self.spec.required or self.spec.primaryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A record that belongs to each row."""

    name: str
    entity: str
    key: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One field that a column, or a condition of the rows, is taken from."""

    entity: str
    field: str
    by: tuple[str, ...] = ()
    """Where in `spec` that is said, such as ``("columns", "total", "value")``."""
    column: str | None = None
    """``None``: which rows there are depends on it."""
    system: str | None = None
    """The system that is said to give it; ``None``: whoever may originate it."""
    within: str | None = None
    """The field of the rows' entity that is the list which it stands in."""
    whole: bool = True
    """The column is this field, and nothing is worked out of it."""
    lookup: str = ""
    """The lookup by which its record is found; empty for the row's own."""

    @property
    def own(self) -> bool:
        """Whether it is a field of the row's own record."""
        return not self.lookup and self.within is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table, ready to be filled."""

    name: str
    entity: str
    where: Expression | None
    legal_entities: tuple[str, ...]
    each: str | None
    element: str | None
    """The entity of the elements, where each is a row."""
    lookups: tuple[Lookup, ...]
    columns: tuple[Column, ...]
    quality: tuple[Quality, ...]
    figures: Mapping[str, Figure]

    @property
    def key(self) -> tuple[Column, ...]:
        """Return the columns that tell rows apart."""
        return tuple(column for column in self.columns if column.spec.primaryKey)

    def taken(self) -> Iterator[Taken]:
        """Yield every field that rows are made of."""
        for column in self.columns:
            by = ("columns", column.name, "value")
            yield from self._of(column.value, by, column)
        if self.where is not None:
            yield from self._of(self.where, ("rows", "where"), None)
        for lookup in self.lookups:
            yield from self._of(lookup.key, ("rows", "lookups", lookup.name, "key"), None)
        if self.each is not None:
            yield Taken(by=("rows", "each"), entity=self.entity, field=self.each)

    def _of(
        self, expression: Expression, by: tuple[str, ...], column: Column | None
    ) -> Iterator[Taken]:
        for read in expression.reads:
            path = tuple(part for part in read.path if part != "[]")
            plain = ".".join(read.path) == expression.text.strip()
            found = self._field(path[1:] if path[0] == self.entity and path[1:] else path)
            if found is not None:
                said = column.system if column is not None and found.own else None
                name = None if column is None else column.name
                yield replace(found, by=by, column=name, whole=plain, system=said)

    def _field(self, path: tuple[str, ...]) -> Taken | None:
        """Return the field that a path leads to; ``None`` for what is no field."""
        root, rest = path[0], path[1:]
        entities = {lookup.name: lookup.entity for lookup in self.lookups}
        if root in entities:
            return Taken(entity=entities[root], field=rest[0], lookup=root) if rest else None
        if root == ELEMENT and self.element is not None:
            return Taken(entity=self.element, field=rest[0], within=self.each) if rest else None
        counted = root == POSITION and self.element is not None
        return None if root in RECORD or counted else Taken(entity=self.entity, field=root)


def roots(estate: Estate, product: DataProduct) -> frozenset[str]:
    """Return the names that formulas of a product may use."""
    rows = product.spec.rows
    entity = estate.entities[rows.entity]
    names = {*entity.spec.fields, *RECORD, entity.name, *rows.lookups}
    return frozenset(names | ({ELEMENT, POSITION} if rows.each else set()))


def table_of(estate: Estate, product: DataProduct) -> Table:
    """Return the table of a product that was read without problems.

    Raises:
        ExpressionError: A formula cannot be understood.
    """
    spec = product.spec
    entity = estate.entities[spec.rows.entity]
    listed = entity.field(spec.rows.each or "")
    element = listed.list if listed is not None else None
    looked = {name: each.entity for name, each in spec.rows.lookups.items()}
    return Table(
        name=spec.port.name,
        entity=entity.name,
        where=None if spec.rows.where is None else compile_expression(spec.rows.where),
        legal_entities=spec.rows.legalEntities,
        each=spec.rows.each,
        element=element,
        lookups=tuple(
            Lookup(name=name, entity=each.entity, key=compile_expression(each.key))
            for name, each in spec.rows.lookups.items()
        ),
        columns=tuple(
            Column(
                name=name,
                value=compile_expression(each.value),
                system=each.system,
                logical=each.logicalType or logical(estate, entity, each.value, looked, element),
                spec=each,
            )
            for name, each in spec.columns.items()
        ),
        quality=spec.quality,
        figures=spec.figures,
    )


def logical(
    estate: Estate, entity: Entity, text: str, looked: Mapping[str, str], element: str | None
) -> str:
    """Return the logical type of a column that is one field; empty where it is more than that."""
    root, _, rest = text.strip().partition(".")
    if not rest:
        known = {**RECORD, POSITION: "integer"} if element else RECORD
        return known.get(root) or _of_field(entity, root)
    inside = {**looked, ELEMENT: element or "", entity.name: entity.name}.get(root, "")
    return _of_field(estate.entities[inside], rest) if inside in estate.entities else ""


def _of_field(entity: Entity, name: str) -> str:
    found = entity.field(name)
    if found is None:
        return ""
    return "string" if found.refers_to else LOGICAL.get(str(found.type), "")
