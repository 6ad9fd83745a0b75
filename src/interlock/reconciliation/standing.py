"""How a reconciliation stands: when it last compared, what it said, and what is open in money.

For whoever publishes a figure that it vouches for. It says what was recorded, and asks nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final, cast

from interlock.audit import trail
from interlock.audit.entry import Stored
from interlock.foundation.database import Database
from interlock.reconciliation import store
from interlock.reconciliation.examining import Verdict

DONE: Final = "reconciliation.done"
PAGE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a reconciliation said last, and what of that is open."""

    name: str
    verdict: Verdict
    as_of: date
    """The last day of the period that it compared."""
    at: datetime
    breaks: int
    """How many are open."""
    open: Mapping[str, Decimal] | None
    """Currency to what they are worth; ``None``: it was not recorded then."""


def standing(database: Database, name: str, until: datetime | None = None) -> Standing | None:
    """Return how `name` stands, or how it stood at a moment; ``None``: it was never carried out.

    As it stands, what people decided since counts; as it stood, what the reconciliation found.
    """
    entry = _last(database, f"reconciliation:{name}", until)
    if entry is None:
        return None
    counts, worth = _recorded(entry) if until is not None else _open(database, name)
    return Standing(
        name=name,
        verdict=Verdict(str(entry.data["verdict"])),
        as_of=date.fromisoformat(str(entry.data["as_of"])),
        at=entry.at,
        breaks=counts,
        open=worth,
    )


def _last(database: Database, stream: str, until: datetime | None) -> Stored | None:
    found, after = None, 0
    while entries := trail.read(database, stream, after=after, limit=PAGE):
        for entry in entries:
            if entry.action == DONE and (until is None or entry.at <= until):
                found = entry
        after = entries[-1].position
    return found


def _open(database: Database, name: str) -> tuple[int, dict[str, Decimal]]:
    count, worth = 0, dict[str, Decimal]()
    with database.transaction() as connection:
        for kept in store.live(connection, name):
            if kept.state != store.OPEN:
                continue
            count += 1
            if kept.money is not None:
                before = worth.get(kept.money.currency, Decimal(0))
                worth[kept.money.currency] = before + abs(kept.money.amount)
    return count, worth


def _recorded(entry: Stored) -> tuple[int, dict[str, Decimal] | None]:
    breaks = cast("Mapping[str, int]", entry.data.get("breaks", {}))
    told = entry.data.get("at_stake")
    if not isinstance(told, Mapping):
        return sum(breaks.values()), None
    worth: dict[str, Decimal] = {}
    for currencies in cast("Mapping[str, Mapping[str, str]]", told).values():
        for currency, amount in currencies.items():
            worth[currency] = worth.get(currency, Decimal(0)) + abs(Decimal(str(amount)))
    return sum(breaks.values()), worth
