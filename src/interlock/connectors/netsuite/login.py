"""Who we are to NetSuite: OAuth 2 with a signed assertion, or token-based authentication.

`oauth2-client-credentials`: a PS256 assertion signed with the key of an uploaded certificate
(standards.md 3.10). `oauth1-tba`: every request is signed (OAuth 1.0a, HMAC-SHA256, RFC 5849).
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import quote, urlsplit

from interlock.connectors.kit.auth import (
    Auth,
    BearerAuth,
    TokenCache,
    credential,
    unknown_scheme,
)
from interlock.connectors.kit.exchange import Call
from interlock.connectors.kit.grants import CLIENT_ASSERTION, Grant, Signer, fetcher
from interlock.connectors.kit.http import Wire
from interlock.connectors.netsuite.capability import CAPABILITIES, MACHINE_TO_MACHINE, TOKEN_BASED
from interlock.connectors.port import Connection
from interlock.foundation.clock import Clock
from interlock.foundation.ids import Ids

TOKEN_PATH: Final = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 (a path)
LIFE: Final = timedelta(minutes=5)
"""Of an assertion; the vendor takes up to an hour."""


def auth(connection: Connection, wire: Wire, clock: Clock, ids: Ids) -> Auth:
    """Return the credentials that `connection` asks for.

    Raises:
        UsageError: The scheme is not known, or the credential lacks something.
    """
    if connection.scheme == MACHINE_TO_MACHINE:
        return _machine(connection, wire, clock)
    if connection.scheme == TOKEN_BASED:
        return TokenBasedAuth(connection, clock, ids)
    raise unknown_scheme(connection, CAPABILITIES.auth_schemes)


def _machine(connection: Connection, wire: Wire, clock: Clock) -> Auth:
    client = credential(connection, "client_id")
    signer = Signer(
        private_key=credential(connection, "private_key"),
        algorithm=connection.options.get("algorithm", "PS256"),
        key_id=credential(connection, "certificate_id"),
        system=connection.system,
    )

    def form() -> Sequence[tuple[str, str]]:
        now = clock.now()
        claims = {
            "iss": client,
            "scope": "rest_webservices",
            "aud": connection.options.get("audience", wire.origin + TOKEN_PATH),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFE).timestamp()),
        }
        return (
            ("grant_type", "client_credentials"),
            ("client_assertion_type", CLIENT_ASSERTION),
            ("client_assertion", signer.sign(claims)),
        )

    # The key is also blanked in the one-line form in which words of a vendor are shown.
    one_line = " ".join(signer.private_key.split())
    secrets = (signer.private_key, one_line, client, credential(connection, "certificate_id"))
    grant = Grant(path=TOKEN_PATH, form=form, headers={}, secrets=secrets)
    return BearerAuth(TokenCache(fetcher(wire, grant), clock), secrets)


class TokenBasedAuth:
    """Signs every request with the consumer's and the token's secret."""

    def __init__(self, connection: Connection, clock: Clock, ids: Ids) -> None:
        self._clock = clock
        self._ids = ids
        self._realm = connection.options.get("account") or account_of(connection.url)
        self._consumer = credential(connection, "consumer_key")
        self._token = credential(connection, "token_id")
        self._consumer_secret = credential(connection, "consumer_secret")
        self._token_secret = credential(connection, "token_secret")

    def headers(self, call: Call, origin: str) -> Mapping[str, str]:
        oauth = {
            "oauth_consumer_key": self._consumer,
            "oauth_token": self._token,
            "oauth_signature_method": "HMAC-SHA256",
            "oauth_timestamp": str(int(self._clock.now().timestamp())),
            "oauth_nonce": "".join(filter(str.isalnum, self._ids.new("nonce"))),
            "oauth_version": "1.0",
        }
        base = base_string(call, origin, oauth)
        key = f"{_encoded(self._consumer_secret)}&{_encoded(self._token_secret)}"
        digest = hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()
        oauth["oauth_signature"] = base64.b64encode(digest).decode()
        said = ", ".join(f'{name}="{_encoded(value)}"' for name, value in oauth.items())
        return {"Authorization": f'OAuth realm="{_encoded(self._realm)}", {said}'}

    def renew(self, used: Mapping[str, str]) -> bool:  # noqa: ARG002 (port)
        return False

    def secrets(self) -> tuple[str, ...]:
        return (self._consumer, self._consumer_secret, self._token, self._token_secret)


def account_of(url: str) -> str:
    """Return the realm of an account's host: ``1234567-sb1.…`` is ``1234567_SB1``."""
    host = urlsplit(url).hostname or ""
    return host.partition(".")[0].upper().replace("-", "_")


def base_string(call: Call, origin: str, oauth: Mapping[str, str]) -> str:
    """Return what is signed (RFC 5849 section 3.4.1): method, URL, query and oauth parameters."""
    pairs = sorted(
        (_encoded(name), _encoded(value)) for name, value in (*call.query, *oauth.items())
    )
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    url = _encoded(origin.lower() + call.path)
    return f"{call.method}&{url}&{_encoded(joined)}"


def _encoded(text: str) -> str:
    return quote(text, safe="-._~")
