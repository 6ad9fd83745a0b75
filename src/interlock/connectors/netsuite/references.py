"""Names turned into ids before a write: NetSuite refers by id, bindings speak names.

A reference that a body gives by ``refName`` alone (``currency``, ``terms``, ``item``,
``account`` …) is looked up by SuiteQL and sent as ``id``. Answers are remembered for a while; what
is not there is never remembered, because somebody may just be adding it. Where the role may not
query a table, or the connector does not know one for a field, the name is sent as it is and
NetSuite decides.
"""

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.netsuite import operations
from interlock.connectors.port import Body, CallFailed, Kind, Outcome, Verdict
from interlock.foundation.clock import Clock

REMEMBERED: Final = timedelta(minutes=10)
TABLES: Final[Mapping[str, tuple[str, str]]] = {
    "currency": ("currency", "symbol"),
    "terms": ("term", "name"),
    "item": ("item", "itemid"),
    "account": ("account", "acctnumber"),
    "revenueAccount": ("account", "acctnumber"),
    "incomeAccount": ("account", "acctnumber"),
    "subsidiary": ("subsidiary", "name"),
}
"""Field -> the SuiteQL table of what it refers to, and the column of the name."""
NATURAL_KEYS: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("account", "acctNumber"): ("account", "acctnumber"),
    ("accountingPeriod", "periodName"): ("accountingperiod", "periodname"),
}
"""Record type and field -> table and column: records of the set-up, which have no external id."""


class References:
    """Turns names into ids."""

    def __init__(self, channel: Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[datetime, str | None]] = {}

    def resolved(self, body: Body) -> dict[str, object]:
        """Return `body` with ids for names, at every depth.

        Raises:
            CallFailed: A name is nobody's (kind ``unknown-value``), or it could not be found out.
        """
        return {name: self._value(name, value) for name, value in body.items()}

    def _value(self, field: str, value: object) -> object:
        if isinstance(value, list | tuple):
            return [self._value("", item) for item in value]
        if not isinstance(value, Mapping):
            return value
        named = value.get("refName")
        if field in TABLES and isinstance(named, str) and "id" not in value:
            ref = self._id(field, named)
            return {"id": ref} if ref else dict(value)
        return self.resolved(value)

    def _id(self, field: str, name: str) -> str | None:
        table, column = TABLES[field]
        with self._lock:
            known = self._known.get((table, name))
        if known and self._clock.now() < known[0]:
            return known[1]
        ref = self._asked(field, table, column, name)
        with self._lock:
            self._known[(table, name)] = (self._clock.now() + REMEMBERED, ref)
        return ref

    def _asked(self, field: str, table: str, column: str, name: str) -> str | None:
        """Return the id; ``None`` where the table may not be queried.

        Raises:
            CallFailed: Nobody or several have this name, or there was no answer.
        """
        try:
            found = self._found((table, column), name)
        except CallFailed as failure:
            if failure.outcome.verdict is Verdict.REJECTED:
                return None
            raise
        if len(found) == 1:
            return found[0]
        raise CallFailed(_unknown(field, name, len(found)))

    def id_of(self, place: tuple[str, str], name: str) -> str | None:
        """Return the id of the only record with this name in a table's column.

        Raises:
            CallFailed: Several have it (kind ``duplicate``), or it could not be found out.
        """
        found = self._found(place, name)
        if len(found) > 1:
            several = replace(_unknown(place[0], name, len(found)), kind=Kind.DUPLICATE)
            raise CallFailed(several)
        return found[0] if found else None

    def _found(self, place: tuple[str, str], name: str) -> list[str]:
        table, column = place
        query = f"SELECT id FROM {table} WHERE {column} = {operations.literal(name)}"  # noqa: S608 (a literal)
        answer = self._channel.ask(operations.suiteql(query, limit=2, offset=0))
        if not isinstance(answer.mapping().get("items"), list):
            raise answer.malformed("a query's answer without its rows")
        return [str(row["id"]) for row in rows(answer.mapping()) if row.get("id") is not None]


def rows(found: Body) -> list[Body]:
    """Return the rows of a query's answer."""
    items = found.get("items")
    return [row for row in items if isinstance(row, dict)] if isinstance(items, list) else []


def _unknown(field: str, name: str, count: int) -> Outcome:
    what = "several have" if count else "nothing in NetSuite has"
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.UNKNOWN_VALUE,
        code="NAME_NOT_RESOLVED",
        message=f"{what} the name `{name[:80]}`, which `{field}` refers to; nothing was sent",
    )
