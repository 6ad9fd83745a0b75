"""Standard Webhooks 1.0.0 signatures: made for what we send, checked on what we receive.

The signed content is ``{id}.{timestamp}.{body}``; `v1` is HMAC-SHA256 in base64. The header is a
space-separated list, so that two secrets hold during a rotation (standards.md section 3.9).
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from interlock.foundation.errors import UsageError

PREFIX: Final = "whsec_"
SHORTEST_KEY: Final = 24
LONGEST_KEY: Final = 64
TOLERANCE: Final = timedelta(minutes=5)
"""How far a delivery's timestamp may be from our clock, both ways."""
_SECONDS: Final = re.compile(r"[0-9]{1,12}")
ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"


class NotAuthenticError(ValueError):
    """A delivery is not signed by a secret of ours, or not now."""


def key_of(secret: str) -> bytes:
    """Return the key in a ``whsec_`` secret.

    Raises:
        UsageError: It is none; never shows it.
    """
    try:
        bare = secret.removeprefix(PREFIX).rstrip("=")
        key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise UsageError(
            "a webhook secret is not base64", hint=f"Write {PREFIX} and 24 to 64 bytes in base64."
        ) from error
    if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
        raise UsageError(
            f"a webhook secret has {len(key)} bytes",
            hint=f"Standard Webhooks wants {SHORTEST_KEY} to {LONGEST_KEY} random bytes.",
        )
    return key


def signed(secrets: Sequence[str], identity: str, at: datetime, body: bytes) -> dict[str, str]:
    """Return the three headers of a delivery: one signature for each of `secrets`."""
    timestamp = str(int(at.timestamp()))
    found = [_signature(key_of(secret), identity, timestamp, body) for secret in secrets]
    return {ID: identity, TIMESTAMP: timestamp, SIGNATURE: " ".join(found)}


def check_signature(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """Return the id of a delivery that one of `secrets` signed within the tolerance.

    Raises:
        NotAuthenticError: None did, or its timestamp is too far from `now`.
    """
    given = {name.lower(): value for name, value in headers.items()}
    missing = [name for name in (ID, TIMESTAMP, SIGNATURE) if not given.get(name)]
    if missing:
        raise NotAuthenticError(f"the header {missing[0]} is missing")
    _check_age(given[TIMESTAMP], now)
    signatures = [each.encode() for each in given[SIGNATURE].split()]
    for secret in secrets:
        expected = _signature(key_of(secret), given[ID], given[TIMESTAMP], body).encode()
        if any(hmac.compare_digest(expected, each) for each in signatures):
            return given[ID]
    raise NotAuthenticError("no signature is by a secret of ours")


def _check_age(timestamp: str, now: datetime) -> None:
    if not _SECONDS.fullmatch(timestamp):
        raise NotAuthenticError("the timestamp is not a number of seconds")
    if abs(int(timestamp) - now.timestamp()) > TOLERANCE.total_seconds():
        raise NotAuthenticError("the timestamp is too far from now")


def _signature(key: bytes, identity: str, timestamp: str, body: bytes) -> str:
    content = f"{identity}.{timestamp}.".encode() + body
    found = hmac.new(key, content, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(found).decode()}"
