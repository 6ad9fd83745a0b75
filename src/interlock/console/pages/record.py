"""Record: everything that happened, in its one order, for those who verify and export it."""

from typing import Final

from interlock.access import Act, Scope
from interlock.audit import order
from interlock.console.door import Ask, Page, RefusalError, forbidden, malformed, page
from interlock.insight.reading import lines

_SHOWN: Final = 100


def record(ask: Ask) -> Page:
    """Show the latest entries, or those before a place."""
    if not ask.viewer.may(Act.EXPORT, Scope()):
        raise forbidden(Act.EXPORT)
    text = ask.text("before")
    if text and not (text.isascii() and text.isdigit() and len(text) <= 15):  # noqa: PLR2004
        raise RefusalError(malformed("`before` is a place in the record: a number."))
    with ask.desk.database.transaction() as connection:
        whole = order.mark(connection).leaves
        end = min(int(text), whole) if text else whole
        start = max(end - _SHOWN, 0)
        entries = order.entries(connection, start, end - start).entries
    values = {"lines": lines, "entries": list(reversed(entries)), "start": start, "whole": whole}
    return Page(template="record.html", values=values)


DOORS: Final = (
    page("record", "/record", record, "Everything that happened.", menu="Record", act=Act.EXPORT),
)
