"""What an act is: who does what, and which ledgers must then say the same."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from interlock.cli.demonstration.scene import Scene

DIGITS: Final = {"JPY": 0, "KWD": 3}

Play = Callable[[Scene, str], Iterator[None]]
"""What is done about one deal; a `yield` waits for the next round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tied:
    """The same thing in two ledgers: it ties when both say the same."""

    process: str
    what: str
    here: Decimal
    there: Decimal

    @property
    def ties(self) -> bool:
        """Whether both say the same."""
        return self.here == self.there


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One process of the company, as everybody outside Interlock plays and counts it."""

    processes: tuple[str, ...]
    """The integrations that this act calls for."""
    plays: Mapping[str, Play]
    """Part of the cast -> what is done about each of its deals; `""` is done once."""
    ties: Callable[[Scene], Iterator[Tied]]

    def begin(self, scene: Scene) -> list[Iterator[None]]:
        """Return everything that is going to be done."""
        return [
            play(scene, deal)
            for part, play in self.plays.items()
            for deal in (scene.cast.of(part) if part else [""])
        ]


def per_currency(
    process: str, what: str, pairs: Iterable[tuple[str, Decimal, Decimal]]
) -> Iterator[Tied]:
    """Add (currency, here, there) up, one sum for every currency."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for currency, here, there in pairs:
        sums[currency][0] += here
        sums[currency][1] += there
    for currency, (here, there) in sorted(sums.items()):
        yield Tied(process=process, what=f"{currency} {what}", here=here, there=there)


def count(process: str, what: str, here: int, there: int) -> Tied:
    """Compare how many there are."""
    return Tied(process=process, what=what, here=Decimal(here), there=Decimal(there))


def major(minor: int, currency: str) -> Decimal:
    """Return an amount that is in the currency's smallest unit."""
    return Decimal(minor).scaleb(-DIGITS.get(currency.upper(), 2))


def exact(value: Any) -> Decimal:  # noqa: ANN401 (a number of some ledger's JSON)
    """Return a ledger's number as it is written."""
    return Decimal(str(value or 0))
