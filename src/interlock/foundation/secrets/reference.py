"""How a secret is named: by the place that it stands at."""

from dataclasses import dataclass
from typing import Final

from interlock.foundation.errors import UsageError

FORMS: Final = {
    "secret": "secret:NAME",
    "env": "env:NAME",
    "file": "file:/absolute/path",
    "keyring": "keyring:SERVICE/NAME",
    "vault": "vault:MOUNT/PATH#KEY",
}
"""Scheme -> how a reference of it is written. ``#KEY`` picks one field, in every scheme."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a secret stands."""

    scheme: str
    path: str
    key: str = ""
    """One field of it; empty for all of them."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.path}" + (f"#{self.key}" if self.key else "")


def is_reference(text: str) -> bool:
    """Tell whether `text` names a place; if not, it may be the secret itself."""
    scheme, colon, path = text.partition(":")
    return bool(colon) and scheme in FORMS and bool(path.partition("#")[0])


def reference_of(text: str) -> Reference:
    """Return the place that `text` names.

    Raises:
        UsageError: It names none; does not quote it, for it may be the secret itself.
    """
    if not is_reference(text):
        raise UsageError(
            "something that should say where a secret stands does not",
            hint=f"Write one of: {', '.join(FORMS.values())}.",
        )
    scheme, _, rest = text.partition(":")
    path, _, key = rest.partition("#")
    return Reference(scheme, path, key)
