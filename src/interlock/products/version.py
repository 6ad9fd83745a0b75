"""What was published: one version of a table, with what it was made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Promised:
    """One column, as it was published."""

    name: str
    logical: str
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One published figure, in one currency."""

    figure: str
    by: Mapping[str, str]
    """The columns by which it is told apart, with their values."""
    currency: str
    amount: Decimal
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A system that rows came from."""

    system: str
    title: str
    owner: str
    contract: str
    version: str
    records: int
    """Records that were read of it for this version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What of a version the next one is measured by."""

    number: int
    contract: str
    """The version of the contract."""
    digest: str
    columns: Sequence[Promised]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version(Published):
    """One version of a table."""

    name: str
    table: str
    rows: int
    published_at: datetime
    estate: str
    """The digest of the estate by which it was made."""
    sums: Sequence[Sum]
    inputs: Sequence[Input]
    read_at: datetime
    """The earliest moment at which one of its sources was read: what changed later is not in."""
    tests: int = 0
    """How many promises it keeps."""
