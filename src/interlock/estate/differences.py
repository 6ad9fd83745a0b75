"""What differs between two estates: which documents, and in each which values.

Compared is what was written, not what it comes to: a default that was left out before and is left
out now is no difference. Elements of a list are the same when they have the same `id` or `name`;
those that have neither are compared one by one in their order.
"""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from interlock.estate.reading.load import SUFFIX
from interlock.estate.reading.yaml import read_documents

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
_NAMES: Final = ("id", "name")
_AROUND: Final = 2
"""Lines that are shown around a changed one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that was written otherwise."""

    path: str
    """From the document: ``spec.steps[tax].call.operation``."""
    before: str | None
    """As JSON; ``None``: it was not there."""
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One document, or one file beside the documents, that is not what it was."""

    subject: str
    """``integration:quote-to-cash``, or ``file:transforms.py``."""
    what: str
    """``added``, ``removed`` or ``changed``."""
    differences: tuple[Difference, ...] = ()
    """Of a changed document."""
    lines: tuple[str, ...] = ()
    """Of a changed file: a unified diff."""


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[Change]:
    """Return what differs between two estates, each given as its files by name."""
    was, now = _documents(before), _documents(after)
    return [*_documents_differ(was, now), *_files_differ(before, after)]


def _documents(files: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for file, text in sorted(files.items()):
        if file.endswith(SUFFIX):
            for document in read_documents(file, text)[0]:
                found[_subject(file, document.value, len(found))] = document.value
    return found


def _subject(file: str, value: object, number: int) -> str:
    if isinstance(value, Mapping):
        metadata = value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, Mapping) else None
        if isinstance(value.get("kind"), str) and isinstance(name, str):
            return f"{value['kind'].lower()}:{name}"
    return f"{file}:{number}"


def _documents_differ(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for subject in sorted({*was, *now}):
        if subject not in now:
            yield Change(subject=subject, what=REMOVED)
        elif subject not in was:
            yield Change(subject=subject, what=ADDED)
        elif found := tuple(_values_differ("", was[subject], now[subject])):
            yield Change(subject=subject, what=CHANGED, differences=found)


def _values_differ(path: str, was: object, now: object) -> Iterator[Difference]:
    """Yield the smallest values that differ, in the order in which they are written now."""
    (form, old), (other, new) = _parts(was), _parts(now)
    if form != other or form is _Form.VALUE:
        if _told(was) != _told(now):
            yield Difference(path=path, before=_told(was), after=_told(now))
        return
    for name in dict.fromkeys([*new, *old]):
        inner = f"{path}.{name}".removeprefix(".") if form is _Form.MAPPING else f"{path}[{name}]"
        if name in old and name in new:
            yield from _values_differ(inner, old[name], new[name])
        else:
            yield Difference(path=inner, before=_part(old, name), after=_part(new, name))
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old] and form is _Form.NAMED:
        yield Difference(path=f"{path} (order)", before=_told([*old]), after=_told([*new]))


class _Form(Enum):
    """What a value consists of."""

    VALUE = auto()
    MAPPING = auto()
    NAMED = auto()
    """A list whose elements are told apart by their names."""
    LIST = auto()


def _parts(value: object) -> tuple[_Form, dict[str, object]]:
    """Return what a value consists of, by name."""
    if isinstance(value, Mapping):
        return _Form.MAPPING, {str(name): each for name, each in value.items()}
    if not isinstance(value, list):
        return _Form.VALUE, {}
    names = [_name(each) for each in value]
    if None in names or len(set(names)) < len(names):
        return _Form.LIST, {str(index): each for index, each in enumerate(value)}
    return _Form.NAMED, dict(zip(map(str, names), value, strict=True))


def _part(parts: Mapping[str, object], name: str) -> str | None:
    return _told(parts[name]) if name in parts else None


def _name(element: object) -> str | None:
    if not isinstance(element, Mapping):
        return None
    return next((str(element[name]) for name in _NAMES if element.get(name)), None)


def _told(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _files_differ(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for file in sorted({*before, *after}):
        was, now = before.get(file), after.get(file)
        if file.endswith(SUFFIX) or was == now:
            continue
        subject = f"file:{file}"
        if was is None or now is None:
            yield Change(subject=subject, what=ADDED if was is None else REMOVED)
            continue
        lines = difflib.unified_diff(was.splitlines(), now.splitlines(), n=_AROUND, lineterm="")
        yield Change(subject=subject, what=CHANGED, lines=tuple(lines)[2:])
