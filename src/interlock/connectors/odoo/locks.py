"""Until when the books are closed: Odoo's lock dates, as they hold for the user of our key."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from interlock.connectors.kit.channel import Channel
from interlock.connectors.odoo import operations
from interlock.connectors.odoo.answers import rows_of
from interlock.connectors.odoo.operations import Scope, Search
from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Verdict

_ALWAYS: Final = ("user_fiscalyear_lock_date", "user_hard_lock_date")
_SOLD: Final = "user_sale_lock_date"
_TAXED: Final = "user_tax_lock_date"
_FIELDS: Final = (*_ALWAYS, _SOLD, _TAXED)


class Locks:
    """Reads them anew each time: somebody may just have closed the month."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def demand_open(self, day: date, record: Record, scope: Scope) -> None:
        """Make sure that a document may be booked on `day`.

        Raises:
            CallFailed: The books are closed for it; nothing was sent.
        """
        sold = "payment_state" in record.body
        taxed = bool(record.body.get("amount_tax"))
        names = (*_ALWAYS, *((_SOLD,) if sold else ()), *((_TAXED,) if taxed else ()))
        found = self._read(scope)
        closing = {name: until for name, until in found.items() if name in names and day <= until}
        if closing:
            name, until = max(closing.items(), key=lambda each: each[1])
            raise CallFailed(_closed(day, name, until))

    def _read(self, scope: Scope) -> Mapping[str, date]:
        domain = [["id", "=", scope.company]]
        search = Search(model="res.company", domain=domain, fields=_FIELDS)
        answer = self._channel.ask(operations.search(search, scope))
        rows = rows_of(answer)
        if len(rows) != 1:
            raise answer.malformed("one company was expected")
        try:
            return {name: _day(rows[0][name]) for name in _FIELDS}
        except (KeyError, ValueError):
            raise answer.malformed("a company without its lock dates") from None


def _day(value: object) -> date:
    """Return a date of Odoo's, which writes the first year without its zeros: ``1-01-01``."""
    if value is False:
        return date.min
    year, month, day = (int(part) for part in str(value).split("-"))
    return date(year, month, day)


def _closed(day: date, name: str, until: date) -> Outcome:
    return Outcome(
        verdict=Verdict.REJECTED,
        kind=Kind.PERIOD_CLOSED,
        code=name,
        message=f"{day} is not after {until}, until when the books are closed; nothing was sent",
    )
