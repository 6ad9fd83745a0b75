"""Sheets are signed with the key of the trail: whoever has its public half can verify them."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from interlock.audit.notes import Signer, Verifier
from interlock.foundation.clock import iso
from interlock.foundation.errors import UsageError
from interlock.reconciliation.examining import Examination

NOTE = "tie-out.note"


def sign(folder: Path, found: Examination, files: Mapping[str, bytes], key: Signer) -> Path:
    """Write `files` and the signed note that names the digest of each; return the note."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"tie-out {found.name} as-of {found.as_of}",
        f"verdict {found.verdict}",
        f"estate {found.estate}",
        f"at {iso(found.at)}",
    ]
    for name, content in sorted(files.items()):
        (folder / name).write_bytes(content)
        lines.append(f"sha256 {sha256(content).hexdigest()} {name}")
    note = folder / NOTE
    note.write_text(key.attest("\n".join(lines)), encoding="utf-8")
    return note


def verify(folder: Path, key: Verifier) -> list[str]:
    """Return what is wrong with the sheet in `folder`; nothing if it is as it was signed.

    Raises:
        UsageError: There is no sheet.
    """
    note = folder / NOTE
    if not note.is_file():
        raise UsageError(
            f"there is no `{note}`", hint="Name the folder that `interlock tie-out make` wrote."
        )
    statement = key.attested(note.read_text(encoding="utf-8"))
    if statement is None:
        return [f"`{note.name}` is not signed by this key"]
    wrong = []
    for line in statement.splitlines():
        kind, _, rest = line.partition(" ")
        digest, _, name = rest.partition(" ")
        if kind == "sha256" and not _is(folder / name, digest):
            wrong.append(f"`{name}` is not what was signed")
    return wrong


def _is(file: Path, digest: str) -> bool:
    return file.is_file() and sha256(file.read_bytes()).hexdigest() == digest
