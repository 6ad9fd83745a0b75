"""What systems send us: verified on the raw bytes, stored, and only then acknowledged (F12)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Final

from interlock.connectors.port import Connector, DeliveryRefused, Event
from interlock.estate.kinds.system import Webhook
from interlock.foundation.errors import UnavailableError
from interlock.intake.inbox import Inbox
from interlock.intake.standard import Signed, standard_event

LARGEST: Final = 1024 * 1024
"""Bytes of a delivery; vendors advise below 20 kB (Standard Webhooks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the sender hears."""

    status: int
    body: str = ""
    kind: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One delivery as it came: nothing of it is believed yet."""

    headers: Mapping[str, str]
    body: bytes
    sender: str = ""
    """The address that it came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Where one system's deliveries come in, and what proves that they are its own."""

    system: str
    webhook: Webhook
    connector: Connector
    secrets: Sequence[str]
    hint: Callable[[str], None]
    """Has the system polled soon."""


def deliver(inbox: Inbox, gateway: Gateway, letter: Letter, now: datetime) -> Reply:
    """Take one delivery in. 2xx means: it is stored; anything else makes the sender repeat it."""
    if len(letter.body) > LARGEST:
        return Reply(status=413, body="too large")
    try:
        if gateway.webhook.scheme == "allow-list":
            _hinted(inbox, gateway, letter)
        else:
            for event in _events(gateway, letter, now):
                inbox.take(gateway.system, event)
    except DeliveryRefused as refused:
        return Reply(status=refused.status, body="refused")
    except UnavailableError:
        return Reply(status=503, body="not now; send it again")
    acknowledgement = gateway.connector.capabilities.acknowledgement
    kind = "text/xml" if acknowledgement else "text/plain"
    return Reply(status=200, body=acknowledgement, kind=kind)


def _events(gateway: Gateway, letter: Letter, now: datetime) -> list[Event]:
    if gateway.webhook.scheme != "standard":
        return list(gateway.connector.event(letter.headers, letter.body, gateway.secrets))
    signed = Signed(secrets=gateway.secrets, reads=gateway.webhook.reads)
    event = standard_event(gateway.connector, signed, (letter.headers, letter.body), now)
    return [] if event is None else [event]


def _hinted(inbox: Inbox, gateway: Gateway, letter: Letter) -> None:
    """Take an unsigned delivery for what it is: a reason to look, and nothing else.

    An address proves little, so nothing that it says is believed; the poll reads what changed.
    """
    if not _is_from(gateway.webhook.from_, letter.sender):
        raise DeliveryRefused("from an address that is not allowed", status=403)
    if inbox.take_hint(gateway.system, letter.body).new:
        gateway.hint(gateway.system)


def _is_from(networks: Sequence[str], sender: str) -> bool:
    try:
        address = ip_address(sender)
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in ip_network(network) for network in networks)
