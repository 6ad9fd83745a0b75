"""A data product: a governed table for analysis, in the words of Bitol's ODPS and ODCS.

What a reader of the standards knows keeps its name here: ports of the product (ODPS 1.0.0),
properties and quality of its contract (ODCS 3.1.0). What is not theirs, such as whose records the
rows are, is exported as `customProperties`.
"""

import re
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import Field as Given
from pydantic import model_validator

from interlock.estate.kinds.declared import (
    Declared,
    Duration,
    Formula,
    Name,
    Part,
    ShortPart,
    Text,
)
from interlock.estate.kinds.system import DataClass

Logical = Literal["string", "date", "timestamp", "number", "integer", "boolean"]
BUILT: Final = frozenset({"active", "deprecated"})
_VERSION: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
Metric = Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"]


class InputPort(Part):
    """What it is made from (Bitol ODPS)."""

    name: Name
    """The system."""
    contractId: Name  # noqa: N815 (Bitol ODPS)
    """The `Contract` of that system that its rows rely on."""
    version: Text
    """In which version; another one is a finding."""


class OutputPort(Part):
    """What it offers (Bitol ODPS)."""

    name: Name
    """The table."""
    contractId: Name | Literal[""] = ""  # noqa: N815 (Bitol ODPS)
    """The id of the data contract (ODCS) that is published with it."""
    version: Text
    """Of that contract, such as 1.0.0: columns of a published version do not change, and only a
    new major version takes one away."""
    type: str = "table"
    """What it is (Bitol ODPS)."""
    description: str = ""
    """What one row is."""


class Quality(Part):
    """What must hold of a column, or of the table, before anything is published (ODCS)."""

    metric: Metric | None = None
    """What is counted; or `implementation`."""
    implementation: Formula | None = None
    """Over the columns of one row: true where the row is right."""
    arguments: dict[str, Any] = Given(default_factory=dict)
    """``validValues`` of `invalidValues`; ``properties`` of `duplicateValues` of a table."""
    mustBe: Decimal | None = None  # noqa: N815 (ODCS)
    """How many there must be; of rows that are wrong, none if nothing is said."""
    mustBeGreaterOrEqualTo: Decimal | None = None  # noqa: N815 (ODCS)
    """At least so many."""
    mustBeLessOrEqualTo: Decimal | None = None  # noqa: N815 (ODCS)
    """At most so many."""
    description: str = ""
    """Why."""

    @model_validator(mode="after")
    def _one(self) -> "Quality":
        if (self.metric is None) == (self.implementation is None):
            raise ValueError("a test has a `metric`, or an `implementation`; not both")
        return self


class ColumnSpec(ShortPart):
    """One column; as one string, its formula."""

    value: Formula
    """What stands in it: a field of the rows' entity, or a formula (ODCS `transformLogic`).
    `id` is our key of the record, `ref` the system's own id, `system` its name."""
    system: Name | None = None
    """From which system it is taken, where that is said: a finding if it may not originate it.
    Without it, the authority of the field, record by record."""
    logicalType: Logical | None = None  # noqa: N815 (ODCS)
    """Its type; that of the field if left out (ODCS)."""
    primaryKey: bool = False  # noqa: N815 (ODCS)
    """Whether it tells rows apart (ODCS)."""
    required: bool = False
    """Whether every row has it (ODCS)."""
    classification: DataClass = "internal"
    """How sensitive it is (ODCS): what is personal says so."""
    description: str = ""
    """What it means (ODCS)."""
    quality: tuple[Quality, ...] = ()
    """What must hold of it (ODCS)."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, value: object) -> object:
        return {"value": value} if isinstance(value, str) else value


class Lookup(Part):
    """A record that belongs to each row."""

    entity: Name
    """What it is."""
    key: Formula
    """Its key, over the row's own record."""


class RowsSpec(Part):
    """Whose records the rows are. From which systems they come is the entity table's to say."""

    entity: Name | Literal[""] = ""
    """What one row is about: records of the system that may originate them."""
    where: Formula | None = None
    """Which of them count; all if left out."""
    legalEntities: tuple[Name, ...] = ()  # noqa: N815 (spelling of the file)
    """Only those of these legal entities; of all if left out."""
    each: Name | None = None
    """A field that is a list: one row for each `element`; `position` is its place, from 1."""
    lookups: dict[Name, Lookup] = Given(default_factory=dict)
    """Name to another record, whose fields are `NAME.FIELD`."""


class Figure(Part):
    """A sum that is published with its proof: for each currency its own, never one of several."""

    sum: Name
    """The column of amounts."""
    currency: Name = "currency"
    """The column of their currencies."""
    by: tuple[Name, ...] = ()
    """More columns by which it is told apart."""


class DataProductSpec(Part):
    """A governed table for analysis (Bitol ODPS keys)."""

    status: Literal["proposed", "draft", "active", "deprecated", "retired"]
    """How far it is (Bitol ODPS); only ``active`` and ``deprecated`` ones are built, and what is
    not may leave out what it is made of."""
    domain: Name
    """The business domain that it belongs to."""
    inputPorts: tuple[InputPort, ...] = ()  # noqa: N815 (Bitol ODPS)
    """The contracts of the systems that it is made from (Bitol ODPS)."""
    outputPorts: tuple[OutputPort, ...] = Given(default=(), max_length=1)  # noqa: N815 (Bitol ODPS)
    """The one table that it offers (Bitol ODPS)."""
    rows: RowsSpec = Given(default_factory=RowsSpec)
    """Whose records the rows are."""
    columns: dict[Name, ColumnSpec] = Given(default_factory=dict)
    """Name of the column to what stands in it."""
    quality: tuple[Quality, ...] = ()
    """What must hold of the table (ODCS)."""
    figures: dict[Name, Figure] = Given(default_factory=dict)
    """Name to a sum that is published with its proof."""
    reconciledBy: tuple[Name, ...] = ()  # noqa: N815 (spelling of the file)
    """The reconciliations that say whether its figures agree with the books."""
    freshness: Duration | None = None
    """How old its rows may be."""
    whole: Duration | None = None
    """How often everything is read anew, since not every vendor tells what was deleted; each day
    if left out."""

    @model_validator(mode="after")
    def _whole(self) -> "DataProductSpec":
        if self.status in BUILT:
            if not self.drawn:
                raise ValueError("what is built says its `outputPorts`, `rows` and `columns`")
            if not _VERSION.fullmatch(self.port.version):
                raise ValueError("the version of a table that is built is written as 1.0.0")
        return self

    @property
    def drawn(self) -> bool:
        """Whether it says what it is made of."""
        named = bool(self.outputPorts and self.port.contractId)
        return named and bool(self.rows.entity and self.columns)

    @property
    def port(self) -> OutputPort:
        """Return the table that it offers."""
        return self.outputPorts[0]


class DataProduct(Declared):
    """A table that others may rely on."""

    kind: Literal["DataProduct"]
    spec: DataProductSpec
