"""Tryton's JSON: classes for decimals and moments, codes inside, domains in base64."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from interlock_sandbox.world import Record


def unpacked(text: str | None) -> Any:  # noqa: ANN401 (a domain)
    """Return the domain that a query carries."""
    return None if text is None else json.loads(base64.urlsafe_b64decode(text))


def fits(row: Record, domain: list[Any]) -> bool:
    """Tell whether a row is in a domain."""
    tests: Mapping[str, Callable[[Any, Any], bool]] = {
        "=": lambda a, b: a == b,
        "!=": lambda a, b: a != b,
        ">=": lambda a, b: str(a) >= str(value_of(b)),
        "in": lambda a, b: a in b,
    }
    clauses = [each for each in domain if isinstance(each, list) and len(each) == 3]  # noqa: PLR2004 (field, sign, value)
    return all(
        (row.get(field) == "any") or tests[sign](row.get(field), wanted)
        for field, sign, wanted in clauses
    )


def created(written: Any) -> list[Record]:  # noqa: ANN401 (a one2many write)
    """Return the rows of a one2many write that makes them."""
    return [each for action, rows in written or [] if action == "create" for each in rows]


def value_of(value: Any) -> Any:  # noqa: ANN401 (Tryton's JSON)
    """Return a value of Tryton's JSON, decimals exact."""
    if not isinstance(value, Mapping) or "__class__" not in value:
        return value
    if value["__class__"] == "Decimal":
        return Decimal(str(value["decimal"]))
    day = date(int(value["year"]), int(value["month"]), int(value["day"])).isoformat()
    if value["__class__"] == "date":
        return day
    time = ":".join(f"{int(value.get(part, 0)):02d}" for part in ("hour", "minute", "second"))
    return f"{day}T{time}.{int(value.get('microsecond', 0)):06d}+00:00"


def plain(given: Record) -> Record:
    """Return what a write says of the row itself."""
    return {
        name: value_of(value) for name, value in given.items() if name not in {"lines", "taxes"}
    }


def spelled(name: str, value: Any) -> Any:  # noqa: ANN401 (a field)
    """Return a value as Tryton writes it."""
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": format(value, "f")}
    if name == "invoice_date" and value:
        year, month, day = (int(part) for part in str(value)[:10].split("-"))
        return {"__class__": "date", "year": year, "month": month, "day": day}
    if name == "last_modified_at":
        text = str(value)
        year, month, day = (int(part) for part in text[:10].split("-"))
        parts = {"hour": text[11:13], "minute": text[14:16], "second": text[17:19]}
        clock = {part: int(found) for part, found in parts.items()}
        micro = int(text[20:26]) if len(text) > 26 else 0  # noqa: PLR2004 (with microseconds)
        whole = {"year": year, "month": month, "day": day, **clock, "microsecond": micro}
        return {"__class__": "datetime", **whole}
    if isinstance(value, list):
        return [
            {k: spelled(k, v) for k, v in each.items()} if isinstance(each, dict) else each
            for each in value
        ]
    return value


def line_shown(line: Record) -> Record:
    """Return an invoice's line as Tryton writes it."""
    shown = {name: spelled(name, value) for name, value in line.items()}
    for name in ("product", "account"):
        shown[name] = None if line.get(name) is None else {"code": line[name]}
    return shown
