"""The shared folder: files leave by a rename and are read only when they are whole.

Our file is written under a temporary name, forced to disk and renamed, so the ERP never sees half
of one. The rename is its own evidence: while the temporary name is there it has not left, and
once it is gone it has. So a crash between the two leaves no doubt (F23).

    EXCHANGE            names this exchange: an unmounted or wrong share does not have it
    to-erp/             our batches; the ERP takes them away
    from-erp/           what the ERP writes
    archive/            what we have taken in
    quarantine/         what could not be, each with a .reason beside it
"""

import errno
import hmac
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from interlock.connectors.port import CallFailed, Kind, Outcome, Verdict

MAX_BYTES: Final = 32 * 1024 * 1024
"""A day of a large company; more is a mistake, and is not read."""
MAX_ARRIVALS: Final = 1_000
_UNFINISHED: Final = (".tmp", ".part", ".filepart", ".swp")
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class TooLargeError(ValueError):
    """A file is beyond the bound; it was not read."""


class Mailbox(Protocol):
    """What the connector needs of a folder; every method may raise `OSError`."""

    def check(self, folder_id: str) -> None:
        """Raise `CallFailed` unless this is the exchange that `folder_id` names."""
        ...

    def prepare(self, name: str, content: bytes) -> None:
        """Write a file that nobody takes yet, and force it to disk."""
        ...

    def is_prepared(self, name: str) -> bool:
        """Tell whether a file was prepared and has not left."""
        ...

    def release(self, name: str) -> None:
        """Let a prepared file leave."""
        ...

    def withdraw(self, name: str) -> None:
        """Remove a file that was prepared and has not left."""
        ...

    def arrivals(self) -> list[str]:
        """Return the names of what the ERP wrote, in the order in which it did."""
        ...

    def take(self, name: str) -> tuple[bytes, float] | None:
        """Return a file and when it was written; ``None`` while it is being written or gone.

        Raises:
            TooLargeError: It is beyond the bound.
        """
        ...

    def archive(self, name: str) -> None:
        """Put a file away that was taken in."""
        ...

    def quarantine(self, name: str, reason: str) -> None:
        """Put a file aside that cannot be taken in."""
        ...

    def quarantined(self) -> list[str]:
        """Return the names of what is aside; a person takes them away."""
        ...


class Folder:
    """A mailbox in a mounted directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.outgoing = root / "to-erp"
        self.incoming = root / "from-erp"
        self._archive = root / "archive"
        self._aside = root / "quarantine"

    def check(self, folder_id: str) -> None:
        marker = (self.root / "EXCHANGE").read_text("utf-8").strip()
        if not folder_id or not hmac.compare_digest(marker.encode(), folder_id.encode()):
            message = "the folder is not the exchange that the credential's folder_id names"
            raise CallFailed(Outcome(verdict=Verdict.BLOCKED, kind=Kind.AUTH, message=message))

    def prepare(self, name: str, content: bytes) -> None:
        with self._temporary(name).open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def is_prepared(self, name: str) -> bool:
        if not self.outgoing.is_dir():
            raise FileNotFoundError(errno.ENOENT, "the exchange is away")
        return self._temporary(name).exists()

    def release(self, name: str) -> None:
        self._temporary(name).rename(self.outgoing / name)
        _sync(self.outgoing)

    def withdraw(self, name: str) -> None:
        self._temporary(name).unlink(missing_ok=True)

    def _temporary(self, name: str) -> Path:
        return self.outgoing / f".{name}.tmp"

    def arrivals(self) -> list[str]:
        found: list[tuple[int, str]] = []
        with os.scandir(self.incoming) as scanned:
            entries = list(scanned)
        for entry in entries:
            with suppress(FileNotFoundError):  # another worker has just archived it
                if entry.is_file(follow_symlinks=False) and not _unfinished(entry.name):
                    found.append((entry.stat().st_mtime_ns, entry.name))
        return [name for _, name in sorted(found)[:MAX_ARRIVALS]]

    def take(self, name: str) -> tuple[bytes, float] | None:
        path = self.incoming / name
        try:
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                content = file.read(MAX_BYTES + 1)
                after = os.fstat(file.fileno())
        except FileNotFoundError:
            return None
        if len(content) > MAX_BYTES:
            raise TooLargeError(f"it is larger than {MAX_BYTES} bytes")
        same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return (content, after.st_mtime) if same and len(content) == after.st_size else None

    def archive(self, name: str) -> None:
        _moved(self.incoming / name, self._archive)

    def quarantine(self, name: str, reason: str) -> None:
        moved = _moved(self.incoming / name, self._aside)
        if moved is not None:
            moved.with_name(f"{moved.name}.reason").write_text(f"{reason}\n", "utf-8")

    def quarantined(self) -> list[str]:
        if not self._aside.is_dir():
            return []
        return sorted(p.name for p in self._aside.iterdir() if p.suffix != ".reason")


def _unfinished(name: str) -> bool:
    return name.startswith(".") or name.lower().endswith(_UNFINISHED)


def _moved(path: Path, into: Path) -> Path | None:
    """Move a file and return where it is; ``None`` if another worker has moved it.

    A file of that name that is there already is kept: ours gets another name.
    """
    into.mkdir(exist_ok=True)
    target, count = into / path.name, 1
    while target.exists():
        count += 1
        target = into / f"{path.stem}~{count}{path.suffix}"
    try:
        path.rename(target)
    except FileNotFoundError:
        return None
    _sync(into)
    return target


def _sync(directory: Path) -> None:
    """Force a directory's names to disk: a rename is not durable before that."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def away(error: OSError) -> CallFailed:
    """Return what a folder that does not work means, when surely nothing left."""
    if error.errno in _DENIED:
        verdict, kind = Verdict.BLOCKED, Kind.AUTH
    elif error.errno in _FULL:
        verdict, kind = Verdict.BLOCKED, Kind.QUOTA
    else:
        verdict, kind = Verdict.RETRYABLE, Kind.TRANSPORT
    code = errno.errorcode.get(error.errno or 0, type(error).__name__)
    message = f"the exchange folder cannot be used: {code}; is it mounted, and ours to write?"
    return CallFailed(Outcome(verdict=verdict, kind=kind, code=code, message=message))
