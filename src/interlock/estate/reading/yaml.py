"""YAML 1.2, core schema, with places and limits.

``on``, ``NO``, ``0123``, ``22:00`` and ``2026.20`` stay what they look like; duplicate keys,
aliases, anchors and tags are refused; size, depth and node count are bounded before anything is
built. Events come from libyaml; building is iterative, so depth cannot exhaust the stack.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NoReturn

import yaml

from interlock.estate.document import Document, Marks
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


class YamlError(Exception):
    """A document that cannot be read; carries the problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.what)
        self.problem = problem


@dataclass(slots=True)
class _Open:
    """A mapping or list that is being filled."""

    value: "dict[str, Any] | list[Any]"
    marks: Marks
    key: str | None = None
    key_marks: Marks | None = None


class _Builder:
    def __init__(self, file: str) -> None:
        self._file = file
        self._stack: list[_Open] = []
        self._nodes = 0

    def documents(self, text: str) -> Iterator[Document]:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                done = self._add(*self._scalar(event))
            elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
                self._start(event, {} if kind is yaml.MappingStartEvent else [])
                continue
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                ended = self._stack.pop()
                done = self._add(ended.value, ended.marks)
            elif kind is yaml.AliasEvent:
                self._fail("aliases are refused", event, "Write the value out where it is used.")
            else:
                continue
            if done is not None:
                yield done

    def _add(self, value: object, marks: Marks) -> Document | None:
        if not self._stack:
            return Document(self._file, value, marks)
        top = self._stack[-1]
        if isinstance(top.value, list):
            top.marks.parts[len(top.value)] = marks
            top.value.append(value)
        elif top.key is None:
            self._key(top, value, marks)
        else:
            marks.key = top.key_marks
            top.value[top.key] = value
            top.marks.parts[top.key] = marks
            top.key = None
        return None

    def _key(self, top: _Open, value: object, marks: Marks) -> None:
        if isinstance(value, (dict, list)):
            self._wrong("a key must be plain text", marks, "Quote it, or use a list of records.")
        name = value if isinstance(value, str) else _shown(value)
        if name in top.marks.parts:
            first = top.marks.parts[name].key or top.marks
            hint = f"It was first given in line {first.line + 1}. Keep one of them."
            self._wrong(f"`{name}` is given twice", marks, hint)
        top.key, top.key_marks = name, marks

    def _start(self, event: Any, value: "dict[str, Any] | list[Any]") -> None:  # noqa: ANN401 (PyYAML is untyped)
        self._refuse_extras(event)
        if len(self._stack) >= DEEPEST:
            self._fail(f"nested deeper than {DEEPEST}", event, "Flatten the document.")
        self._stack.append(_Open(value, self._marks(event)))

    def _scalar(self, event: Any) -> tuple[object, Marks]:  # noqa: ANN401 (PyYAML is untyped)
        self._refuse_extras(event)
        marks = self._marks(event)
        text: str = event.value
        if event.style:
            # A quoted one-line scalar: expressions point behind the quote.
            marks.column += event.style in {"'", '"'}
            marks.width = max(len(text), 1)
            return text, marks
        marks.width = max(len(text), 1)
        return resolved(text), marks

    def _marks(self, event: Any) -> Marks:  # noqa: ANN401 (PyYAML is untyped)
        self._nodes += 1
        if self._nodes > MOST_NODES:
            self._fail(f"more than {MOST_NODES} values", event, "Split the file.")
        mark = event.start_mark
        return Marks(mark.line, mark.column)

    def _refuse_extras(self, event: Any) -> None:  # noqa: ANN401 (PyYAML is untyped)
        if event.anchor is not None:
            self._fail("anchors are refused", event, "Write the value out where it is used.")
        if event.tag is not None:
            self._fail(f"the tag `{event.tag}` is refused", event, "Plain values only.")

    def _fail(self, what: str, event: Any, hint: str) -> NoReturn:  # noqa: ANN401 (PyYAML is untyped)
        mark = event.start_mark
        self._wrong(what, Marks(mark.line, mark.column), hint)

    def _wrong(self, what: str, marks: Marks, hint: str) -> NoReturn:
        where = Place(self._file, marks.line + 1, marks.column + 1, marks.width)
        raise YamlError(Problem(code="EST001", what=what, hint=hint, where=where))


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


def _shown(value: object) -> str:
    return {None: "null", True: "true", False: "false"}.get(value, str(value))  # type: ignore[call-overload, no-any-return]  # a scalar


def read_documents(file: str, content: str | bytes) -> tuple[list[Document], Problem | None]:
    """Return the documents of a file up to the first mistake, and that mistake."""
    found: list[Document] = []
    try:
        text = _text(file, content)
        builder = _Builder(file)
        found.extend(each for each in builder.documents(text) if each.value is not None)
    except YamlError as error:
        return found, error.problem
    except yaml.YAMLError as error:
        return found, _syntax(file, error)
    return found, None


def _text(file: str, content: str | bytes) -> str:
    if len(content) > LARGEST_FILE:
        what = f"the file has {len(content)} bytes, {LARGEST_FILE} are allowed"
        hint = "Split it: an estate is many small files."
        raise YamlError(Problem(code="EST002", what=what, hint=hint, where=Place(file)))
    if isinstance(content, str):
        return content.removeprefix("\ufeff")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        where = Place(file, line, 1)
        what = "the file is not UTF-8"
        raise YamlError(
            Problem(code="EST002", what=what, hint="Save it as UTF-8.", where=where)
        ) from error


def _syntax(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    what = str(getattr(error, "problem", None) or "this is not YAML").strip()
    hint = ""
    if "cannot start any token" in what or "\\t" in what or "tab" in what:
        hint = "YAML indents with spaces, never with tabs."
    where = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
    return Problem(code="EST001", what=what, hint=hint, where=where)
