"""The line that must tie: what a side adds up to, and what its parts add up to."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from interlock.reconciliation.cause import MATCHED
from interlock.reconciliation.finding import Tally, Total
from interlock.reconciliation.reporting import plainly
from interlock.reconciliation.slate import Slate

_GROUP = "coalesce(legal_entity, ''), coalesce(currency, '')"
_ADDED = "count(*), coalesce(sum(amount), 0)"
Place = tuple[int, str, str]
NOTHING = Tally(records=0, amount=Decimal(0))


def add_up(slate: Slate) -> list[Total]:
    """Return every side's totals; the whole and its parts are counted independently."""
    wholes: dict[Place, Tally] = {}
    parts: dict[Place, dict[str, Tally]] = defaultdict(dict)
    for side in range(len(slate.comparison.sides)):
        for *found, plain in slate.rows(_laid(side)):
            at, tally = _place(found), _tally(found)
            wholes[at] = _sum(wholes.get(at, NOTHING), tally)
            if plain:
                parts[at][MATCHED] = tally
    for *place, cause, records, amount in slate.rows(
        f"SELECT side, {_GROUP}, cause, {_ADDED} FROM piece WHERE NOT late GROUP BY ALL"  # noqa: S608 (names of ours)
    ):
        at = _place(place)
        before = parts[at].get(str(cause), NOTHING)
        parts[at][str(cause)] = _sum(before, _tally((*place, records, amount)))
    return [
        Total(
            side=slate.comparison.sides[place[0]],
            legal_entity=place[1],
            currency=place[2],
            whole=wholes.get(place, NOTHING),
            by=dict(sorted(parts[place].items(), key=_matched_first)),
        )
        for place in sorted({*wholes, *parts})
    ]


def _matched_first(part: tuple[str, Tally]) -> tuple[bool, str]:
    return part[0] != MATCHED, part[0]


def _laid(side: int) -> str:
    """Return the sums of a side: of what is suspect, and of all that is not."""
    plain = "kh IS NOT NULL AND kh NOT IN (SELECT kh FROM suspect)"
    return (
        f"SELECT {side}, {_GROUP}, {_ADDED}, {plain} AS plain FROM side_{side} "  # noqa: S608 (names of ours)
        "WHERE NOT late GROUP BY ALL"
    )


def _sum(one: Tally, other: Tally) -> Tally:
    return Tally(records=one.records + other.records, amount=one.amount + other.amount)


def _place(found: Sequence[object]) -> Place:
    return int(str(found[0])), str(found[1]), str(found[2])


def _tally(found: Sequence[object]) -> Tally:
    amount = plainly(Decimal(str(found[4])), str(found[2]))
    return Tally(records=int(str(found[3])), amount=amount)
