"""Deliveries at random: genuine ones, and what forgers, replayers and broken senders make of them.

Each says what may come of it; the door decides, and the inbox shows what it really took.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from enum import Enum
from typing import Final

from interlock.foundation.signatures import key_of

STRIPE_SECRET: Final = "whsec_of_stripe_0123456789"
SECRET: Final = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH: Final = "hard-to-guess-and-long"
ORGANISATION: Final = "00D000000000001"
INSIDE, OUTSIDE = "203.0.113.7", "198.51.100.7"
OUTBOUND: Final = """<?xml version="1.0"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>
<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>{org}</OrganizationId>
<Notification><Id>04l1</Id><sObject xsi:type="sf:Opportunity"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>{ref}</sf:Id></sObject></Notification>
</notifications></soapenv:Body></soapenv:Envelope>"""
Header = tuple[bytes, bytes]


class Fate(Enum):
    """What may come of a delivery."""

    TAKEN = "it is genuine: taken, and stored once"
    REFUSED = "it is not theirs: never taken"
    EITHER = "it is theirs and makes no sense: taken or refused, never a fault of ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request, as it comes over the wire."""

    system: str
    path: str
    headers: tuple[Header, ...]
    body: bytes
    fate: Fate
    identity: str
    """Under which it would be stored."""
    what: str
    method: str = "POST"
    sender: str = OUTSIDE
    chunks: int = 1
    hangs_up: bool = False
    """Whether the sender is gone before the body is whole."""


def stripe_signature(body: bytes, second: int, secret: str = STRIPE_SECRET) -> bytes:
    """Return the header of a delivery, as Stripe makes it."""
    digest = hmac.new(secret.encode(), f"{second}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={second},v1={digest}".encode()


def standard_signature(body: bytes, identity: str, second: int) -> list[Header]:
    """Return the headers of a delivery, as Standard Webhooks says."""
    content = f"{identity}.{second}.".encode() + body
    digest = base64.b64encode(hmac.new(key_of(SECRET), content, hashlib.sha256).digest())
    return [
        (b"webhook-id", identity.encode()),
        (b"webhook-timestamp", str(second).encode()),
        (b"webhook-signature", b"v1," + digest),
    ]
