"""The record of everything that happened, in its one order, for whoever verifies it elsewhere."""

import json
from typing import Final

from interlock.access import Act, Scope
from interlock.audit import order
from interlock.console.api.operation import LIMIT, reads
from interlock.console.cursor import limit_of
from interlock.console.door import Ask, File, Json, Parameter, RefusalError, forbidden, malformed
from interlock.foundation.plain import plain

_LINES: Final = 10_000
"""Entries of one file."""


def audit(ask: Ask) -> Json | File:
    """Return entries from a leaf on; as lines of JSON, if these are asked for."""
    if not ask.viewer.may(Act.EXPORT, Scope()):
        raise forbidden(Act.EXPORT)
    text = ask.text("after") or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 15):  # noqa: PLR2004
        raise RefusalError(malformed("`after` is a number of entries: `next` of the last answer."))
    lines = ask.text("format") == "ndjson"
    limit = _LINES if lines else limit_of(ask.text("limit"))
    with ask.desk.database.transaction() as connection:
        page = order.entries(connection, int(text), limit)
    if lines:
        body = "".join(
            json.dumps(plain(entry), ensure_ascii=False) + "\n" for entry in page.entries
        )
        name = f"audit-{text}-{page.after}.ndjson"
        return File(body=body.encode("utf-8", "replace"), kind="application/x-ndjson", name=name)
    following = str(page.after) if page.more else ""
    return Json(value={"items": page.entries, "next": following, "read": page.after})


DOORS: Final = (
    reads(
        "export-audit",
        "/audit",
        audit,
        "Entries in their one gapless order, each with its hash and the one before it.",
        Parameter(name="after", about="How many entries to pass over: `next` of the last answer."),
        Parameter(name="format", about="`ndjson`: up to 10,000 entries as lines of JSON."),
        LIMIT,
        act=Act.EXPORT,
    ),
)
