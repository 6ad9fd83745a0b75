"""Form bodies with brackets, as Stripe and its likes read them.

``{"items": [{"price": "p1"}], "metadata": {"id": "7"}}`` becomes ``items[0][price]=p1`` and
``metadata[id]=7`` (counterparties.md 2.5).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from interlock.connectors.kit.document import plain
from interlock.connectors.port import Body


def flattened(body: Body) -> list[tuple[str, str]]:
    """Return `body` as the pairs of a form, in the order of the body.

    ``None`` becomes the empty text, which is how such APIs unset a field; booleans are
    ``true`` and ``false``.

    Raises:
        TypeError: For a float, or anything else that has no exact form.
    """
    return [pair for name, value in body.items() for pair in _pairs(name, value)]


def _pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _pairs(f"{name}[{key}]", item)
    elif isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        for index, item in enumerate(value):
            yield from _pairs(f"{name}[{index}]", item)
    else:
        yield name, _text(value)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, (int, str)):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} has no exact form on the wire")
