"""Change events read: Avro by the org's own schema, and the header that says what changed.

The header alone is used. Which fields changed it tells as bitmaps over the schema's fields in
their order, lowest bit first; fields inside a compound field as ``POSITION-BITMAP``
(developer.salesforce.com, "Event Deserialization Considerations", "ChangeEventHeader Fields").
"""

import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import fastavro

from interlock.connectors.salesforce.operations import ID, is_name
from interlock.connectors.stream import Notice

HEADER: Final = "ChangeEventHeader"
LARGEST_SCHEMA: Final = 1024 * 1024
NOBODY: Final = "000000000000000"
"""The id in an overflow event: more than 100,000 changes in one transaction, not told singly."""
_REFS: Final = (15, 18)
_STANDING: Final = frozenset({"LastModifiedDate", "LastModifiedById", "SystemModstamp"})
"""Fields that change with every change."""
_SIZED: Final = frozenset({"string", "bytes", "int", "long", "float", "double", "boolean"})
"""Types of which every value takes a byte at least."""


class UnreadableEventError(ValueError):
    """A change event, or the schema of one, cannot be understood; says why."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the events of one schema are written."""

    parsed: Any
    fields: tuple[Mapping[str, Any], ...]

    @property
    def names(self) -> frozenset[str]:
        """The fields of the record whose changes it tells, and the one that never changes."""
        return frozenset(str(field["name"]) for field in self.fields) - {HEADER} | {ID}


def form_of(text: str) -> Form:
    """Return the form that an Avro schema describes.

    Raises:
        UnreadableEventError: It is none, or one whose events could be small and grow without end.
    """
    if len(text) > LARGEST_SCHEMA:
        raise UnreadableEventError("a schema that goes on for ever")
    try:
        document = json.loads(text)
        parsed = fastavro.parse_schema(document)
        fields = tuple(document["fields"])
        named = all(isinstance(field["name"], str) for field in fields)
    except (ValueError, KeyError, TypeError, fastavro.schema.SchemaParseException) as error:
        raise UnreadableEventError("a schema that is none") from error
    except RecursionError:
        raise UnreadableEventError("a schema that is nested too deeply") from None
    if not named or not any(field["name"] == HEADER for field in fields):
        raise UnreadableEventError("a schema of something other than change events")
    if any(_is_endless(part) for part in _parts(document)):
        raise UnreadableEventError("a schema with lists of nothing")
    return Form(parsed, fields)


def notice_of(form: Form, payload: bytes, client: str) -> Notice:
    """Return what a change event says; `client` is what our own calls say they are.

    Raises:
        UnreadableEventError: It is not written in `form`, or its header makes no sense.
    """
    try:
        event = fastavro.schemaless_reader(io.BytesIO(payload), form.parsed, None)
    except (
        ValueError,
        IndexError,
        KeyError,
        EOFError,
        OverflowError,
        TypeError,
        RecursionError,
    ) as error:
        raise UnreadableEventError("an event that is not in its schema's form") from error
    header = event.get(HEADER) if isinstance(event, dict) else None
    if not isinstance(header, dict):
        raise UnreadableEventError("an event without a header")
    return _notice(form, header, client)


def _notice(form: Form, header: Mapping[str, Any], client: str) -> Notice:
    obj, kind = header.get("entityName"), str(header.get("changeType"))
    if not isinstance(obj, str) or not is_name(obj):
        raise UnreadableEventError("an event that does not say of which object")
    told = [str(ref) for ref in header.get("recordIds") or ()]
    refs = tuple(dict.fromkeys(ref for ref in told if _is_ref(ref)))
    # A gap event says what happened to whom, and nothing else (not even which fields).
    plain = kind == "UPDATE"
    fields = frozenset(changed(form, header.get("changedFields") or ())) if plain else frozenset()
    return Notice(
        object=obj,
        refs=refs,
        deleted=kind.removeprefix("GAP_") == "DELETE",
        at=_moment(header.get("commitTimestamp")),
        fields=fields - _STANDING,
        known=form.names,
        ours=is_ours(str(header.get("changeOrigin") or ""), client),
        gap=_gap(told, header, obj) if not refs else "",
    )


def _gap(told: Sequence[str], header: Mapping[str, Any], obj: str) -> str:
    """Return what is lost where an event names no record; an overflow loses nothing.

    What an overflow event stands for has new stamps, so that the poll finds it.
    """
    kind, transaction = str(header.get("changeType")), str(header.get("transactionKey"))
    if kind == "GAP_OVERFLOW" or any(ref[:15] == NOBODY for ref in told):
        return ""
    which = ", ".join(told)[:40] or "no record"
    return (
        f"a change event ({kind[:20]}, transaction {transaction[:40]}) of {obj} names {which}: "
        "compare these records"
    )


def _is_ref(ref: str) -> bool:
    return len(ref) in _REFS and ref.isascii() and ref.isalnum() and ref[:15] != NOBODY


def is_ours(origin: str, client: str) -> bool:
    """Tell whether a change began with a call of ours: ``com/salesforce/api/…;client=NAME``."""
    named = origin.partition(";client=")[2].partition(";")[0]
    return bool(client) and named.partition("/")[0] == client


def changed(form: Form, told: Sequence[object]) -> Iterator[str]:
    """Yield the names of the fields that bitmaps name; of a compound field its own name too.

    Raises:
        UnreadableEventError: They are no bitmaps over these fields.
    """
    for each in told:
        place, dash, bitmap = str(each).rpartition("-")
        try:
            bits = int(bitmap.removeprefix("0x"), 16)
            if not bitmap.startswith("0x") or (dash and not place.isdecimal()):
                raise UnreadableEventError("changed fields that are no bitmap")
            inside = form.fields[int(place)] if dash else None
        except (ValueError, IndexError):
            raise UnreadableEventError("changed fields that are no bitmap") from None
        fields = form.fields if inside is None else _inner(inside)
        if bits.bit_length() > len(fields):
            raise UnreadableEventError("changed fields beyond its schema")
        if inside is not None:
            yield str(inside["name"])
        prefix = "" if inside is None else f"{inside['name']}."
        yield from (f"{prefix}{f['name']}" for n, f in enumerate(fields) if bits >> n & 1)


def _inner(field: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the fields of a compound field, such as an address."""
    kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
    record = next((kind for kind in kinds if isinstance(kind, dict) and "fields" in kind), None)
    return tuple(record["fields"]) if record else ()


def _parts(document: object) -> Iterator[Mapping[str, Any]]:
    """Yield every part of a schema."""
    if isinstance(document, list):
        for each in document:
            yield from _parts(each)
    elif isinstance(document, dict):
        yield document
        for each in document.values():
            yield from _parts(each)


def _is_endless(part: Mapping[str, Any]) -> bool:
    """Tell whether a few bytes of it may be read as any number of values (a bomb)."""
    items = part.get("items")
    sized = isinstance(items, list) or (isinstance(items, str) and items in _SIZED)
    return part.get("type") == "array" and not sized


def _moment(milliseconds: object) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        raise UnreadableEventError("an event without a time") from None
