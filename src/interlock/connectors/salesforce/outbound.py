"""Outbound messages: SOAP that Salesforce pushes, at least once, in any order (F12).

They are not signed. Two things stand for a signature: the last segment of the webhook's path is a
secret, and the message names our organisation. The values inside are untyped text and may be
newer than the change that caused them, so none of them is believed: the records that a message
names are read back (decision 0011).
"""

import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from interlock.connectors.port import PATH_SECRET, DeliveryRefused
from interlock.connectors.salesforce.operations import is_name

MAX_BYTES: Final = 1024 * 1024
MAX_NOTIFICATIONS: Final = 100
"""The vendor's own bound."""
_OUTBOUND: Final = "{http://soap.sforce.com/2005/09/outbound}"
_OBJECT: Final = "{urn:sobject.enterprise.soap.sforce.com}"
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"
_REF: Final = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
_ID: Final = 15
"""An id without its three check characters."""


def told(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], organisation: str
) -> dict[str, list[str]]:
    """Return which records a message says have changed: object -> their ids, each once.

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
    records: dict[str, list[str]] = {}
    for kind, ref in dict.fromkeys(_notification(element) for element in found):
        records.setdefault(kind, []).append(ref)
    return records


def _message(body: bytes) -> Element:
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise DeliveryRefused("the body is not an outbound message", status=400) from None
    message = next(iter(root.iter(f"{_OUTBOUND}notifications")), None)
    if message is None:
        raise DeliveryRefused("the body is not an outbound message", status=400)
    return message


def _notification(element: Element) -> tuple[str, str]:
    record = element.find(f"{_OUTBOUND}sObject")
    if record is None:
        raise DeliveryRefused("a notification without a record", status=400)
    kind = record.get(_TYPE, "").rpartition(":")[2]
    ref = (record.findtext(f"{_OBJECT}Id") or "").strip()
    if not (is_name(kind) and _REF.fullmatch(ref)):
        raise DeliveryRefused("a notification without its ids", status=400)
    return kind, ref
