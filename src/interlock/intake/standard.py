"""Deliveries by Standard Webhooks: verified on the raw bytes, then the record is read back.

Any system that can sign so may send, whatever its connector. The payload says what changed, in
the form of Standard Webhooks or of CloudEvents; what the record is now, only the system says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from interlock.connectors.kit.document import UnreadableError, parse
from interlock.connectors.port import CallFailed, Connector, DeliveryRefused, Event
from interlock.estate.binding import at_path
from interlock.estate.kinds.system import Reads
from interlock.foundation.clock import from_iso
from interlock.foundation.errors import UsageError
from interlock.foundation.signatures import NotAuthenticError, check_signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What is needed to believe and to understand the deliveries of one system."""

    secrets: Sequence[str]
    reads: Reads


def standard_event(
    connector: Connector, signed: Signed, delivery: tuple[Mapping[str, str], bytes], now: datetime
) -> Event | None:
    """Return the event of a delivery; ``None`` when what it is about is not there any more.

    Raises:
        DeliveryRefused: It is not authentic, not understood, or cannot be looked into now (503).
    """
    headers, body = delivery
    try:
        identity = check_signature(signed.secrets, headers, body, now)
    except NotAuthenticError as error:
        raise DeliveryRefused(str(error), status=401) from error
    document = _document(body)
    type_ = _text(document, signed.reads.type)
    ref = _text(document, signed.reads.ref)
    obj = _text(document, signed.reads.object) or type_.partition(".")[0]
    if not type_ or not ref:
        raise DeliveryRefused("it does not say what it is about", status=422)
    try:
        record = connector.read(obj, ref)
    except UsageError as error:
        raise DeliveryRefused(f"there is no object `{obj}`", status=422) from error
    except CallFailed as failed:
        raise DeliveryRefused(f"cannot be looked into now: {failed}", status=503) from failed
    if record is None:
        return None
    return Event(
        id=identity,
        type=type_,
        object=obj,
        ref=record.ref,
        body=record.body,
        at=_moment(document, now),
    )


def _document(body: bytes) -> Mapping[str, object]:
    try:
        found = parse(body)
    except UnreadableError as error:
        raise DeliveryRefused(f"it is no JSON: {error}", status=400) from error
    if not isinstance(found, dict):
        raise DeliveryRefused("it is no JSON object", status=400)
    return found


def _text(document: Mapping[str, object], path: str) -> str:
    found = at_path(document, path)
    plain = isinstance(found, (str, int)) and not isinstance(found, bool)
    return str(found) if plain else ""


def _moment(document: Mapping[str, object], now: datetime) -> datetime:
    """Return when it happened: `timestamp` of Standard Webhooks, or `time` of CloudEvents."""
    try:
        return from_iso(str(document.get("timestamp") or document["time"]))
    except (KeyError, ValueError):
        return now
