"""One comparison from rows to report: who belongs together, why not, and do the sums tie?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from interlock.foundation.errors import InvariantError
from interlock.reconciliation.causes import judge, know, leave
from interlock.reconciliation.comparison import Comparison, Role
from interlock.reconciliation.finding import Report, Tally
from interlock.reconciliation.keyed import pair_by_key
from interlock.reconciliation.laying import fill
from interlock.reconciliation.passes import Agreed, carry_out
from interlock.reconciliation.reporting import breaks, outside, sample, suggestions
from interlock.reconciliation.row import Row
from interlock.reconciliation.slate import Slate, open_slate
from interlock.reconciliation.totals import add_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known besides the records."""

    runs: Iterable[tuple[str, bool, bool]] = ()
    """Keys that a run is at work on: key, whether it is in doubt, whether it still writes."""
    matches: Iterable[Agreed] = field(default=())
    """What people said belongs together."""
    seed: int | None = None
    """Draw a sample of what is matched by it."""
    closely: bool = False
    """Look at every record, and believe no digest: slower, and the same answer."""


NOTHING = Known()


def reconcile(
    comparison: Comparison, sides: Mapping[str, Iterable[Row]], known: Known = NOTHING
) -> Report:
    """Compare `sides` and return what was found.

    Raises:
        InvariantError: The sums do not tie: nothing of the result can be relied on.
        UnfitError: A value cannot be compared exactly.
    """
    with open_slate(comparison) as slate:
        laid = {side: fill(slate, side, rows) for side, rows in sides.items()}
        return settle(slate, laid, known)


def settle(slate: Slate, laid: Mapping[str, Tally], known: Known = NOTHING) -> Report:
    """Compare what lies on the slate; `laid` says how much was put there, counted on the way.

    Raises:
        InvariantError: The sums do not tie.
    """
    know(slate, known.runs)
    pair_by_key(slate, closely=known.closely)
    judge(slate)
    matched = carry_out(slate, known.matches)
    leave(slate)
    report = Report(
        name=slate.comparison.name,
        totals=add_up(slate),
        breaks=list(breaks(slate)),
        suggestions=list(suggestions(slate)),
        matched=matched,
        outside=outside(slate),
        sample=[] if known.seed is None else list(sample(slate, known.seed)),
    )
    _must_tie(report, laid, _late(slate))
    return replace(report, tolerated=_tolerated(slate.comparison, report))


def _tolerated(comparison: Comparison, report: Report) -> dict[str, Decimal]:
    """Return by how much what is matched differs, where the sides compare their money."""
    column = comparison.of(Role.AMOUNT)
    found: dict[str, Decimal] = {}
    first_side, *others = column.sides if column is not None else ("",)
    for side in others:
        first, other = report.amount(first_side), report.amount(side)
        for currency in {*first, *other}:
            apart = abs(first.get(currency, Decimal(0)) - other.get(currency, Decimal(0)))
            found[currency] = max(apart, found.get(currency, Decimal(0)))
    return {currency: apart for currency, apart in sorted(found.items()) if apart}


def _late(slate: Slate) -> dict[str, Tally]:
    found = {}
    for index, side in enumerate(slate.comparison.sides):
        ((records, amount),) = slate.rows(
            f"SELECT count(*), coalesce(sum(amount), 0) FROM side_{index} WHERE late"  # noqa: S608 (names of ours)
        )
        found[side] = Tally(records=int(str(records)), amount=_exact(amount))
    return found


def _exact(amount: object) -> Decimal:
    return Decimal(str(amount))


def _must_tie(report: Report, laid: Mapping[str, Tally], late: Mapping[str, Tally]) -> None:
    for total in report.totals:
        if not total.ties:
            raise InvariantError(
                f"`{report.name}` does not tie: {total.side} {total.legal_entity} "
                f"{total.currency} has {total.residue.amount} in {total.residue.records} records "
                "that are in no class",
                hint="This is a defect of Interlock. Nothing was decided by this result.",
            )
    for side, tally in laid.items():
        wholes = [total.whole for total in report.totals if total.side == side]
        records = sum(whole.records for whole in wholes) + late[side].records
        amount = sum((whole.amount for whole in wholes), late[side].amount)
        if (records, amount) != (tally.records, tally.amount):
            raise InvariantError(
                f"`{report.name}`: {tally.records} records of {tally.amount} were read of "
                f"{side}, and {records} of {amount} were compared",
                hint="This is a defect of Interlock. Nothing was decided by this result.",
            )
