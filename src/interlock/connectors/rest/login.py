"""How a declared API is told who we are."""

from interlock.connectors.kit.auth import (
    Auth,
    BearerAuth,
    FixedAuth,
    TokenCache,
    basic,
    bearer_key,
    credential,
    unknown_scheme,
)
from interlock.connectors.kit.grants import Grant, fetcher
from interlock.connectors.kit.http import Wire
from interlock.connectors.port import Connection
from interlock.connectors.rest.capability import (
    API_KEY,
    BASIC,
    BEARER,
    CAPABILITIES,
    CLIENT_CREDENTIALS,
)
from interlock.estate.kinds.rest import Access
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError


def auth_of(connection: Connection, access: Access, wire: Wire, clock: Clock) -> Auth:
    """Return the credentials that the connection's scheme asks for.

    Raises:
        UsageError: The scheme is not spoken here, or the credential lacks a part.
    """
    match connection.scheme:
        case str(scheme) if scheme == BEARER:
            return bearer_key(_sendable(connection, "token"))
        case str(scheme) if scheme == BASIC:
            return basic(credential(connection, "username"), credential(connection, "password"))
        case str(scheme) if scheme == API_KEY:
            key = _sendable(connection, "key")
            shown = f"{access.prefix} {key}" if access.prefix else key
            return FixedAuth({access.header: shown}, (key,))
        case str(scheme) if scheme == CLIENT_CREDENTIALS:
            return _client_credentials(connection, access, wire, clock)
    raise unknown_scheme(connection, CAPABILITIES.auth_schemes)


def _sendable(connection: Connection, name: str) -> str:
    value = credential(connection, name)
    if not value.isascii() or not value.isprintable():
        raise UsageError(
            f"`{name}` in the credential of system `{connection.system}` cannot stand in a header",
            hint="It must be printable ASCII on one line; look for a line break at its end.",
        )
    return value


def _client_credentials(
    connection: Connection, access: Access, wire: Wire, clock: Clock
) -> BearerAuth:
    """Return tokens by RFC 6749 section 4.4, the client shown by Basic (section 2.3.1)."""
    who, secret = credential(connection, "client_id"), credential(connection, "client_secret")
    form = [("grant_type", "client_credentials")]
    if access.scope:
        form.append(("scope", access.scope))
    shown = basic(who, secret)
    grant = Grant(
        path=access.tokenPath,
        form=lambda: form,
        headers=shown.fixed,
        secrets=shown.secrets(),
    )
    return BearerAuth(TokenCache(fetcher(wire, grant), clock), shown.secrets())
