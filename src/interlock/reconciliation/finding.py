"""What a reconciliation found: breaks with their causes, and totals that tie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from interlock.foundation.money import Money
from interlock.reconciliation.cause import MATCHED, Cause
from interlock.reconciliation.comparison import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One record that a break is about."""

    side: str
    system: str
    ref: str
    legal_entity: str = ""
    currency: str = ""
    amount: Decimal | None = None
    about: str = ""
    """The key of the run that is about it, where that is not its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One column in which the sides differ."""

    column: str
    values: Mapping[str, str | None]
    """By side."""
    authority: str = ""
    """Whose value it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What produced it: the run, its estate, and the mapping that wrote it."""

    run: str
    state: str
    estate: str
    integration: str
    mapping: str = ""
    """File and line of the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One difference, with its one cause."""

    id: str
    cause: Cause
    key: str | None
    parts: Sequence[Part]
    absent: Sequence[str] = ()
    """Sides that should have it and do not."""
    differences: Sequence[Difference] = ()
    money: Money | None = None
    """What is at stake."""
    legal_entity: str = ""
    note: str = ""
    """What else a person should know: no key, a key that is spelled differently."""
    suggestion: str = ""
    """The suggested match that it is part of."""
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Records that seem to belong together; a person decides."""

    id: str
    parts: Sequence[Part]
    on: str
    balance: Decimal
    """What is left when they are matched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """How many, and how much."""

    records: int
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """One side in one currency of one legal entity: the whole, and what it consists of."""

    side: str
    currency: str
    legal_entity: str
    whole: Tally
    by: Mapping[str, Tally]
    """``matched`` and the causes."""

    @property
    def residue(self) -> Tally:
        """Return what is in the whole and in none of its parts: nothing, or we are wrong."""
        return Tally(
            records=self.whole.records - sum(part.records for part in self.by.values()),
            amount=self.whole.amount - sum((p.amount for p in self.by.values()), Decimal(0)),
        )

    @property
    def ties(self) -> bool:
        """Whether the parts make the whole, exactly."""
        return self.residue == Tally(records=0, amount=Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """How many matches a pass made."""

    name: str
    mode: Mode
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of one comparison."""

    name: str
    totals: Sequence[Total]
    breaks: Sequence[Break]
    suggestions: Sequence[Suggestion] = ()
    matched: Sequence[Matched] = ()
    outside: Mapping[str, int] = field(default_factory=dict)
    """Side -> records after the cut-off that nothing in the period belongs to."""

    tolerated: Mapping[str, Decimal] = field(default_factory=dict)
    """Currency -> by how much the matched sums of the sides differ: within tolerance."""

    sample: Sequence[Sequence[Part]] = ()
    """Matched records that somebody may look up by hand, drawn by a seed."""

    @property
    def ties(self) -> bool:
        """Whether every side is what its parts are."""
        return all(total.ties for total in self.totals)

    def count(self, cause: Cause | None = None) -> int:
        """Return how many breaks there are, of one cause or of all."""
        return sum(1 for each in self.breaks if cause in (None, each.cause))

    def amount(self, side: str, cause: str = MATCHED) -> dict[str, Decimal]:
        """Return by currency how much of a side is matched, or has a cause."""
        found: dict[str, Decimal] = {}
        for total in self.totals:
            part = total.by.get(cause)
            if total.side == side and part is not None:
                found[total.currency] = found.get(total.currency, Decimal(0)) + part.amount
        return found
