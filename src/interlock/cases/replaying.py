"""Replay: retry many parked runs by cause, or drive finished ones again, which changes nothing.

First the plan (how many, how much money, what is left out and why), then a canary of a few, then
the rest (peers.md 5.2). Every single one is an answer with a person and a reason in its record.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from interlock.cases import store
from interlock.cases.case import ANSWERS, Answer, State, Which
from interlock.foundation.database import Database
from interlock.foundation.errors import InterlockError
from interlock.foundation.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One run that is to be driven again."""

    run: str
    money: Money | None = None
    case: str = ""
    """Its open case; empty for a finished run."""
    cause: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a replay would touch."""

    targets: tuple[Target, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    """Why -> how many that were named cannot be replayed."""

    @property
    def money(self) -> dict[str, Decimal]:
        """Return the sum by currency."""
        return sums(target.money for target in self.targets)

    @property
    def causes(self) -> dict[str, int]:
        """Return how many there are by cause."""
        found: dict[str, int] = {}
        for target in self.targets:
            found[target.cause] = found.get(target.cause, 0) + 1
        return found

    def first(self, count: int | None) -> "Selection":
        """Return the first `count`, the most pressing; all of them if it is ``None``."""
        kept = self.targets if count is None else self.targets[:count]
        return Selection(targets=kept, left_out=self.left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What came of a replay."""

    done: tuple[Target, ...]
    refused: tuple[tuple[Target, str], ...]


def parked(database: Database, which: Which, *, limit: int = 100_000) -> Selection:
    """Return the parked runs of the open cases that are meant, the most pressing first."""
    with database.transaction() as connection:
        found = store.queue(connection, which, limit)
    targets, left_out = [], dict[str, int]()
    for case in found:
        if Answer.RETRY not in ANSWERS[case.kind]:
            left_out[f"a case of kind {case.kind}"] = (
                left_out.get(f"a case of kind {case.kind}", 0) + 1
            )
        elif case.state is State.ANSWERED:
            left_out["answered already"] = left_out.get("answered already", 0) + 1
        else:
            target = Target(
                run=case.stream, money=case.money, case=case.id, cause=case.cause, key=case.key
            )
            targets.append(target)
    return Selection(targets=tuple(targets), left_out=left_out)


def carry_out(selection: Selection, replay: Callable[[Target], object]) -> Replayed:
    """Replay each; one that is refused does not stop the others, and says why."""
    done: list[Target] = []
    refused: list[tuple[Target, str]] = []
    for target in selection.targets:
        try:
            replay(target)
        except InterlockError as error:
            refused.append((target, str(error)))
        else:
            done.append(target)
    return Replayed(done=tuple(done), refused=tuple(refused))


def sums(found: Iterable[Money | None]) -> dict[str, Decimal]:
    """Return the sum by currency; what has no money counts for none."""
    totals: dict[str, Decimal] = {}
    for money in found:
        if money is not None:
            totals[money.currency] = totals.get(money.currency, Decimal(0)) + money.amount
    return dict(sorted(totals.items()))


def together(selections: Sequence[Selection]) -> Selection:
    """Return one selection of several, each run once."""
    targets: dict[str, Target] = {}
    left_out: dict[str, int] = {}
    for selection in selections:
        for target in selection.targets:
            targets.setdefault(target.run, target)
        for why, count in selection.left_out.items():
            left_out[why] = left_out.get(why, 0) + count
    return Selection(targets=tuple(targets.values()), left_out=left_out)
