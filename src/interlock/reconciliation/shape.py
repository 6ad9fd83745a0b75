"""What systems show of each field, and what they showed before: a schema that changed is named.

A field that most records had at the last look, and that none has any more, was renamed or taken
away there. To compare without it would call everything different, so nothing is compared until
somebody says that it is meant so, or corrects the binding.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from interlock.reconciliation.slate import Slate

ENOUGH: Final = 20
"""Records of which somebody can tell that a field is gone, and not only empty by chance."""
Shape = Mapping[str, tuple[int, int]]
"""``SIDE SYSTEM COLUMN`` -> records of it, and how many of them say something."""


def shape_of(slate: Slate) -> dict[str, tuple[int, int]]:
    """Return what lies on the slate: of every system and column, how much of it is filled."""
    found: dict[str, tuple[int, int]] = {}
    for index, side in enumerate(slate.comparison.sides):
        columns = [c.name for c in slate.comparison.columns if side in c.sides]
        names = ["key", *columns]
        filled = ", ".join(_filled(slate, name) for name in names)
        for system, count, *each in slate.rows(
            f"SELECT system, count(*), {filled} FROM side_{index} GROUP BY system"  # noqa: S608 (names of ours)
        ):
            for name, number in zip(names, each, strict=True):
                found[f"{side} {system} {name}"] = (int(str(count)), int(str(number)))
    return found


def _filled(slate: Slate, name: str) -> str:
    spelled = "key" if name == "key" else slate.spelled(name)
    return f"count(*) FILTER (coalesce({spelled}::VARCHAR, '') <> '')"


def lost(before: Shape, now: Shape) -> Iterator[str]:
    """Yield what was there and is not any more, in words."""
    for name, (count, filled) in sorted(now.items()):
        had, said = before.get(name, (0, 0))
        if filled or count < ENOUGH or had < ENOUGH or said * 2 < had:
            continue
        side, system, column = name.split(" ", 2)
        yield (
            f"none of {count} records of `{system}` (side `{side}`) shows `{column}` any more, "
            f"and {said} of {had} did at the last look: was its schema changed?"
        )
