"""How records and lists are shown: links, pages, chosen fields, and the ``q`` of a list."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from interlock_sandbox.netsuite.catalogue import SUBLISTS
from interlock_sandbox.netsuite.errors import NetSuiteError
from interlock_sandbox.world import Record

MOST: Final = 1000
"""Rows of a page."""
FURTHEST: Final = 100_000
"""Rows that a query or a list can be paged through in all."""
_TERM: Final = re.compile(
    r"^\s*(?P<field>\w+)\s+(?P<sign>IS_NOT|IS|CONTAIN|START_WITH|EQUAL|EMPTY)"
    r"(?:\s+(?:\"(?P<quoted>[^\"]*)\"|(?P<plain>\S+)))?\s*$"
)


def shown(obj: str, record: Record, query: Mapping[str, str]) -> Record:
    """Return a record as a read shows it: sublists are links unless expanded."""
    found = dict(record)
    if query.get("expandSubResources") != "true":
        for name in SUBLISTS.get(obj, {}):
            href = f"/services/rest/record/v1/{obj}/{record['id']}/{name}"
            found[name] = {"links": [{"rel": "self", "href": href}]}
    if query.get("fields"):
        wanted = {"id", *query["fields"].split(",")}
        found = {name: value for name, value in found.items() if name in wanted}
    if query.get("simpleEnumFormat") == "true" and isinstance(found.get("status"), Mapping):
        found["status"] = found["status"].get("id")
    return {"links": [], **found}


def page(rows: Sequence[Record], query: Mapping[str, str]) -> Record:
    """Return one page of a collection."""
    limit, offset = _number(query, "limit", MOST), _number(query, "offset", 0)
    if limit > MOST or offset + limit > FURTHEST or (limit and offset % limit):
        # Assumed: that the offset has to be divisible by the limit.
        raise NetSuiteError(400, "INVALID_PARAMETER", "Invalid value for limit or offset.")
    items = [dict(row) for row in rows[offset : offset + limit]]
    more = offset + limit < len(rows)
    whole = {"links": [], "count": len(items), "hasMore": more, "items": items}
    return {**whole, "offset": offset, "totalResults": len(rows)}


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit():
        raise NetSuiteError(400, "INVALID_PARAMETER", f"Invalid value for {name}.")
    return int(text)


def chosen(rows: Sequence[Record], q: str | None) -> Sequence[Record]:
    """Return the rows that a list's ``q`` means: terms joined by AND."""
    for text in re.split(r"\s+AND\s+", q) if q else []:
        term = _TERM.match(text)
        if term is None:
            raise NetSuiteError(400, "INVALID_PARAMETER", f"Invalid query: {text[:100]}")
        rows = [row for row in rows if _holds(row, term)]
    return rows


def _holds(row: Record, term: "re.Match[str]") -> bool:
    value: Any = row.get(term["field"])
    if isinstance(value, Mapping):
        value = value.get("id")
    text = "" if value is None else str(value)
    wanted = term["quoted"] if term["quoted"] is not None else term["plain"] or ""
    answers = {
        "IS": text == wanted,
        "IS_NOT": text != wanted,
        "EQUAL": text == wanted,
        "CONTAIN": wanted in text,
        "START_WITH": text.startswith(wanted),
        "EMPTY": not text,
    }
    return answers[term["sign"]]
