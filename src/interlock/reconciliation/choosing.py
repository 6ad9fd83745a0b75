"""Which of several open items make up one sum? Exact, bounded, and only if there is one answer."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

MOST: Final = 24
"""Items of one group: all their subsets are looked at in two halves of 4,096."""


def chosen(whole: Decimal, items: Sequence[Decimal]) -> tuple[int, ...] | None:
    """Return the places of the items that make `whole`; ``None`` if none do, or not only those.

    At least two items: one alone would be a pair. Equal items stand for each other, so a sum that
    could be made of either is no answer.
    """
    if not 2 <= len(items) <= MOST:  # noqa: PLR2004 (a choice is between two at least)
        return None
    middle = len(items) // 2
    left, right = _sums(items[:middle]), _sums(items[middle:])
    found: list[int] = []
    for total, masks in left.items():
        for mask in masks:
            found += [mask | other << middle for other in right.get(whole - total, ())]
            if len(found) > _ENOUGH:
                return None
    several = [mask for mask in found if mask.bit_count() > 1]
    if len(several) != 1 or len(found) != 1:
        return None
    return tuple(place for place in range(len(items)) if several[0] >> place & 1)


_ENOUGH: Final = 1
"""More answers than one are none."""


def _sums(items: Sequence[Decimal]) -> dict[Decimal, list[int]]:
    """Return every sum of some items, with the first few sets of places that make it."""
    sums = [Decimal(0)]
    for item in items:
        sums += [total + item for total in sums]
    found: dict[Decimal, list[int]] = {}
    for mask, total in enumerate(sums):
        kept = found.setdefault(total, [])
        if len(kept) <= _ENOUGH:
            kept.append(mask)
    return found
