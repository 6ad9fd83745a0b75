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


LATER: Final = Reply(status=503, body="not now; send it again")


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


SELF_CONTAINED: Final = frozenset({"stripe"})
"""Schemes whose deliveries say it all: of the others the system is asked, which takes its time."""


def deliver(inbox: Inbox, gateway: Gateway, letter: Letter, now: datetime) -> Reply:
    """Take one delivery in. 2xx means: it is stored; anything else makes the sender repeat it."""
    try:
        if gateway.webhook.scheme == "allow-list":
            _hinted(inbox, gateway, letter)
        else:
            events = _opened(gateway, letter, now)
            inbox.take_all([(gateway.system, event) for event in events])
    except DeliveryRefused as refused:
        return _refusal(refused)
    except UnavailableError:
        return LATER
    return _thanks(gateway)


def deliver_all(
    inbox: Inbox, gateway: Gateway, letters: Sequence[Letter], now: datetime
) -> list[Reply | Exception]:
    """Take deliveries in together; return for each what its sender hears, or what went wrong.

    One that cannot be stored does not hold up the others: then each is stored by itself.
    """
    opened = [_read(gateway, letter, now) for letter in letters]
    events = [event for found in opened if isinstance(found, list) for event in found]
    try:
        inbox.take_all([(gateway.system, event) for event in events])
    except UnavailableError:
        return [LATER if isinstance(found, list) else found for found in opened]
    except Exception:  # noqa: BLE001 (whose it was is found out below, and told to that one)
        return [_alone(inbox, gateway, letter, now) for letter in letters]
    thanks = _thanks(gateway)
    return [thanks if isinstance(found, list) else found for found in opened]


def _read(gateway: Gateway, letter: Letter, now: datetime) -> list[Event] | Reply | Exception:
    try:
        return _opened(gateway, letter, now)
    except DeliveryRefused as refused:
        return _refusal(refused)
    except UnavailableError:
        return LATER
    except Exception as error:  # noqa: BLE001 (told where the delivery is answered)
        return error


def _alone(inbox: Inbox, gateway: Gateway, letter: Letter, now: datetime) -> Reply | Exception:
    try:
        return deliver(inbox, gateway, letter, now)
    except Exception as error:  # noqa: BLE001 (told where the delivery is answered)
        return error


def _refusal(refused: DeliveryRefused) -> Reply:
    return Reply(status=refused.status, body="refused")


def _thanks(gateway: Gateway) -> Reply:
    acknowledgement = gateway.connector.capabilities.acknowledgement
    kind = "text/xml" if acknowledgement else "text/plain"
    return Reply(status=200, body=acknowledgement, kind=kind)


def _opened(gateway: Gateway, letter: Letter, now: datetime) -> list[Event]:
    """Return what a delivery says, once it is proven to be theirs.

    Raises:
        DeliveryRefused: It is not, or it is too large.
    """
    if len(letter.body) > LARGEST:
        raise DeliveryRefused("too large", status=413)
    return _events(gateway, letter, now)


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
