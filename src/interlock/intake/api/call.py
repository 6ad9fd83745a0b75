"""A call of a user's program: what it asks for, and how far it is."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from interlock.estate.openapi import LONGEST_KEY, LONGEST_REF
from interlock.foundation.clock import from_iso
from interlock.foundation.database import Row
from interlock.foundation.ids import digest
from interlock.intake.api import problems
from interlock.intake.api.problems import Problem

LARGEST: Final = 64 * 1024
"""Bytes of a body."""
_BARE: Final = re.compile(r"[\x21\x23-\x7e]+")
_QUOTED: Final = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a caller sent, once it is known who it is and that it is well-formed."""

    api: str
    operation: str
    caller: str
    key: str
    """The Idempotency-Key."""
    ref: str
    """The record: the system's own id."""

    @property
    def fingerprint(self) -> str:
        """Return what makes a repetition the same call."""
        return digest({"operation": self.operation, "ref": self.ref})


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """A call that was taken."""

    id: str
    api: str
    operation: str
    caller: str
    fingerprint: str
    integration: str
    ref: str
    accepted_at: datetime
    held_until: datetime
    first: tuple[int, str] | None
    """The first answer: status code and body."""
    due_at: str | None
    """When it is to be looked into, as it is stored; ``None``: it was."""
    tries: int
    run: str | None
    joined: bool
    refused: Mapping[str, object] | None

    @property
    def url(self) -> str:
        """Return where to ask what became of it."""
        return f"/api/{self.api}/requests/{self.id}"

    @property
    def stream(self) -> str:
        """Return its own stream of the trail."""
        return f"call:{self.id}"


def call_of(row: Row) -> ApiCall:
    """Return the call that a row of the table holds."""
    code, body = row["code"], row["body"]
    return ApiCall(
        id=str(row["id"]),
        api=str(row["api"]),
        operation=str(row["operation"]),
        caller=str(row["caller"]),
        fingerprint=str(row["fingerprint"]),
        integration=str(row["integration"]),
        ref=str(row["ref"]),
        accepted_at=from_iso(str(row["accepted_at"])),
        held_until=from_iso(str(row["held_until"])),
        first=None if code is None else (int(str(code)), str(body)),
        due_at=None if row["due_at"] is None else str(row["due_at"]),
        tries=int(str(row["tries"])),
        run=None if row["run"] is None else str(row["run"]),
        joined=bool(row["joined"]),
        refused=None if row["refused"] is None else json.loads(str(row["refused"])),
    )


def key_of(header: str) -> str | Problem:
    """Return the Idempotency-Key: a structured-field string (RFC 9651), or bare."""
    text = header.strip()
    quoted = _QUOTED.fullmatch(text)
    key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
    if not key:
        return problems.key_needed("Send a key of your own, and the same one when you repeat.")
    if len(key) > LONGEST_KEY or not (quoted or _BARE.fullmatch(key)):
        return problems.key_needed(f"Up to {LONGEST_KEY} printable ASCII characters.")
    return key


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse keys that stand twice: two readers of such a body would read two things."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def ref_of(body: bytes) -> str | Problem:
    """Return which record a body asks for."""
    try:
        found = json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return problems.malformed("It is no JSON.")
    if not isinstance(found, dict) or set(found) != {"ref"}:
        return problems.malformed('Send {"ref": "…"}: one record, and nothing else.')
    ref = found["ref"]
    if not isinstance(ref, str) or not 0 < len(ref) <= LONGEST_REF or not ref.isprintable():
        return problems.malformed(f"`ref` is text of 1 to {LONGEST_REF} printable characters.")
    return ref
