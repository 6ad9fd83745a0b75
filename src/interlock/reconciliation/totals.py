"""The line that must tie: what a side adds up to, and what its parts add up to."""

from collections import defaultdict
from decimal import Decimal

from interlock.reconciliation.cause import MATCHED
from interlock.reconciliation.finding import Tally, Total
from interlock.reconciliation.reporting import plainly
from interlock.reconciliation.slate import Slate

_GROUP = "coalesce(legal_entity, ''), coalesce(currency, '')"
_ADDED = "count(*), coalesce(sum(amount), 0)"
Place = tuple[int, str, str]


def add_up(slate: Slate) -> list[Total]:
    """Return every side's totals; the whole and its parts are counted independently."""
    wholes: dict[Place, Tally] = {}
    parts: dict[Place, dict[str, Tally]] = defaultdict(dict)
    for side in range(len(slate.comparison.sides)):
        for found in slate.rows(_whole(side)):
            wholes[_place(found)] = _tally(found)
        for found in slate.rows(_plain(side)):
            parts[_place(found)][MATCHED] = _tally(found)
    for *place, cause, records, amount in slate.rows(
        f"SELECT side, {_GROUP}, cause, {_ADDED} FROM piece WHERE NOT late GROUP BY ALL"  # noqa: S608 (names of ours)
    ):
        at = _place(tuple(place))
        before = parts[at].get(str(cause), Tally(records=0, amount=Decimal(0)))
        parts[at][str(cause)] = Tally(
            records=before.records + int(str(records)),
            amount=before.amount + plainly(Decimal(str(amount)), at[2]),
        )
    nothing = Tally(records=0, amount=Decimal(0))
    return [
        Total(
            side=slate.comparison.sides[place[0]],
            legal_entity=place[1],
            currency=place[2],
            whole=wholes.get(place, nothing),
            by=dict(sorted(parts[place].items(), key=_matched_first)),
        )
        for place in sorted({*wholes, *parts})
    ]


def _matched_first(part: tuple[str, Tally]) -> tuple[bool, str]:
    return part[0] != MATCHED, part[0]


def _whole(side: int) -> str:
    return f"SELECT {side}, {_GROUP}, {_ADDED} FROM side_{side} WHERE NOT late GROUP BY ALL"  # noqa: S608 (names of ours)


def _plain(side: int) -> str:
    """Return the sums of what no statement looked at closely: its key is not suspect."""
    return (
        f"SELECT {side}, {_GROUP}, {_ADDED} FROM side_{side} WHERE NOT late AND key IS NOT NULL "  # noqa: S608 (names of ours)
        "AND hash(key) NOT IN (SELECT kh FROM suspect) GROUP BY ALL"
    )


def _place(found: tuple[object, ...]) -> Place:
    return int(str(found[0])), str(found[1]), str(found[2])


def _tally(found: tuple[object, ...]) -> Tally:
    amount = plainly(Decimal(str(found[4])), str(found[2]))
    return Tally(records=int(str(found[3])), amount=amount)
