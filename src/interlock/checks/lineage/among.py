"""What is known of a value at a place of a plan: one of these, or none of these."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Spot = tuple[str, str]
"""One field of one record of a run: (which record, which field)."""


@dataclass(frozen=True, slots=True)
class Among:
    """A set of values, or everything outside of it."""

    values: frozenset[object]
    outside: bool = False

    def allows(self, value: object) -> bool:
        """Tell whether the value may be `value`."""
        return (value in self.values) is not self.outside

    def within(self, choices: Iterable[object]) -> frozenset[object]:
        """Return which of `choices` are left."""
        return frozenset(choice for choice in choices if self.allows(choice))

    @property
    def never(self) -> bool:
        """Tell whether nothing is left."""
        return not self.values and not self.outside

    def negated(self) -> "Among":
        """Return what is known when this does not hold."""
        return Among(self.values, not self.outside)

    def both(self, other: "Among") -> "Among":
        """Return what is known when this and `other` hold."""
        if self.outside and other.outside:
            return Among(self.values | other.values, outside=True)
        if self.outside:
            return Among(other.values - self.values)
        return Among(self.values - other.values if other.outside else self.values & other.values)

    def either(self, other: "Among") -> "Among":
        """Return what is known when this or `other` holds."""
        return self.negated().both(other.negated()).negated()


Facts = Mapping[Spot, Among]
"""What is known at a place of a plan; what is not named is not known."""


def both(left: Facts, right: Facts) -> Facts:
    """Return what is known when both hold."""
    if not right:
        return left
    joined = dict(left)
    for spot, among in right.items():
        joined[spot] = joined[spot].both(among) if spot in joined else among
    return joined


def either(left: Facts, right: Facts) -> Facts:
    """Return what is known when one of them holds."""
    return {spot: left[spot].either(right[spot]) for spot in left.keys() & right.keys()}


def impossible(facts: Facts) -> bool:
    """Tell whether the facts contradict each other."""
    return any(among.never for among in facts.values())
