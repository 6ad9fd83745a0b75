"""CloudEvents 1.0: the one envelope of every event that leaves or comes by a channel.

Structured JSON mode (CloudEvents JSON format, 1.0.2). `correlationid` (the business transaction)
and `causationid` (the event that caused this one) are the registered extension "correlation";
`partitionkey` is the one of "partitioning".
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, cast

from interlock.foundation.clock import from_iso, iso
from interlock.foundation.ids import canonical

VERSION: Final = "1.0"
CONTENT_TYPE: Final = "application/cloudevents+json"
_EXTENSION: Final = re.compile(r"[a-z0-9]{1,20}")
_OWN: Final = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"}
)
_REQUIRED: Final = ("id", "source", "type")
_LINKS: Final = ("subject", "correlationid", "causationid", "partitionkey")


class NotAnEventError(ValueError):
    """The bytes are no CloudEvent 1.0 in structured JSON; says what is wrong with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent:
    """Something that happened. `source` and `id` together are its identity."""

    id: str
    source: str
    """A URI reference."""
    type: str
    """Reverse DNS with a version: ``com.example.invoice.posted.v1``."""
    time: datetime | None = None
    subject: str = ""
    correlationid: str = ""
    """The business transaction that this belongs to."""
    causationid: str = ""
    """The id of the event that caused this one."""
    partitionkey: str = ""
    """Events of one key are delivered in order."""
    data: Mapping[str, object] = field(default_factory=dict)
    extensions: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Return the structured form: the same bytes for the same event. Decimals are strings."""
        body: dict[str, object] = {
            "specversion": VERSION,
            "id": self.id,
            "source": self.source,
            "type": self.type,
            "datacontenttype": "application/json",
            "data": _wire(self.data),
            **self.extensions,
        }
        if self.time is not None:
            body["time"] = iso(self.time)
        for name in _LINKS:
            if value := getattr(self, name):
                body[name] = value
        return canonical(body)


def read_cloud_event(content: bytes | str) -> CloudEvent:
    """Return the event that `content` is.

    Raises:
        NotAnEventError: It is none; the official JSON Schema would let some of these pass.
    """
    body = _document(content)
    if body.get("specversion") != VERSION:
        raise NotAnEventError(f"specversion is {body.get('specversion')!r}, not {VERSION!r}")
    for name in _REQUIRED:
        if not isinstance(body.get(name), str) or not body[name]:
            raise NotAnEventError(f"`{name}` is required and must be text")
    data = body.get("data", {})
    if not isinstance(data, Mapping):
        raise NotAnEventError("`data` must be a JSON object here")
    return CloudEvent(
        id=str(body["id"]),
        source=str(body["source"]),
        type=str(body["type"]),
        time=_moment(body.get("time")),
        data=cast("Mapping[str, object]", data),
        extensions=_extensions(body),
        **{name: _text(body, name) for name in _LINKS},
    )


def _wire(value: object) -> object:
    """Return `value` with every duration spelled as ISO 8601 does; the rest has a form already."""
    if isinstance(value, Mapping):
        return {str(name): _wire(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_wire(each) for each in value]
    if isinstance(value, timedelta):
        seconds = Decimal(value // timedelta(microseconds=1)).scaleb(-6).normalize()
        return f"PT{seconds:f}S"
    return value


def _document(content: bytes | str) -> Mapping[str, object]:
    try:
        found = json.loads(content, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise NotAnEventError(f"no JSON: {type(error).__name__}") from error
    if not isinstance(found, dict):
        raise NotAnEventError("an event is a JSON object")
    return found


def _text(body: Mapping[str, object], name: str) -> str:
    found = body.get(name, "")
    if not isinstance(found, str):
        raise NotAnEventError(f"`{name}` must be text")
    return found


def _moment(found: object) -> datetime | None:
    if found is None:
        return None
    try:
        return from_iso(str(found))
    except ValueError as error:
        raise NotAnEventError("`time` must be an RFC 3339 timestamp") from error


def _extensions(body: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in body.items():
        if name in _OWN or name in _LINKS or value is None:
            continue
        if not _EXTENSION.fullmatch(name):
            raise NotAnEventError(f"`{name[:40]}` is no attribute name: a-z and 0-9, at most 20")
        if isinstance(value, (dict, list)):
            raise NotAnEventError(f"the attribute `{name}` must be a single value")
        found[name] = str(value)
    return found
