"""SOQL's conditions, compiled to tests on records.

What the real language does and a careless reader forgets: text compares without regard to case; a
comparison with an ordering sign is never true of null, but ``!=`` is; a literal must be of the
field's own type; AND and OR cannot be mixed without parentheses; milliseconds do not count.
"""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from interlock_sandbox.salesforce.errors import refused
from interlock_sandbox.salesforce.paths import Path, Paths
from interlock_sandbox.salesforce.schema import NUMBERS
from interlock_sandbox.salesforce.tokens import Word, Words, unexpected
from interlock_sandbox.salesforce.values import long_id, stamp
from interlock_sandbox.world import Record

Test = Callable[[Record], bool]
IDS: Final = frozenset({"id", "reference"})
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_KINDS: Final[Mapping[str, str]] = {"day": "date", "moment": "datetime", "number": "double"}
_ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": lambda found, wanted: found < wanted,
    "<=": lambda found, wanted: found <= wanted,
    ">": lambda found, wanted: found > wanted,
    ">=": lambda found, wanted: found >= wanted,
}


def condition(words: Words, paths: Paths) -> Test:
    """Return the test that the words of a WHERE clause say.

    Raises:
        SalesforceError: They say none.
    """
    first = _single(words, paths)
    joined = next((word for word in ("AND", "OR") if words.peek().is_keyword(word)), None)
    if joined is None:
        return first
    tests = [first]
    while words.took(joined):
        tests.append(_single(words, paths))
    if words.peek().is_keyword("AND", "OR"):
        raise unexpected(words.peek())
    if joined == "AND":
        return lambda record: all(test(record) for test in tests)
    return lambda record: any(test(record) for test in tests)


def _single(words: Words, paths: Paths) -> Test:
    if words.took("("):
        inner = condition(words, paths)
        words.expect(")")
        return inner
    if words.took("NOT"):
        turned = _single(words, paths)
        return lambda record: not turned(record)
    path = paths.find(words.name())
    sign = words.take()
    if sign.is_keyword("NOT"):
        words.expect("IN")
        among = _among(words, path)
        return lambda record: not among(record)
    if sign.is_keyword("IN"):
        return _among(words, path)
    if sign.is_keyword("LIKE"):
        return _like(words.take(), path)
    return _compared(sign, words.take(), path)


def _compared(sign: Word, literal: Word, path: Path) -> Test:
    wanted = value(literal, path)
    if sign.is_keyword("="):
        return lambda record: plain(path, path.of(record)) == wanted
    if sign.is_keyword("!=", "<>"):
        return lambda record: plain(path, path.of(record)) != wanted
    order = _ORDERED.get(sign.text)
    if order is None:
        raise unexpected(sign)

    def test(record: Record) -> bool:
        found = plain(path, path.of(record))
        return found is not None and wanted is not None and order(found, wanted)

    return test


def _among(words: Words, path: Path) -> Test:
    words.expect("(")
    wanted: Collection[object] = {value(words.take(), path)}
    found = set(wanted)
    while words.took(","):
        found.add(value(words.take(), path))
    words.expect(")")
    return lambda record: plain(path, path.of(record)) in found


def _like(literal: Word, path: Path) -> Test:
    if literal.kind != "string" or path.field.kind in NUMBERS:
        raise unexpected(literal)
    parts = (
        {"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in _unquoted(literal.text)
    )
    pattern = re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
    return lambda record: pattern.fullmatch(str(path.of(record) or "")) is not None


def plain(path: Path, found: object) -> Any:  # noqa: ANN401 (a comparable value of any field)
    """Return a record's value in the form in which values are compared."""
    if isinstance(found, str) and path.field.kind not in IDS:
        return found.casefold()
    return found


def value(word: Word, path: Path) -> Any:  # noqa: ANN401 (a literal of any type)
    """Return what a literal means for the field at `path`.

    Raises:
        SalesforceError: It is no literal, or of another type than the field.
    """
    if word.is_keyword("NULL"):
        return None
    kind = path.field.kind
    if word.is_keyword("TRUE", "FALSE"):
        _fits(path, "boolean", kind == "boolean")
        return word.text.upper() == "TRUE"
    if word.kind == "string":
        _fits(path, "text", kind not in NUMBERS | {"boolean", "date", "datetime"})
        text = _unquoted(word.text)
        return long_id(text) if kind in IDS else text.casefold()
    if word.kind not in _KINDS:
        raise unexpected(word)
    literal = _KINDS[word.kind]
    _fits(path, literal, kind in NUMBERS if literal == "double" else kind == literal)
    return _literal(word)


def _literal(word: Word) -> object:
    if word.kind == "number":
        return Decimal(word.text)
    if word.kind == "moment":
        return stamp(datetime.fromisoformat(word.text)).casefold()
    return word.text


def _fits(path: Path, given: str, fits: bool) -> None:  # noqa: FBT001 (what was found out)
    if not fits:
        quoted = " and should not be enclosed in quotes" if given == "text" else ""
        message = (
            f"value of filter criterion for field '{path.field.name}' "
            f"must be of type {path.field.kind}{quoted}"
        )
        raise refused("INVALID_FIELD", message)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1])
