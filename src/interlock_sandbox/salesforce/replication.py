"""getUpdated and getDeleted: which records changed in a span of time, and how far that is sure.

The answer's ``latestDateCovered`` is where the next call must begin. It lags behind the end that
was asked while transactions are open (option ``replication_lag_seconds``): who goes on from "now"
loses records. A span's beginning counts, its end does not, and seconds are all there is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.salesforce.values import stamp
from interlock_sandbox.world import Record, World

UPDATED_DAYS: Final = timedelta(days=30)
DELETED_DAYS: Final = timedelta(days=15)
MOST: Final = 600_000
LEAST: Final = timedelta(minutes=1)


class Replication:
    """Answers from the records' stamps."""

    def __init__(self, world: World) -> None:
        self._world = world

    def updated(self, obj: str, query: Mapping[str, str]) -> Record:
        """Return the ids of records made or changed in a span.

        Raises:
            SalesforceError: It is no span that the vendor answers for.
        """
        start, covered = self._span(query, UPDATED_DAYS)
        rows = self._rows(obj, start, covered, deleted=False)
        return {"ids": [row["Id"] for row in rows], "latestDateCovered": covered}

    def deleted(self, obj: str, query: Mapping[str, str]) -> Record:
        """Return the ids of records deleted in a span.

        Raises:
            SalesforceError: It is no span that the vendor answers for.
        """
        start, covered = self._span(query, DELETED_DAYS)
        rows = self._rows(obj, start, covered, deleted=True)
        return {
            "deletedRecords": [
                {"id": row["Id"], "deletedDate": row["SystemModstamp"]} for row in rows
            ],
            "earliestDateAvailable": stamp(self._world.now() - DELETED_DAYS),
            "latestDateCovered": covered,
        }

    def _rows(self, obj: str, start: str, covered: str, *, deleted: bool) -> list[Record]:
        rows = [
            row
            for row in self._records(obj)
            if bool(row["IsDeleted"]) is deleted and start <= row["SystemModstamp"] < covered
        ]
        if len(rows) > MOST:
            raise refused("EXCEEDED_ID_LIMIT", f"exceeded max number of ids: {MOST}")
        return rows

    def _records(self, obj: str) -> list[Record]:
        purged = self._world.tables.get(f"{obj} (purged)", {})
        return [*self._world.table(obj).values(), *purged.values()]

    def _span(self, query: Mapping[str, str], back: timedelta) -> tuple[str, str]:
        start, end = _moment(query, "start"), _moment(query, "end")
        now = self._world.now()
        lag = timedelta(seconds=float(self._world.options.get("replication_lag_seconds", 0)))
        if end - start < LEAST:
            message = "endDate must be at least one minute greater than startDate"
            raise refused("INVALID_REPLICATION_DATE", message)
        if start < now - back - timedelta(days=1) or start > now:
            message = f"startDate must be within the last {back.days} days"
            raise refused("INVALID_REPLICATION_DATE", message)
        return stamp(start), stamp(max(min(end, now - lag), start))


def _moment(query: Mapping[str, Any], name: str) -> datetime:
    try:
        # A plus sign that the caller did not encode arrives as a space.
        found = datetime.fromisoformat(str(query.get(name)).replace(" ", "+"))
    except ValueError:
        raise refused("INVALID_REPLICATION_DATE", f"{name}: no date and time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
