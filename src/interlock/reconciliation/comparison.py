"""What is compared: the sides, what they are compared by, and the order of the passes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from itertools import combinations
from typing import Final

from interlock.foundation.errors import UsageError

SCALE: Final = 6
"""Decimals of an amount on the slate: two more than any currency has (ISO 4217)."""
DIGITS: Final = 38


class Role(StrEnum):
    """What a column says about a difference in it."""

    AMOUNT = "amount"
    """The money that the totals add up; one column has it."""
    MONEY = "money"
    """Other money: a difference in it is one of amount."""
    TAX = "tax"
    CURRENCY = "currency"
    RATE = "rate"
    LEGAL_ENTITY = "legal-entity"
    ACCOUNT = "account"
    DATE = "date"
    STATUS = "status"
    PLAIN = "plain"


NUMBERS: Final = frozenset({Role.AMOUNT, Role.MONEY, Role.TAX, Role.RATE})
"""Roles whose values are exact numbers; all others are text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One thing that is compared."""

    name: str
    role: Role = Role.PLAIN
    sides: tuple[str, ...]
    """Who has it; all are compared with the first."""
    tolerance: Mapping[str, Decimal] = field(default_factory=dict)
    """By currency; ``""`` for every other one. Up to it, a difference is none."""
    days: int = 0
    """By how much dates may differ."""
    authority: str = ""
    """Whose value it is, for people; empty where that depends on the record."""

    @property
    def number(self) -> bool:
        """Whether its values are numbers."""
        return self.role in NUMBERS


class Match(StrEnum):
    """How many belong to how many: of the first side to of the second."""

    ONE_TO_ONE = "one-to-one"
    ONE_TO_MANY = "one-to-many"
    MANY_TO_ONE = "many-to-one"


class Mode(StrEnum):
    """Whose word a match is."""

    AUTOMATIC = "automatic"
    SUGGESTED = "suggested"
    """Nothing is matched until a person says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One look at what the passes before it left alone; what it takes, no later one has."""

    match: Match
    on: tuple[str, ...] = ()
    """Columns that must be equal; the currency always must be."""
    mode: Mode = Mode.AUTOMATIC
    linked: bool = False
    """What `on` joins belongs together even if its sums differ: then that is the break."""
    choose: bool = False
    """The many are chosen: those, and only those, whose sum is the one."""
    tolerance: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A reconciliation, ready to be carried out."""

    name: str
    sides: tuple[str, ...]
    """The first is upstream of the others."""
    columns: tuple[Column, ...] = ()
    passes: Sequence[Pass] = ()
    """After the first, which pairs equal keys."""
    void: frozenset[str] = frozenset()
    """Statuses of what does not count any more."""
    rounding: Mapping[str, Decimal] = field(default_factory=dict)
    """By currency: up to it, a difference beyond the tolerance is one of rounding."""

    def __post_init__(self) -> None:
        if len(self.sides) < 2 or len(set(self.sides)) != len(self.sides):  # noqa: PLR2004 (a comparison has two sides)
            raise UsageError(
                f"`{self.name}` has fewer than two sides", hint="Name at least two `systems`."
            )
        if self.passes and len(self.sides) > 2:  # noqa: PLR2004 (as above)
            raise UsageError(
                f"`{self.name}` has passes and more than two sides",
                hint="Matching by anything but the key is between two sides.",
            )

    def of(self, role: Role) -> Column | None:
        """Return the first column of `role`."""
        return next((column for column in self.columns if column.role is role), None)

    def pairs(self) -> list[tuple[int, int, list[Column]]]:
        """Return which sides are compared directly, and in what.

        The first with every other, because each must have every key; and whoever has a column that
        the first has not, with its first holder.
        """
        found = []
        for one, other in combinations(range(len(self.sides)), 2):
            first, second = self.sides[one], self.sides[other]
            shared = [c for c in self.columns if c.sides[0] == first and second in c.sides]
            if one == 0 or shared:
                found.append((one, other, shared))
        return found
