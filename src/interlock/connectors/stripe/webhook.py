"""Stripe's deliveries: signed over their exact bytes and their time (standards.md 3.9).

``Stripe-Signature: t=1700000000,v1=hex,v1=hex,v0=…``: the HMAC-SHA256 of ``t.body`` under the
endpoint's secret. While a secret is being rotated there are several signatures and several
secrets; one match is enough. Only ``v1`` counts. Checking the age stops replays, in both
directions, because a sender's clock may be ahead.
"""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from interlock.connectors.kit.document import UnreadableError, parse
from interlock.connectors.port import DeliveryRefused, Event
from interlock.connectors.stripe.forms import shown

TOLERANCE: Final = timedelta(seconds=300)
LONGEST_HEADER: Final = 4096
LONGEST_TIME: Final = 12
MAX_BODY: Final = 1024 * 1024
_REFUSED: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the header says."""

    time: str
    """Exactly as it was sent: it is part of what was signed."""
    digests: Sequence[bytes]


def events(
    headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime
) -> Iterator[Event]:
    """Verify a delivery and yield its event.

    Raises:
        DeliveryRefused: Not signed with a secret of ours, too old or too new, or not an event.
    """
    if len(body) > MAX_BODY:
        raise DeliveryRefused("the delivery is too large", status=413)
    signature = _signature(headers)
    if not _authentic(signature, body, secrets):
        raise DeliveryRefused("no signature of this delivery is ours", status=_REFUSED)
    _check_age(signature, now)
    try:
        event = event_of(parse(body))
    except UnreadableError as error:
        raise DeliveryRefused(f"the delivery cannot be read: {error}", status=_REFUSED) from None
    return iter((event,))


def _signature(headers: Mapping[str, str]) -> Signature:
    named = {name.lower(): value for name, value in headers.items()}
    text = named.get("stripe-signature", "")
    if not text or len(text) > LONGEST_HEADER:
        raise DeliveryRefused(
            "the Stripe-Signature header is missing or too long", status=_REFUSED
        )
    parts = [part.strip().partition("=") for part in text.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    digests = [value.encode("utf-8", "replace") for name, _, value in parts if name == "v1"]
    if len(times) != 1 or not digests or not _is_time(times[0]):
        raise DeliveryRefused("the Stripe-Signature header is malformed", status=_REFUSED)
    return Signature(time=times[0], digests=digests)


def _is_time(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_TIME


def _authentic(signature: Signature, body: bytes, secrets: Sequence[str]) -> bool:
    signed = signature.time.encode() + b"." + body
    authentic = False
    for secret in secrets:
        if not secret:
            continue  # an empty secret is one that everybody knows
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()
        for digest in signature.digests:
            # All are compared, each in constant time: the time taken tells nothing.
            authentic |= hmac.compare_digest(expected, digest)
    return authentic


def _check_age(signature: Signature, now: datetime) -> None:
    age = now.timestamp() - int(signature.time)
    if abs(age) > TOLERANCE.total_seconds():
        raise DeliveryRefused(
            f"the delivery was signed {abs(int(age))} s {'ago' if age > 0 else 'ahead'}; "
            f"at most {int(TOLERANCE.total_seconds())} s are accepted",
            status=_REFUSED,
        )


def event_of(found: object) -> Event:
    """Return the event that a delivery or the events list holds.

    Raises:
        UnreadableError: It is none: without its id, its type, its time or its object.
    """
    if not isinstance(found, dict) or found.get("object") != "event":
        raise UnreadableError("it is not an event")
    data = found.get("data")
    about = data.get("object") if isinstance(data, Mapping) else None
    created = found.get("created")
    named = [found.get("id"), found.get("type")]
    if not isinstance(about, Mapping) or not isinstance(created, int):
        raise UnreadableError("an event without its object or its time")
    if not all(isinstance(name, str) and name for name in [*named, about.get("object")]):
        raise UnreadableError("an event without its id or its type")
    return Event(
        id=str(named[0]),
        type=str(named[1]),
        object=str(about["object"]),
        ref=str(about.get("id") or ""),
        body=shown(str(about["object"]), about),
        at=_moment(created),
    )


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise UnreadableError("an event of no time that there is") from None
