"""Where a poll of one object stands, all of it by the vendor's clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from interlock.connectors.salesforce import operations
from interlock.foundation.errors import UsageError

_BREAK: Final = "|"
KEPT: Final = timedelta(days=15)
"""How long deleted records are in the recycle bin, where queryAll sees them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """From when on to ask, inside which walk over pages, and how far all was looked over again.

    A cursor that an earlier release wrote has no part about the sweep; its sweep begins then.
    """

    since: datetime
    then: datetime | None = None
    """Inside a walk: from when on to ask once it is over."""
    locator: str = ""
    covered: datetime | None = None
    """Up to here the vendor says that it told of everything (`latestDateCovered`)."""
    asked: datetime | None = None
    """Up to here the last sweep asked; `covered` lags behind it while transactions are open."""
    half: datetime | None = None
    """Inside a sweep: how far its first half, what was made or changed, is covered."""

    def text(self) -> str:
        """Return the opaque form."""
        moments = (self.covered, self.asked, self.half)
        parts = [
            soql_time(self.since),
            soql_time(self.then) if self.then else "",
            self.locator,
            *(soql_time(moment) if moment else "" for moment in moments),
        ]
        return _BREAK.join(parts).rstrip(_BREAK)


def cursor_of(text: str) -> Cursor:
    """Return the cursor that `Cursor.text` wrote.

    Raises:
        UsageError: It is none of ours.
    """
    since, then, locator, covered, asked, half, *more = [*text.split(_BREAK), *[""] * 5]
    if not any(more) and (not locator or operations.is_locator(locator)):
        try:
            return Cursor(
                since=datetime.fromisoformat(since),
                then=_moment(then),
                locator=locator,
                covered=_moment(covered),
                asked=_moment(asked),
                half=_moment(half),
            )
        except ValueError:
            pass  # said below, like a locator that is none
    raise UsageError(
        "this is not a cursor of the Salesforce connector",
        hint="Give back the cursor of the last page unchanged, or none to begin now.",
    )


def earlier(cursor: str, by: timedelta) -> str | None:
    """Return the cursor of a first poll that stands `by` before; nothing deleted may be missed."""
    since = cursor_of(cursor).since - by
    return Cursor(since=since, covered=since).text() if by < KEPT else None


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def soql_time(moment: datetime) -> str:
    """Return `moment` as SOQL and the replication calls write it.

    Rounded down to the millisecond that they know: up would step over a record.
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
