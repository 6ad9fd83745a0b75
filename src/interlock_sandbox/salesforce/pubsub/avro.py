"""Change events in Avro: a schema for each object, a header, and the fields that changed.

A field that did not change is null; which did, the header says as a bitmap over the schema's
fields, lowest bit first.
"""

import hashlib
import io
import json
from base64 import urlsafe_b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final

import fastavro

from interlock_sandbox.salesforce.schema import NUMBERS, Field
from interlock_sandbox.world import Record

HEADER: Final = "ChangeEventHeader"
KINDS: Final = (
    "CREATE",
    "UPDATE",
    "DELETE",
    "UNDELETE",
    "GAP_CREATE",
    "GAP_UPDATE",
    "GAP_DELETE",
    "GAP_UNDELETE",
    "GAP_OVERFLOW",
)
UNTOLD: Final = frozenset({"Id", "IsDeleted", "SystemModstamp", "MasterRecordId"})
"""Fields of a record that its change events do not have."""
_TEXTS: Final = {"type": "array", "items": "string"}
_HEADER_FIELDS: Final[tuple[tuple[str, Any], ...]] = (
    ("entityName", "string"),
    ("recordIds", _TEXTS),
    ("changeType", {"type": "enum", "name": "ChangeType", "symbols": list(KINDS)}),
    ("changeOrigin", "string"),
    ("transactionKey", "string"),
    ("sequenceNumber", "int"),
    ("commitTimestamp", "long"),
    ("commitNumber", "long"),
    ("commitUser", "string"),
    ("nulledFields", _TEXTS),
    ("diffFields", _TEXTS),
    ("changedFields", _TEXTS),
)


@dataclass(frozen=True, slots=True)
class Form:
    """How the change events of one object are written, as long as its fields stay as they are."""

    id: str
    text: str
    parsed: Any
    names: tuple[str, ...]

    def bitmaps(self, fields: Collection[str]) -> list[str]:
        """Return `fields` as the header names them."""
        bits = sum(1 << place for place, name in enumerate(self.names) if name in fields)
        digits = f"{bits:X}"
        return [f"0x{digits.zfill(len(digits) + len(digits) % 2)}"] if bits else []

    def written(self, header: Mapping[str, object], values: Mapping[str, object]) -> bytes:
        """Return an event."""
        into = io.BytesIO()
        body = {name: values.get(name) for name in self.names}
        fastavro.schemaless_writer(into, self.parsed, {**body, HEADER: dict(header)})
        return into.getvalue()


def form_of(obj: str, fields: Collection[Field]) -> Form:
    """Return the form of the change events of `obj`, which has `fields`."""
    told = tuple((each.name, each.kind) for each in fields if each.name not in UNTOLD)
    return _form(obj, told)


@cache
def _form(obj: str, told: tuple[tuple[str, str], ...]) -> Form:
    header = {
        "type": "record",
        "name": HEADER,
        "fields": [{"name": name, "type": kind} for name, kind in _HEADER_FIELDS],
    }
    fields: list[dict[str, Any]] = [{"name": HEADER, "type": header}]
    fields += [
        {"name": name, "type": ["null", _type(kind)], "default": None} for name, kind in told
    ]
    name = (
        f"{obj.removesuffix('__c')}__ChangeEvent" if obj.endswith("__c") else f"{obj}ChangeEvent"
    )
    schema = {
        "type": "record",
        "name": name,
        "namespace": "com.sforce.eventbus",
        "fields": fields,
    }
    text = json.dumps(schema)
    fingerprint = urlsafe_b64encode(hashlib.md5(text.encode()).digest()).decode().rstrip("=")  # noqa: S324 (the vendor's fingerprint, no secret)
    names = tuple(str(field["name"]) for field in fields)
    return Form(fingerprint, text, fastavro.parse_schema(json.loads(text)), names)


def _type(kind: str) -> str:
    if kind in NUMBERS:
        return "double"
    return {"boolean": "boolean", "date": "long", "datetime": "long"}.get(kind, "string")


def told(fields: Mapping[str, Field], record: Record) -> dict[str, object]:
    """Return the values of a record as its change events show them."""
    return {
        name: _value(field.kind, record.get(name))
        for name, field in fields.items()
        if name not in UNTOLD
    }


def _value(kind: str, value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (Decimal, int)):
        return float(value)
    if kind in {"date", "datetime"}:
        moment = datetime.fromisoformat(str(value))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)
    return str(value)
