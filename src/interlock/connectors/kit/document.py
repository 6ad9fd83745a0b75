"""JSON as vendors send it, with exact numbers and bounds (reliability.md section 5, Outgoing)."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NoReturn

MAX_DEPTH: Final = 64
"""No vendor object nests deeper; a deeper one is an attack on the reader's stack."""
MAX_NUMBER_CHARACTERS: Final = 64
MAX_EXPONENT: Final = 100
"""``1e999999999`` is a small text and an enormous integer."""

_ESCAPED: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_HALF: Final = re.compile(r"[\ud800-\udfff]")


class UnreadableError(ValueError):
    """The bytes are not a document that may be worked with; says why in a few words."""


def parse(content: bytes) -> object:
    """Return the JSON document in `content`; a number with a point or exponent is a `Decimal`.

    Raises:
        UnreadableError: Not UTF-8 JSON, nested too deeply, with numbers beyond all measure, with
            a name twice in one object, or with text that is not Unicode or holds NUL.
    """
    try:
        found = json.loads(
            content.decode("utf-8-sig"),
            parse_float=_number,
            parse_int=_integer,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise UnreadableError("it is nested too deeply") from error
    except UnreadableError:
        raise
    except ValueError as error:
        raise UnreadableError(f"it is not JSON: {type(error).__name__}") from error
    if content.count(b"{") + content.count(b"[") > MAX_DEPTH and _deep(found):
        raise UnreadableError("it is nested too deeply")
    if _ESCAPED.search(content) and not all(map(_is_text, _texts(found))):
        raise UnreadableError("it holds text that is not Unicode, or NUL")
    return found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object; which of two members of one name counts is undefined (RFC 8259)."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableError("it has a name twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise ValueError("a number beyond all measure")
    return int(text)


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > MAX_NUMBER_CHARACTERS or abs(number.adjusted()) > MAX_EXPONENT:
        raise ValueError("a number beyond all measure")
    return number


def _refuse(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number")


def _deep(found: object) -> bool:
    level = [found]
    for _ in range(MAX_DEPTH + 1):
        level = [child for node in level for child in _children(node)]
        if not level:
            return False
    return True


def _children(node: object) -> list[object]:
    if isinstance(node, dict):
        return [value for value in node.values() if isinstance(value, (dict, list))]
    if isinstance(node, list):
        return [value for value in node if isinstance(value, (dict, list))]
    return []


def _texts(found: object) -> Iterator[str]:
    """Yield every text in a document, names included."""
    nodes = [found]
    while nodes:
        node = nodes.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            nodes += [*node, *node.values()]
        elif isinstance(node, list):
            nodes += node


def _is_text(text: str) -> bool:
    """Tell whether `text` can be stored and sent: no half surrogate, no NUL (PostgreSQL)."""
    return "\0" not in text and not _HALF.search(text)


def render(value: object) -> bytes:
    """Return `value` as JSON bytes; a `Decimal` becomes a number with every digit it has.

    Raises:
        TypeError: For a float, or anything else that has no exact form.
    """
    return _rendered(value).encode()


def _rendered(value: object) -> str:
    if isinstance(value, Mapping):
        items = (f"{json.dumps(str(key))}:{_rendered(item)}" for key, item in value.items())
        return "{" + ",".join(items) + "}"
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return "[" + ",".join(_rendered(item) for item in value) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if value is None or isinstance(value, (bool, int, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, (date, datetime)):
        return json.dumps(value.isoformat())
    raise TypeError(f"a {type(value).__name__} has no exact form on the wire")


def plain(number: Decimal) -> str:
    """Return `number` in digits, without an exponent.

    Raises:
        TypeError: For NaN and infinities, which no vendor takes.
    """
    if not number.is_finite():
        raise TypeError(f"{number} has no exact form on the wire")
    return format(number, "f")
