"""Where a list goes on: opaque to whoever has it, checked when it comes back."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from interlock.console.door import RefusalError, malformed

T = TypeVar("T")
P = TypeVar("P", bound=Sequence[object])
LARGEST: Final = 200
USUAL: Final = 50
BATCH: Final = LARGEST + 1
_ROUNDS: Final = 400
"""Batches that are read for somebody who may see few of their rows; then the list goes on with a
cursor behind what was looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice(Generic[T]):
    """A page of a list."""

    items: Sequence[T]
    next: str
    """Where it goes on; empty at the end."""


def cursor_of(place: Sequence[object]) -> str:
    """Return a place in a list as one word."""
    return base64.urlsafe_b64encode(json.dumps(list(place)).encode()).decode().rstrip("=")


def place_of(text: str, kinds: tuple[type, ...]) -> tuple[object, ...] | None:
    """Return the place that a cursor says; ``None`` at the beginning.

    Raises:
        RefusalError: It is none of ours.
    """
    if not text:
        return None
    try:
        padded = text + "=" * (-len(text) % 4)
        found = json.loads(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        found = None
    if (
        not isinstance(found, list)
        or len(found) != len(kinds)
        or not all(type(each) is kind for each, kind in zip(found, kinds, strict=True))
        or any(isinstance(each, int) and abs(each) >= 1 << 63 for each in found)
    ):
        raise RefusalError(malformed("`after` is no place in this list: leave it out to begin."))
    return tuple(found)


def limit_of(text: str) -> int:
    """Return how many are asked for.

    Raises:
        RefusalError: It is no number from 1 to the largest page.
    """
    if not text:
        return USUAL
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= LARGEST:
        raise RefusalError(malformed(f"`limit` is a number from 1 to {LARGEST}."))
    return int(text)


def slice_of(
    read: Callable[[P | None], list[T]],
    place: Callable[[T], P],
    sees: Callable[[T], bool],
    after: P | None,
    limit: int,
) -> Slice[T]:
    """Return the next `limit` items that may be seen, and where it goes on.

    `read` returns up to `BATCH` items behind a place. What may not be seen is passed over here and
    not in SQL: one function says who may see what.
    """
    found: list[T] = []
    for _ in range(_ROUNDS):
        batch = read(after)
        for item in batch:
            if sees(item) and len(found) == limit:
                return Slice(items=found, next=cursor_of(place(found[-1])))
            if sees(item):
                found.append(item)
            after = place(item)
        if len(batch) < BATCH:
            return Slice(items=found, next="")
    return Slice(items=found, next=cursor_of(after or ()))
