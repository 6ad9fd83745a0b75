"""Identifiers: derived ones for what must be the same twice, random ones for the rest."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol


class Ids(Protocol):
    """Makes identifiers that nobody else has."""

    def new(self, prefix: str) -> str:
        """Return a fresh identifier such as ``case_3f2a…``."""
        ...


class RandomIds:
    """Identifiers from the operating system's randomness."""

    def new(self, prefix: str) -> str:
        return f"{prefix}_{secrets.token_hex(10)}"


class SequentialIds:
    """Identifiers that count up: the same in every run of a simulation or test."""

    def __init__(self) -> None:
        self._next = 0

    def new(self, prefix: str) -> str:
        self._next += 1
        return f"{prefix}_{self._next:06d}"


def canonical(value: object) -> bytes:
    """Return the one byte form of a JSON-like value: sorted keys, no spaces, UTF-8.

    Decimals are written as strings, because a JSON number may be read back as a float.
    """
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_plain
    )
    # A vendor may send half of a surrogate pair; it must not stop what it is part of.
    return text.encode("utf-8", "replace")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return str(isoformat())
    raise TypeError(f"{type(value).__name__} has no canonical form")


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical form, in hex."""
    return hashlib.sha256(canonical(value)).hexdigest()


class Digested:
    """What is told apart by its digest, which is worked out when somebody asks, and then kept."""

    def __init__(self, value: object) -> None:
        self._value = value
        self._digest = ""

    @property
    def digest(self) -> str:
        """Return the digest."""
        if not self._digest:
            self._digest = digest(self._value)
        return self._digest


def derived(*parts: str, length: int = 32) -> str:
    """Return an identifier that depends on `parts` alone: the same today, tomorrow, anywhere.

    Idempotency keys and external ids are made here (R59): a retry, a replay and a second worker
    all compute the same one. `length` is in hex characters, at most 64.
    """
    return hashlib.sha256(canonical(list(parts))).hexdigest()[:length]
