"""A secret as it was read, and what every place that keeps secrets offers."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Final, Protocol

from interlock.foundation.secrets.reference import Reference

VALUE: Final = "value"
"""The name of a value that stands alone."""
_KEY: Final = secrets.token_bytes(32)
"""Of this process: a version says nothing about its value, not even to who can guess values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One or several values that change together."""

    fields: Mapping[str, str] = field(repr=False)
    version: str
    """Another one when the values are others; means nothing beyond this process."""
    where: str
    """For people."""
    changed: datetime | None = None
    """When it was last changed, where the place tells."""
    ends: datetime | None = None
    """When its lease is over, where it has one."""


class Source(Protocol):
    """A kind of place that keeps secrets."""

    def read(self, reference: Reference, *, fresh: bool) -> Secret:
        """Return what stands there now; `fresh` if nothing remembered will do.

        Raises:
            UsageError: It is not there, or may not be used as it is.
            UnavailableError: The place does not answer now.
        """
        ...


def secret_of(text: str, where: str, changed: datetime | None = None) -> Secret:
    """Return what `text` holds: the fields of a JSON object, else one value."""
    return secret_with(_fields(text), where, changed)


def secret_with(fields: Mapping[str, str], where: str, changed: datetime | None = None) -> Secret:
    """Return the secret of these values."""
    told = json.dumps(sorted(fields.items())).encode()
    version = blake2b(told, key=_KEY, digest_size=16).hexdigest()
    return Secret(fields=dict(fields), version=version, where=where, changed=changed)


def _fields(text: str) -> Mapping[str, str]:
    try:
        found = json.loads(text)
    except ValueError:
        return {VALUE: text.strip()}
    if not isinstance(found, dict):
        return {VALUE: text.strip()}
    return {str(name): str(value) for name, value in found.items()}
