"""A system that is a database: its tables, declared (connector `sql`).

Nothing here is SQL text: identifiers are checked to be identifiers, everything else is bound.
"""

from typing import Annotated, Literal

from pydantic import BeforeValidator, StringConstraints, model_validator
from pydantic import Field as Given

from interlock.estate.capability import Capability, Effect, Guarantee
from interlock.estate.kinds.declared import Duration, Part, Path
from interlock.estate.kinds.promises import Label
from interlock.estate.kinds.system import System, SystemSpec

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}$")]
TableName = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,62}\.)?[A-Za-z_][A-Za-z0-9_]{0,62}$"),
]
"""A table, or ``schema.table``."""


class Column(Part):
    """Where a field is kept, and as what."""

    column: Identifier
    type: Literal["text", "integer", "decimal", "boolean", "date", "moment", "json"] = "text"


def _column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


class Row(Part):
    """How one operation writes."""

    effect: Literal["create", "update", "upsert"]
    guarantee: Guarantee = Given(default=Guarantee.REFERENCE, alias="class")
    posts: bool = False
    source: str = "declared in the estate; protected by a unique index and one transaction"

    @model_validator(mode="after")
    def _coherent(self) -> "Row":
        if self.guarantee is Guarantee.SAFE:
            raise ValueError("a write is class A, B or C")
        return self


class SqlObject(Part):
    """One table of objects."""

    table: TableName
    id: Identifier
    """The key column: the system's id."""
    reference: Identifier
    """The column of our reference; classes A and B need a unique index on it."""
    modified: Identifier | None = None
    """The column with the time of change, kept by the database."""
    deleted: Identifier | None = None
    """The tombstone: not null and not false in a deleted row."""
    fields: dict[Path, Annotated[Column, BeforeValidator(_column)]] = Given(min_length=1)
    """Path in the body -> column."""
    operations: dict[Label, Row] = Given(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> "SqlObject":
        kept = [each.column.lower() for each in self.fields.values()]
        kept += [self.id.lower(), self.reference.lower()]
        twice = sorted({name for name in kept if kept.count(name) > 1})
        if twice:
            raise ValueError(f"column `{twice[0]}` has two meanings")
        if {"id", "reference"} & self.fields.keys():
            raise ValueError("`id` and `reference` are columns of their own, not fields")
        return self


class SqlOptions(Part):
    """A database."""

    objects: dict[Label, SqlObject] = Given(min_length=1)
    statementTimeout: Duration | None = None  # noqa: N815 (spelling of the file)
    """After this long the database gives a statement up; else the connection's timeout."""
    idempotencyTable: TableName | None = None  # noqa: N815 (spelling of the file)
    """A table of ours beside theirs, in which keys are remembered (class A)."""
    overlap: Duration | None = None
    """How far a poll looks back; longer than their longest transaction. Else 10 s."""

    @model_validator(mode="after")
    def _whole(self) -> "SqlOptions":
        for name, each in self.objects.items():
            for verb, row in each.operations.items():
                if row.guarantee is Guarantee.KEY and self.idempotencyTable is None:
                    raise ValueError(f"`{name}.{verb}` is class A and needs `idempotencyTable:`")
        return self

    def operations(self) -> dict[str, Capability]:
        """Return what it can do, in the words of the checks."""
        return {
            f"{obj}.{verb}": Capability(
                operation=f"{obj}.{verb}",
                effect=Effect(row.effect),
                guarantee=row.guarantee,
                posts=row.posts,
                source=row.source,
            )
            for obj, each in self.objects.items()
            for verb, row in each.operations.items()
        }

    def told(self) -> frozenset[str]:
        """Return the events that polling it yields."""
        polled = {name: each for name, each in self.objects.items() if each.modified}
        deleted = {f"{name}.deleted" for name, each in polled.items() if each.deleted}
        return frozenset({f"{name}.changed" for name in polled} | deleted)


class SqlSpec(SystemSpec):
    """What is known of a system whose tables are declared."""

    options: SqlOptions

    def operations(self) -> dict[str, Capability]:
        return self.options.operations()

    def told(self) -> frozenset[str]:
        return self.options.told()


class SqlSystem(System):
    """A system whose tables are declared."""

    spec: SqlSpec
