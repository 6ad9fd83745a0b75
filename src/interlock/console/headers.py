"""What every answer says to the browser, whatever it is an answer to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "content-security-policy": CSP,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not `no-referrer`: a form's Origin would be `null` then, and we ask for it.
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    }
)
BY_TLS: Final[Mapping[str, str]] = MappingProxyType(
    {"strict-transport-security": "max-age=31536000; includeSubDomains"}
)
KEEP_NOTHING: Final = "no-store"
KEEP_FOREVER: Final = "public, max-age=31536000, immutable"


def headers_of(*, secure: bool, forever: bool = False) -> dict[str, str]:
    """Return the headers of an answer; `forever`: its address changes when it does."""
    kept = {"cache-control": KEEP_FOREVER if forever else KEEP_NOTHING}
    return {**ALWAYS, **(BY_TLS if secure else {}), **kept}
