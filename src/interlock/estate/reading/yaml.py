"""YAML 1.2, core schema, with places and limits.

``on``, ``NO``, ``0123``, ``22:00`` and ``2026.20`` stay what they look like; keys are text as
written; duplicate keys, aliases, anchors and tags are refused. Size, depth and number of values
are bounded while libyaml composes, so that neither depth nor an alias bomb reaches our own code.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any, Final, NoReturn

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # its stubs forget it

from interlock.estate.document import Document, Node, place_of
from interlock.estate.problem import Problem
from interlock.foundation.place import Place

LARGEST_FILE: Final = 1024 * 1024
DEEPEST: Final = 32
MOST_NODES: Final = 200_000

_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\.[0-9]+")
_CONSTANTS: Final = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_FIRST: Final = frozenset("-+0123456789")
_NO_WORD: Final = _FIRST | {text[:1] for text in _CONSTANTS}
"""How an unquoted scalar starts that may be something else than text."""
_SCALAR: Final = yaml.ScalarNode
_EXTRAS: Final = ("&", "*", "!")
_MAYBE_EXTRA = re.compile(r"(?:^|[\s\[\]{},:?\-\ufeff])(?:[&*][A-Za-z0-9_-]|!)")
"""Where an anchor, alias or tag could start: a token starts a line or follows a separator."""
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # YAML 1.2, rule 1
)
_HINTS: Final = {
    "cannot start any token": "YAML indents with spaces, never with tabs; quote text that starts "
    "with `@`, `%` or a backquote.",
    "mapping values are not allowed": "Quote text that contains a colon and a space.",
    "did not find expected key": "Is the line indented like its neighbours?",
    "did not find expected ',' or": "Is a bracket or brace left open?",
    "found unexpected end of stream": "Is a quote left open?",
}


class YamlError(Exception):
    """A document that cannot be read; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


class _Composer(CParser):
    """libyaml's composer with our limits; its hooks are called once for every node."""

    def __init__(self, text: str, file: str) -> None:
        CParser.__init__(self, text)
        self._file = file
        self._around: dict[Node | None, object] = {}
        """The nodes that we are inside of, outermost first."""
        # Going in and out happens for every node of an estate: the dictionary does it by itself.
        self.descend_resolver = self._around.setdefault
        self.ascend_resolver = self._around.popitem

    def resolve(self, _kind: type, _value: str, _implicit: object) -> str:
        """Leave the type of a scalar to us: PyYAML's own rules are YAML 1.1's."""
        if len(self._around) > DEEPEST + 1:
            self.too_much(f"nested deeper than {DEEPEST}", "Flatten it.")
        return ""

    def too_much(self, what: str, hint: str) -> NoReturn:
        """Refuse the node that we are inside of."""
        _wrong(what, place_of(self._file, next(reversed(self._around))), hint)


class _CountingComposer(_Composer):
    """The same for a text that is long enough to hold too many values."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text, file)
        self._nodes = 0

    def resolve(self, kind: type, value: str, implicit: object) -> str:
        """Count the node, too."""
        self._nodes += 1
        if self._nodes > MOST_NODES and len(self._around) > 1:
            self.too_much(f"more than {MOST_NODES} values", "Split the file.")
        return super().resolve(kind, value, implicit)


class _Composed:
    """A file as its composer gives it: made when somebody asks for a place in it, then kept."""

    def __init__(self, file: str, text: str) -> None:
        self._file = file
        self._text = text
        self._nodes: list[Node] = []

    def document(self, index: int) -> Node:
        """Return the document at `index`; it was read before, so it is there."""
        if not self._nodes:
            nodes: list[Node] = []
            with suppress(YamlError, yaml.YAMLError):  # what is wrong further down was said
                nodes.extend(_composed(self._file, self._text))
            self._nodes = nodes
        return self._nodes[index]


def read_documents(file: str, content: str | bytes) -> tuple[list[Document], Problem | None]:
    """Return the documents of a file up to the first mistake, and that mistake."""
    found: list[Document] = []
    text = ""
    try:
        text = _text(file, content)
        if any(map(text.__contains__, _EXTRAS)) and _MAYBE_EXTRA.search(text):
            _refuse_extras(file, text)
        found.extend(each for each in _documents(file, text) if each.value is not None)
    except YamlError as error:
        return found, error.problem
    except yaml.YAMLError as error:
        return found, _syntax(file, text, error)
    return found, None


def _documents(file: str, text: str) -> Iterator[Document]:
    again = _Composed(file, text)
    for index, node in enumerate(_composed(file, text)):
        yield Document(file, _value(file, node), partial(again.document, index))


def _composed(file: str, text: str) -> Iterator[Node]:
    # A character is at most two nodes, and one more: `?` is a mapping, its key and its value.
    counted = 2 * len(text) + 1 > MOST_NODES
    composer = (_CountingComposer if counted else _Composer)(text, file)
    while composer.check_node():
        yield composer.get_node()


def _value(file: str, node: Node) -> Any:  # noqa: ANN401 (YAML holds anything)
    """Return what a node says; the composer has bounded how deep this goes."""
    kind = type(node)
    if kind is _SCALAR:
        return node.value if node.style else resolved(node.value)
    if kind is yaml.SequenceNode:
        return [_value(file, each) for each in node.value]
    found: dict[str, Any] = {}
    for key, each in node.value:
        name = key.value
        if type(key) is not _SCALAR:
            hint = "Quote it, or use a list of records."
            _wrong("a key must be plain text", place_of(file, key), hint)
        if name in found:
            _given_twice(file, node, key)
        if type(each) is _SCALAR:  # most are, and a call for each of them is what reading costs
            text = each.value
            found[name] = resolved(text) if text[:1] in _NO_WORD and not each.style else text
        else:
            found[name] = _value(file, each)
    return found


def _given_twice(file: str, node: Node, key: Node) -> NoReturn:
    first = next(other for other, _ in node.value if other.value == key.value)
    hint = f"It was first given in line {first.start_mark.line + 1}. Keep one of them."
    _wrong(f"`{key.value}` is given twice", place_of(file, key), hint)


def resolved(text: str) -> object:
    """Return what an unquoted scalar means in YAML 1.2's core schema; decimals stay exact."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _FIRST:
        return text
    if _INT.fullmatch(text):
        return int(text) if len(text) <= 19 else text  # noqa: PLR2004 (64 bits have 19 digits)
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    return text


def _refuse_extras(file: str, text: str) -> None:
    """Refuse what would let one line mean another; only files that could have it are looked at."""
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        mark = event.start_mark
        where = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        if isinstance(event, yaml.AliasEvent):
            _wrong("aliases are refused", where, "Write the value out where it is used.")
        if getattr(event, "anchor", None) is not None:
            _wrong("anchors are refused", where, "Write the value out where it is used.")
        tag = getattr(event, "tag", None)
        if tag is not None:
            _wrong(f"the tag `{tag}` is refused", where, "Plain values only.")


def _wrong(what: str, where: Place, hint: str, code: str = "EST001") -> NoReturn:
    raise YamlError(Problem(code=code, what=what, hint=hint, where=where))


def _text(file: str, content: str | bytes) -> str:
    if len(content) > LARGEST_FILE:
        what = f"the file has {len(content)} bytes, {LARGEST_FILE} are allowed"
        _wrong(what, Place(file), "Split it: an estate is many small files.", "EST002")
    try:
        if isinstance(content, bytes):
            return content.decode("utf-8-sig")
        content.encode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1  # type: ignore[arg-type]  # only bytes are decoded
        _wrong("the file is not UTF-8", Place(file, line, 1), "Save it as UTF-8.", "EST002")
    except UnicodeEncodeError as error:
        where = _at(file, str(content), error.start)
        _wrong("half a character", where, "Save the file as UTF-8 again.", "EST002")
    return str(content).removeprefix("\ufeff")


def _at(file: str, text: str, position: int) -> Place:
    line = text.count("\n", 0, position) + 1
    return Place(file, line, position - text.rfind("\n", 0, position))


def _syntax(file: str, text: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    bad = _UNPRINTABLE.search(text)
    if mark is None and bad is not None:
        what = f"the character U+{ord(bad.group()):04X} is not allowed"
        hint = "Take it out; in double quotes it can be written as an escape."
        where = _at(file, text, bad.start())
        return Problem(code="EST001", what=what, hint=hint, where=where)
    what = str(getattr(error, "problem", None) or "this is not YAML").strip()
    hint = next((hint for part, hint in _HINTS.items() if part in what), "")
    where = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    return Problem(code="EST001", what=what, hint=hint, where=where)
