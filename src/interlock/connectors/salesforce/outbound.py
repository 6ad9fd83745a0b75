"""Outbound messages: SOAP that Salesforce pushes, at least once, in any order (F12).

They are not signed. Two things stand for a signature: the last segment of the webhook's path is a
secret, and the message names our organisation. The values inside are untyped text and may be
newer than the change that caused them, so an event carries none of them: who wants the record
reads it.
"""

import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from interlock.connectors.port import DeliveryRefused, Event

PATH_SECRET: Final = ":path-secret"  # noqa: S105 (a name)
"""Under this name `intake` passes the last path segment; no sender can set such a header."""
MAX_BYTES: Final = 1024 * 1024
MAX_NOTIFICATIONS: Final = 100
"""The vendor's own bound."""
_OUTBOUND: Final = "{http://soap.sforce.com/2005/09/outbound}"
_OBJECT: Final = "{urn:sobject.enterprise.soap.sforce.com}"
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_ID: Final = 15
"""An id without its three check characters."""


def events(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], organisation: str
) -> list[tuple[str, str, str, datetime | None]]:
    """Return what a message tells: notification id, object, record id and when, if it says so.

    Raises:
        DeliveryRefused: The path is not secret, the organisation not ours, or it is no message.
    """
    given = headers.get(PATH_SECRET, "")
    if not given or not any(hmac.compare_digest(given.encode(), s.encode()) for s in secrets if s):
        raise DeliveryRefused("the webhook's path is not known", status=401)
    if len(body) > MAX_BYTES:
        raise DeliveryRefused("the message is too long", status=413)
    message = _message(body)
    sender = message.findtext(f"{_OUTBOUND}OrganizationId") or ""
    if not organisation or sender.strip()[:_ID] != organisation[:_ID]:
        raise DeliveryRefused("the message is not from our organisation", status=401)
    found = message.findall(f"{_OUTBOUND}Notification")
    if not found or len(found) > MAX_NOTIFICATIONS:
        raise DeliveryRefused("the message has no notifications, or too many", status=400)
    return [_notification(element) for element in found]


def _message(body: bytes) -> Element:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise DeliveryRefused("the body is not an outbound message", status=400) from None
    message = next(iter(root.iter(f"{_OUTBOUND}notifications")), None)
    if message is None:
        raise DeliveryRefused("the body is not an outbound message", status=400)
    return message


def _notification(element: Element) -> tuple[str, str, str, datetime | None]:
    number = (element.findtext(f"{_OUTBOUND}Id") or "").strip()
    record = element.find(f"{_OUTBOUND}sObject")
    if record is None:
        raise DeliveryRefused("a notification without a record", status=400)
    kind = record.get(_TYPE, "").rpartition(":")[2]
    ref = (record.findtext(f"{_OBJECT}Id") or "").strip()
    if not (number.isalnum() and ref.isalnum() and kind.isidentifier()):
        raise DeliveryRefused("a notification without its ids", status=400)
    return number, kind, ref, _when(record)


def _when(record: Element) -> datetime | None:
    for field in ("SystemModstamp", "LastModifiedDate"):
        text = record.findtext(f"{_OBJECT}{field}")
        try:
            moment = datetime.fromisoformat(text or "")
        except ValueError:
            continue
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return None


def as_events(
    found: Sequence[tuple[str, str, str, datetime | None]], now: datetime
) -> Iterator[Event]:
    """Yield the notifications as events; `now` stands in where the message names no time."""
    for number, kind, ref, moment in found:
        yield Event(
            id=number, type=f"{kind}.changed", object=kind, ref=ref, body={}, at=moment or now
        )
