"""A subset of SOQL: fields, one level of child queries, WHERE with AND/OR/IN, ORDER BY, LIMIT."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.salesforce.schema import CHILDREN, OBJECTS
from interlock_sandbox.world import Record

_WORDS: Final = re.compile(
    r"""\s*(?:(?P<string>'(?:[^'\\]|\\.)*')|(?P<word>[\w.:+-]+)|(?P<sign><=|>=|!=|<>|=|<|>|\(|\)|,))""",
    re.VERBOSE,
)
_QUERY: Final = re.compile(
    r"^\s*SELECT\s+(?P<fields>.+?)\s+FROM\s+(?P<object>\w+)"
    r"(?:\s+WHERE\s+(?P<where>.+?))?"
    r"(?:\s+ORDER\s+BY\s+(?P<order>[\w.,\s]+?))?"
    r"(?:\s+LIMIT\s+(?P<limit>\d+))?\s*$",
    re.IGNORECASE | re.DOTALL,
)
_CHILD: Final = re.compile(r"\(\s*SELECT\s+(.+?)\s+FROM\s+(\w+)\s*\)", re.IGNORECASE | re.DOTALL)

Test = Callable[[Record], bool]


class MalformedQueryError(Exception):
    """The query cannot be read; carries the vendor's code."""

    def __init__(self, message: str, code: str = "MALFORMED_QUERY") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was understood."""

    obj: str
    fields: tuple[str, ...]
    children: tuple[tuple[str, tuple[str, ...]], ...]
    test: Test
    order: tuple[tuple[str, bool], ...]
    limit: int | None


def parse(text: str) -> Query:
    """Return the query that `text` asks.

    Raises:
        MalformedQueryError: It cannot be read, or names what does not exist.
    """
    children = tuple(
        (name, tuple(field.strip() for field in fields.split(",")))
        for fields, name in _CHILD.findall(text)
    )
    plain = re.sub(r",\s*,", ",", _CHILD.sub("", text))
    plain = re.sub(r",\s*FROM", " FROM", plain, flags=re.IGNORECASE)
    found = _QUERY.match(plain)
    if found is None:
        raise MalformedQueryError("unexpected token")
    obj = found["object"]
    if obj not in OBJECTS:
        raise MalformedQueryError(f"sObject type '{obj}' is not supported.", "INVALID_TYPE")
    fields = tuple(field.strip() for field in found["fields"].split(",") if field.strip())
    _known(obj, [field for field in fields if "." not in field])
    for name, wanted in children:
        if name not in CHILDREN:
            raise MalformedQueryError(f"Didn't understand relationship '{name}'", "INVALID_TYPE")
        _known(CHILDREN[name][0], wanted)
    order = tuple(_ordering(part) for part in (found["order"] or "").split(",") if part.strip())
    limit = int(found["limit"]) if found["limit"] else None
    return Query(obj, fields, children, _where(found["where"]), order, limit)


def _known(obj: str, fields: Iterable[str]) -> None:
    for field in fields:
        if field not in OBJECTS[obj]:
            message = f"No such column '{field}' on entity '{obj}'."
            raise MalformedQueryError(message, "INVALID_FIELD")


def _ordering(part: str) -> tuple[str, bool]:
    words = part.split()
    return words[0], len(words) > 1 and words[1].upper() == "DESC"


def _where(text: str | None) -> Test:
    if text is None:
        return lambda _: True
    words = [
        (found.lastgroup or "", found[found.lastgroup or 0]) for found in _WORDS.finditer(text)
    ]
    test, rest = _any(words)
    if rest:
        raise MalformedQueryError(f"unexpected token: {rest[0][1]}")
    return test


Words = list[tuple[str, str]]


def _any(words: Words) -> tuple[Test, Words]:
    left, words = _all(words)
    while words and words[0][1].upper() == "OR":
        right, words = _all(words[1:])
        left = _either(left, right)
    return left, words


def _all(words: Words) -> tuple[Test, Words]:
    left, words = _one(words)
    while words and words[0][1].upper() == "AND":
        right, words = _one(words[1:])
        left = _both(left, right)
    return left, words


def _either(left: Test, right: Test) -> Test:
    return lambda record: left(record) or right(record)


def _both(left: Test, right: Test) -> Test:
    return lambda record: left(record) and right(record)


def _one(words: Words) -> tuple[Test, Words]:
    if not words:
        raise MalformedQueryError("unexpected end of query")
    if words[0][1] == "(":
        test, words = _any(words[1:])
        if not words or words[0][1] != ")":
            raise MalformedQueryError("expecting a right parentheses")
        return test, words[1:]
    if len(words) < 3:  # noqa: PLR2004 (field, sign, value)
        raise MalformedQueryError("unexpected end of query")
    field, sign = words[0][1], words[1][1].upper()
    if sign == "IN":
        return _in(field, words[2:])
    wanted = _value(words[2])
    return (lambda record: _compare(record.get(field), sign, wanted)), words[3:]


def _in(field: str, words: Words) -> tuple[Test, Words]:
    closing = next((i for i, word in enumerate(words) if word[1] == ")"), None)
    if closing is None or words[0][1] != "(":
        raise MalformedQueryError("expecting a list")
    wanted = {_value(word) for word in words[1:closing] if word[1] != ","}
    return (lambda record: record.get(field) in wanted), words[closing + 1 :]


def _value(word: tuple[str, str]) -> Any:  # noqa: ANN401 (a literal)
    kind, text = word
    if kind == "string":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    constants = {"null": None, "true": True, "false": False}
    if text.lower() in constants:
        return constants[text.lower()]
    if re.fullmatch(r"\d{4}-\d\d-\d\dT.*", text):
        return datetime.fromisoformat(text)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return Decimal(text)
    return text


def _compare(found: Any, sign: str, wanted: Any) -> bool:  # noqa: ANN401 (any field)
    if isinstance(wanted, datetime) and isinstance(found, str):
        found = datetime.fromisoformat(found)
    if sign in {"=", "!=", "<>"}:
        return (found == wanted) is (sign == "=")
    if found is None or wanted is None:
        return False
    tests = {"<": found < wanted, "<=": found <= wanted, ">": found > wanted}
    return bool(tests.get(sign, found >= wanted))


def answer(
    query: Query, tables: Mapping[str, Mapping[str, Record]], *, deleted: bool, version: str
) -> list[Record]:
    """Return the records that answer `query`."""
    rows = [
        record
        for record in tables.get(query.obj, {}).values()
        if (deleted or not record.get("IsDeleted")) and query.test(record)
    ]
    for field, down in reversed(query.order):
        rows.sort(
            key=lambda record: (record.get(field) is not None, record.get(field)), reverse=down
        )
    if query.limit is not None:
        rows = rows[: query.limit]
    return [_shown(query, record, tables, version) for record in rows]


def _shown(
    query: Query, record: Record, tables: Mapping[str, Mapping[str, Record]], version: str
) -> Record:
    found: Record = {"attributes": attributes(query.obj, record["Id"], version)}
    for field in query.fields:
        parent, _, name = field.partition(".")
        if name:
            other = tables.get(parent, {}).get(str(record.get(f"{parent}Id")), {})
            found.setdefault(parent, {})[name] = other.get(name)
        else:
            found[field] = record.get(field)
    for relation, fields in query.children:
        child, link = CHILDREN[relation]
        rows = [
            {"attributes": attributes(child, row["Id"], version)}
            | {field: row.get(field) for field in fields}
            for row in tables.get(child, {}).values()
            if row.get(link) == record["Id"] and not row.get("IsDeleted")
        ]
        whole = {"totalSize": len(rows), "done": True, "records": rows}
        found[relation] = whole if rows else None
    return found


def attributes(obj: str, ref: str, version: str) -> Record:
    """Return what every record says of itself."""
    return {"type": obj, "url": f"/services/data/{version}/sobjects/{obj}/{ref}"}
