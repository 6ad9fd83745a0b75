"""How we log in to Salesforce: client credentials, or an assertion signed with our key.

The connection's URL is the org's My Domain (``https://example.my.salesforce.com``); the
``instance_url`` of the token answer is not followed, so that no answer can send us elsewhere.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from interlock.connectors.kit.auth import (
    Auth,
    BearerAuth,
    TokenCache,
    basic,
    credential,
    unknown_scheme,
)
from interlock.connectors.kit.grants import JWT_BEARER as JWT_GRANT
from interlock.connectors.kit.grants import Grant, Signer, fetcher
from interlock.connectors.kit.http import Wire
from interlock.connectors.port import Connection
from interlock.connectors.salesforce.capability import (
    CAPABILITIES,
    CLIENT_CREDENTIALS,
    JWT_BEARER,
)
from interlock.foundation.clock import Clock

TOKEN_PATH: Final = "/services/oauth2/token"  # noqa: S105 (a path)
AUDIENCE: Final = "https://login.salesforce.com"
ASSERTION_LIFE: Final = timedelta(minutes=3)


def auth(connection: Connection, wire: Wire, clock: Clock) -> Auth:
    """Return the credentials of `connection`; the token is fetched when it is first needed.

    Raises:
        UsageError: The scheme is not known, or a part of the credential is missing.
    """
    grants: Mapping[str, Callable[[], Grant]] = {
        CLIENT_CREDENTIALS: lambda: _client_credentials(connection),
        JWT_BEARER: lambda: _jwt_bearer(connection, clock),
    }
    if connection.scheme not in grants:
        raise unknown_scheme(connection, CAPABILITIES.auth_schemes)
    grant = grants[connection.scheme]()
    return BearerAuth(TokenCache(fetcher(wire, grant), clock), grant.secrets)


def _client_credentials(connection: Connection) -> Grant:
    secret = credential(connection, "client_secret")
    who = basic(credential(connection, "client_id"), secret)
    return Grant(
        path=TOKEN_PATH,
        form=lambda: [("grant_type", "client_credentials")],
        headers=who.fixed,
        secrets=who.secrets(),
    )


def _jwt_bearer(connection: Connection, clock: Clock) -> Grant:
    key = credential(connection, "private_key")
    signer = Signer(private_key=key, algorithm="RS256", system=connection.system)
    client, user = credential(connection, "client_id"), credential(connection, "username")

    def form() -> list[tuple[str, str]]:
        until = clock.now() + ASSERTION_LIFE
        claims = {
            "iss": client,
            "sub": user,
            "aud": connection.options.get("audience", AUDIENCE),
            "exp": int(until.timestamp()),
        }
        return [("grant_type", JWT_GRANT), ("assertion", signer.sign(claims))]

    return Grant(path=TOKEN_PATH, form=form, headers={}, secrets=(key,))
