"""A small part of SuiteQL: one table, conditions joined by AND and OR, an order; values are text.

``SELECT id, TO_CHAR(lastmodifieddate, 'YYYY-MM-DD HH24:MI:SS') AS modified FROM transaction
WHERE type = 'CustInvc' AND lastmodifieddate >= TO_TIMESTAMP('…', '…') ORDER BY id``. As with the
real vendor a column that is null is left out of the row.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.netsuite.catalogue import TRANSACTIONS
from interlock_sandbox.netsuite.errors import NetSuiteError
from interlock_sandbox.netsuite.records import Books
from interlock_sandbox.netsuite.standing import STANDING
from interlock_sandbox.world import Record, World

Show = Callable[[Record], Record]
_QUERY: Final = re.compile(
    r"^\s*SELECT\s+(?P<columns>.+?)\s+FROM\s+(?P<table>\w+)(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>.+?))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_COLUMN: Final = re.compile(
    r"^(?:TO_CHAR\(\s*(?P<timed>\w+)\s*,\s*'(?P<form>[^']*)'\s*\)|BUILTIN\.DF\(\s*(?P<shown>\w+)\s*\)"
    r"|(?P<plain>\w+|\*))(?:\s+(?:AS\s+)?(?P<alias>\w+))?$",
    re.IGNORECASE,
)
_VALUE: Final = (
    r"(?:TO_TIMESTAMP|TO_DATE)\(\s*'(?P<time>[^']*)'\s*(?:,\s*'[^']*'\s*)?\)"
    r"|'(?P<text>(?:[^']|'')*)'|(?P<number>-?\d+(?:\.\d+)?)"
)
_TEST: Final = re.compile(
    rf"^(?P<column>\w+)\s*(?:(?P<sign>=|<>|!=|>=|<=|>|<)\s*(?:{_VALUE})|IN\s*\((?P<list>.+)\))$",
    re.IGNORECASE | re.DOTALL,
)
_MASTERS: Final = {
    "customer": "customer",
    "vendor": "vendor",
    "accountingperiod": "accountingPeriod",
    **{name: name for name in STANDING},
}
"""Table -> record type."""
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_NOTHING: Final = Decimal(0)
_COMMA: Final = re.compile(r",(?=(?:[^']*'[^']*')*[^']*$)(?![^(]*\))")
_WORD: Final = re.compile(r"'(?:[^']|'')*'|[()]|\b(?:AND|OR)\b", re.IGNORECASE)
_SIGNS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}
_PARTS: Final = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S"}


class SuiteQL:
    """Answers queries over the books."""

    def __init__(self, world: World, books: Books) -> None:
        self._world = world
        self._books = books

    def found(self, query: str) -> tuple[list[Record], Show]:
        """Return the rows that a query finds, in its order, and how each is shown."""
        parts = _QUERY.match(query)
        if parts is None:
            raise _invalid(query)
        test = _condition(parts["where"]) if parts["where"] else _always
        rows = self._table(parts["table"].lower(), parts["where"] or "")
        found = [row for row in rows if test(row)]
        for key, way in reversed(_order(parts["order"])):
            found.sort(key=lambda row, name=key: _key(row.get(name)), reverse=way)  # type: ignore[misc]  # bound per loop
        columns = [_column(text.strip()) for text in _COMMA.split(parts["columns"])]
        return found, lambda row: _shown(row, columns)

    def _table(self, table: str, where: str) -> Iterable[Record]:
        """Return a table's rows, columns in small letters as SuiteQL names them."""
        if table == "transaction":
            for obj, kind in TRANSACTIONS.items():
                for row in self._world.table(obj).values():
                    yield {**_flat(row), "type": kind, "recordtype": obj.lower()}
        elif table == "item":
            yield from self._items(where)
        elif table in _MASTERS:
            yield from (_flat(row) for row in self._books.rows(_MASTERS[table]))
        else:
            raise NetSuiteError(400, "INVALID_PARAMETER", f"Record '{table}' was not found.")

    def _items(self, where: str) -> Iterable[Record]:
        """Every item that is asked for exists, unless option ``items`` lists those that do."""
        known = self._world.options.get("items")
        asked = re.findall(r"'((?:[^']|'')*)'", where)
        for name in known if known is not None else asked:
            yield {"id": f"item-{name}", "itemid": name}


def _flat(row: Mapping[str, Any]) -> Record:
    found = {name.lower(): value for name, value in row.items() if value is not None}
    modified = found.get("lastmodifieddate")
    if modified is not None:
        found["lastmodifieddate"] = modified[:19].replace("T", " ")
    return found


def _always(_: Record) -> bool:
    return True


def _condition(text: str) -> Callable[[Record], bool]:
    """Return the test that a condition means: OR of ANDs, with parentheses."""
    text = text.strip()
    choices = _split(text, "OR")
    if len(choices) > 1:
        tests = [_condition(each) for each in choices]
        return lambda row: any(test(row) for test in tests)
    parts = _split(text, "AND")
    if len(parts) > 1:
        wanted = [_condition(each) for each in parts]
        return lambda row: all(test(row) for test in wanted)
    return _condition(text[1:-1]) if text.startswith("(") and text.endswith(")") else _test(text)


def _split(text: str, word: str) -> list[str]:
    """Split a condition at a word that stands in no parentheses and in no literal."""
    parts, depth, begun = [], 0, 0
    for found in _WORD.finditer(text):
        if found[0] in "()":
            depth += 1 if found[0] == "(" else -1
        elif found[0].upper() == word and depth == 0:
            parts.append(text[begun : found.start()])
            begun = found.end()
    return [*parts, text[begun:]]


def _test(text: str) -> Callable[[Record], bool]:
    parts = _TEST.match(text)
    if parts is None:
        raise _invalid(text)
    column = parts["column"].lower()
    if parts["list"] is not None:
        among = [_value(found) for found in re.finditer(_VALUE, parts["list"], re.IGNORECASE)]
        return lambda row: _key(row.get(column)) in [_key(each) for each in among]
    wanted, sign = _key(_value(parts)), _SIGNS[parts["sign"]]

    def holds(row: Record) -> bool:
        value = row.get(column)
        return value is not None and sign(_key(value), wanted)

    return holds


def _value(parts: "re.Match[str]") -> str:
    if parts["time"] is not None:
        return parts["time"]
    return parts["text"].replace("''", "'") if parts["text"] is not None else parts["number"]


def _key(value: object) -> tuple[int, Decimal, str]:
    """Return what to compare by: numbers as numbers, nothing first."""
    if isinstance(value, Mapping):
        value = value.get("id")
    text = "" if value is None else str(value)
    return (0, Decimal(text), "") if _NUMBER.fullmatch(text) else (1, _NOTHING, text)


def _order(text: str | None) -> list[tuple[str, bool]]:
    words = [part.split() for part in (text or "").split(",") if part.strip()]
    return [(part[0].lower(), part[-1].upper() == "DESC") for part in words]


def _column(text: str) -> "re.Match[str]":
    found = _COLUMN.match(text)
    if found is None:
        raise _invalid(text)
    return found


def _shown(row: Record, columns: list["re.Match[str]"]) -> Record:
    shown: Record = {"links": []}
    for column in columns:
        if column["plain"] == "*":
            shown |= {name: _text(value) for name, value in row.items()}
            continue
        name = str(column["timed"] or column["shown"] or column["plain"]).lower()
        value = row.get(name)
        if value is not None:
            shown[(column["alias"] or name).lower()] = _cell(column, value)
    return shown


def _cell(column: "re.Match[str]", value: object) -> str:
    if column["shown"] and isinstance(value, Mapping):
        return str(value.get("refName", value.get("id")))
    if column["form"] is None:
        return _text(value)
    form = column["form"]
    for part, code in _PARTS.items():
        form = form.replace(part, code)
    return datetime.fromisoformat(_text(value)).strftime(form)


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        return str(value.get("id", ""))
    if isinstance(value, bool):
        return "T" if value else "F"
    return str(value)


def _invalid(text: str) -> NetSuiteError:
    detail = f"Invalid search query. Detailed unprocessed description follows: {text[:200]}"
    return NetSuiteError(400, "INVALID_PARAMETER", detail)
