"""What can be done with a declared API is declared; only the ways to log in are known here."""

from typing import Final

from interlock.estate.capability import Capabilities

BEARER: Final = "bearer"
BASIC: Final = "basic"
API_KEY: Final = "api-key"
CLIENT_CREDENTIALS: Final = "oauth2-client-credentials"

CAPABILITIES: Final = Capabilities(
    connector="rest",
    operations={},
    limits=("declared, per system",),
    feed="as declared, per object",
    auth_schemes=frozenset({BEARER, BASIC, API_KEY, CLIENT_CREDENTIALS}),
)
