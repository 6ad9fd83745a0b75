"""What changed in Odoo: a poll by `write_date` and id, with overlap, on Odoo's clock (F11).

`write_date` is the time at which a transaction began, shown without its fraction. So the overlap
must be longer than a transaction, and a page that is full may end amid a second: the rest of that
second is read by id, which no later change can shift. Two changes within one second differ by
what they say, so an event's id has a digest of it. An archived record is a change like any other
(`active` is false then); a deleted one is not seen.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from interlock.connectors.kit.cursor import vendor_now
from interlock.connectors.kit.document import render
from interlock.connectors.kit.exchange import Answer
from interlock.connectors.kit.position import Position
from interlock.connectors.odoo.models import Model
from interlock.connectors.odoo.operations import Domain, Scope
from interlock.connectors.odoo.records import MODIFIED, Records
from interlock.connectors.odoo.wire import moment
from interlock.connectors.port import Changes, Event, Record

OVERLAP: Final = timedelta(seconds=30)
"""Longer than a transaction takes; option ``overlap`` (seconds)."""
PAGE: Final = 200
TICK: Final = timedelta(seconds=1)
_DIGEST: Final = 12


class Feed:
    """Reads one page of changes at a time."""

    def __init__(self, records: Records, options: Mapping[str, str]) -> None:
        self._records = records
        seconds = options.get("overlap")
        self._overlap = timedelta(seconds=float(seconds)) if seconds else OVERLAP

    def begin(self, model: Model, scope: Scope) -> Changes:
        """Return no events and a cursor that means from now on, by Odoo's clock."""
        answer = self._page(model, [["id", "=", 0]], "id", scope)[1]
        return Changes(events=(), cursor=Position(since=vendor_now(answer)).text())

    def after(self, model: Model, at: Position, scope: Scope) -> Changes:
        """Return the page of changes at a position, oldest first.

        Raises:
            CallFailed: Odoo did not answer.
        """
        since = at.since.replace(microsecond=0)
        inside = bool(at.token)
        if inside:
            domain: Domain = [
                [MODIFIED, ">=", moment(since)],
                [MODIFIED, "<", moment(since + TICK)],
                ["id", ">", int(at.token)],
            ]
            order = "id"
        else:
            domain, order = [[MODIFIED, ">=", moment(since)]], f"{MODIFIED},id"
        records, answer = self._page(model, domain, order, scope)
        events = [_event(model, record, answer) for record in records]
        then = at.then or max(vendor_now(answer) - self._overlap, at.since)
        if len(events) == PAGE:
            token = records[-1].ref if inside else "0"
            going_on = Position(since=events[-1].at, then=then, pages=at.pages + 1, token=token)
        elif inside:
            going_on = Position(since=since + TICK, then=then, pages=at.pages + 1)
        else:
            return Changes(events=events, cursor=Position(since=then).text())
        return Changes(events=events, cursor=going_on.text(), more=True)

    def _page(
        self, model: Model, domain: Domain, order: str, scope: Scope
    ) -> tuple[list[Record], Answer]:
        return self._records.page(model, domain, scope, order=order, limit=PAGE)


def _event(model: Model, record: Record, answer: Answer) -> Event:
    if record.version is None:
        raise answer.malformed("a record without its time of change")
    digest = hashlib.sha256(render(record.body)).hexdigest()[:_DIGEST]
    return Event(
        id=f"{record.ref}:{record.version}:{digest}",
        type=f"{model.obj}.changed",
        object=model.obj,
        ref=record.ref,
        body=record.body,
        at=datetime.fromisoformat(record.version),
    )
