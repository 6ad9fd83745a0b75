"""The hash chain of one stream: each entry's hash covers its content, place and predecessor.

The hashed bytes are the canonical JSON (`foundation.ids.canonical`) of the object with the keys
action, actor, at, data, mentions, position, prev, stream. They are put together from the texts
that are stored anyway, so that a chained entry costs one serialisation. Pure.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Final, NamedTuple

from interlock.audit.entry import Entry
from interlock.foundation.clock import iso
from interlock.foundation.errors import InvariantError
from interlock.foundation.ids import canonical


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a stream: keep it with what the stream is about, and truncation shows."""

    position: int
    hash: str


GENESIS: Final = Head(0, "0" * 64)
"""Where every stream begins."""


class Link(NamedTuple):
    """One entry in its chain, as text: exactly what is stored and exactly what is hashed."""

    stream: str
    position: int
    action: str
    at: str
    actor: str
    data: str
    mentions: str
    prev: str
    hash: str


def link(stream: str, head: Head, entries: Sequence[Entry]) -> list[Link]:
    """Return `entries` chained behind `head`."""
    links: list[Link] = []
    position, prev = head.position, head.hash
    for entry in entries:
        position += 1
        unsealed = Link(
            storable(stream),
            position,
            storable(entry.action),
            iso(entry.at),
            storable(entry.actor),
            _text(entry.data),
            _text(entry.mentions),
            prev,
            "",
        )
        prev = digest_of(unsealed)
        links.append(unsealed._replace(hash=prev))
    return links


def digest_of(found: Link) -> str:
    """Return the hash that `found` must have."""
    quoted = encode_basestring
    text = (
        f'{{"action":{quoted(found.action)},"actor":{quoted(found.actor)}'
        f',"at":{quoted(found.at)},"data":{found.data},"mentions":{found.mentions}'
        f',"position":{found.position},"prev":{quoted(found.prev)}'
        f',"stream":{quoted(found.stream)}}}'
    )
    return hashlib.sha256(text.encode()).hexdigest()


def storable(text: str) -> str:
    """Return `text` as both databases can hold it: no NUL, no half of a surrogate pair.

    A vendor's answer may contain either; it must not stop the record of that answer.
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _text(value: Mapping[str, object] | Mapping[str, str]) -> str:
    if not value:
        return "{}"
    try:
        return canonical(value).decode()
    except UnicodeEncodeError:
        return canonical(_clean(value)).decode()
    except (TypeError, ValueError) as error:
        raise InvariantError(
            f"an audit entry holds something that has no canonical form: {error}",
            hint="Entries take text, numbers, decimals, moments, lists and mappings.",
        ) from error


def _clean(value: object) -> object:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
