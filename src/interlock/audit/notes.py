"""Checkpoints as signed notes: C2SP tlog-checkpoint and signed-note, Ed25519 (RFC 8032).

The text is what other transparency tools read too: origin, size, root, then our line with the
moment, a blank line, and the signature. A checkpoint says: at that moment the trail had so many
entries, and this is the root of all of them.
"""

import base64
import binascii
import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from interlock.audit.merkle import Tree
from interlock.foundation.clock import from_iso, iso
from interlock.foundation.errors import UsageError

ORIGIN: Final = "interlock-audit"
STATEMENT: Final = "interlock-statement"
"""The first line of everything else that the key of the trail signs."""
_ED25519: Final = b"\x01"
_SIGNED_BY: Final = "\u2014 "
_BODY_LINES: Final = 4
_RESTORED: Final = "restored from "


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a seal says."""

    tree: Tree
    at: datetime
    restored_from: int | None = None
    """How many entries there had been, when an older state of the record came back."""

    def text(self) -> str:
        """Return the text that is signed."""
        root = base64.b64encode(self.tree.root).decode()
        text = f"{ORIGIN}\n{self.tree.size}\n{root}\nat {iso(self.at)}\n"
        return text if self.restored_from is None else f"{text}{_RESTORED}{self.restored_from}\n"


class Verifier:
    """Knows the public key of a trail."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        raw = key.public_bytes_raw()
        self.key_hash = hashlib.sha256(ORIGIN.encode() + b"\n" + _ED25519 + raw).digest()[:4]

    def opened(self, note: str) -> Checkpoint | None:
        """Return what `note` says; ``None`` if it is not signed by this key or not readable."""
        body, _, signatures = note.partition("\n\n")
        try:
            self._key.verify(self._signature(signatures), f"{body}\n".encode())
            return _read(body)
        except (InvalidSignature, ValueError):
            return None

    def attested(self, note: str) -> str | None:
        """Return the statement of `note`; ``None`` if it is not signed by this key."""
        body, _, signatures = note.partition("\n\n")
        try:
            self._key.verify(self._signature(signatures), f"{body}\n".encode())
        except (InvalidSignature, ValueError):
            return None
        return f"{body}\n" if body.startswith(f"{STATEMENT}\n") else None

    def _signature(self, lines: str) -> bytes:
        for line in lines.splitlines():
            name, _, encoded = line.removeprefix(_SIGNED_BY).partition(" ")
            raw = base64.b64decode(encoded, validate=True)
            if name == ORIGIN and raw[:4] == self.key_hash:
                return raw[4:]
        raise ValueError("no signature of this key")


class Signer(Verifier):
    """Holds the private key of a trail."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        super().__init__(key.public_key())
        self._private = key

    def signed(self, checkpoint: Checkpoint) -> str:
        """Return the signed note of `checkpoint`."""
        return self._noted(checkpoint.text())

    def attest(self, statement: str) -> str:
        """Return a signed note that says `statement`: lines without an empty one between them.

        Its first line tells it apart from a checkpoint, so that neither passes for the other.
        """
        lines = [STATEMENT, *statement.splitlines()]
        if "" in lines:
            raise UsageError("a statement has no empty lines", hint="Leave them out.")
        return self._noted("\n".join(lines) + "\n")

    def _noted(self, text: str) -> str:
        signature = base64.b64encode(self.key_hash + self._private.sign(text.encode())).decode()
        return f"{text}\n{_SIGNED_BY}{ORIGIN} {signature}\n"


def signer(path: Path) -> Signer:
    """Return the holder of the private key in `path`; makes one there if there is none.

    The public key is written beside it with the ending ``.pub``: keep a copy of that and of the
    witness file where the administrators of this machine cannot write.
    """
    if not path.exists():
        _create(path)
    key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"`{path}` is not an Ed25519 private key", hint="Name the audit key.")
    return Signer(key)


def verifier(path: Path) -> Verifier:
    """Return the holder of the public key in `path`."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError(
            f"`{path}` is not a readable public key",
            hint="It was written beside the audit key when the first seal was made.",
        ) from error
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"`{path}` is not an Ed25519 public key", hint="Name the audit key's.")
    return Verifier(key)


def _create(path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process was first: its key counts
    with os.fdopen(opened, "wb") as file:
        file.write(private)
    public_path(path).write_bytes(public)


def public_path(path: Path) -> Path:
    """Return where the public half of the key in `path` is kept."""
    return path.with_suffix(".pub")


def _read(body: str) -> Checkpoint:
    lines = body.split("\n")
    restored = [line.removeprefix(_RESTORED) for line in lines[_BODY_LINES:]]
    if len(lines) < _BODY_LINES or lines[0] != ORIGIN or not lines[3].startswith("at "):
        raise ValueError("not a checkpoint of an audit trail")
    if lines[_BODY_LINES:] not in ([], [f"{_RESTORED}{number}" for number in restored[:1]]):
        raise ValueError("a checkpoint that says more than one can")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise ValueError("the root is not base64") from error
    tree = Tree(int(lines[1]), root)
    return Checkpoint(
        tree=tree,
        at=from_iso(lines[3].removeprefix("at ")),
        restored_from=int(restored[0]) if restored else None,
    )
