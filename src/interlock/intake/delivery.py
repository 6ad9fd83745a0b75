"""What systems send us: verified on the raw bytes, stored, and only then acknowledged (F12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from interlock.connectors.port import Connector, DeliveryRefused
from interlock.foundation.errors import UnavailableError
from interlock.intake.inbox import Inbox

LARGEST: Final = 1024 * 1024
"""Bytes of a delivery; vendors advise below 20 kB (Standard Webhooks)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the sender hears."""

    status: int
    body: str = ""
    kind: str = "text/plain"


def deliver(
    inbox: Inbox,
    connector: Connector,
    system: str,
    secrets: Sequence[str],
    delivery: tuple[Mapping[str, str], bytes],
) -> Reply:
    """Take one delivery in. 2xx means: it is stored; anything else makes the sender repeat it."""
    headers, body = delivery
    if len(body) > LARGEST:
        return Reply(status=413, body="too large")
    try:
        events = list(connector.event(headers, body, secrets))
        for event in events:
            inbox.take(system, event)
    except DeliveryRefused as refused:
        return Reply(status=refused.status, body="refused")
    except UnavailableError:
        return Reply(status=503, body="not now; send it again")
    acknowledgement = connector.capabilities.acknowledgement
    kind = "text/xml" if acknowledgement else "text/plain"
    return Reply(status=200, body=acknowledgement, kind=kind)
