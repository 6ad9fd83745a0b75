"""Stripe's bracketed forms: ``items[0][price]=p`` becomes ``{"items": [{"price": "p"}]}``."""

import re
from typing import Any
from urllib.parse import parse_qsl

_PART = re.compile(r"\[([^\]]*)\]")


def read(raw: bytes) -> dict[str, Any]:
    """Return the nested values of a form body or query."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(raw.decode(), keep_blank_values=True):
        head, _, _ = name.partition("[")
        _put(found, [head, *_PART.findall(name)], value)
    return {name: _lists(value) for name, value in found.items()}


def _put(into: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        inner = into.setdefault(part, {})
        if not isinstance(inner, dict):
            return
        into = inner
    name = path[-1] or str(len(into))
    into[name] = value


def _lists(value: Any) -> Any:  # noqa: ANN401 (a form's tree)
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
