"""The environment, files and the keyring of the machine."""

import os
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

from interlock.foundation.clock import Clock
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.foundation.secrets.reference import Reference
from interlock.foundation.secrets.secret import Secret, Source, secret_of

LARGEST: Final = 1024 * 1024
"""Bytes of a file; no secret is larger."""
REMEMBERED: Final = timedelta(seconds=30)
_Seen = tuple[int, int, int, int]


class Environment:
    """Variables of the process. They cannot be changed from outside: others need a restart."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def read(self, reference: Reference, *, fresh: bool) -> Secret:  # noqa: ARG002 (as it is now)
        found = self._variables.get(reference.path)
        if not found:
            raise UsageError(
                f"the environment variable {reference.path} is not set",
                hint="Set it where the process is started.",
            )
        return secret_of(found, f"environment variable {reference.path}")


class Files:
    """Files, such as those that an orchestrator mounts; read again when they changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Seen, Secret]] = {}

    def read(self, reference: Reference, *, fresh: bool) -> Secret:
        path = Path(reference.path)
        if not path.is_absolute():
            raise UsageError(
                f"the secret file {path} is not named from the root",
                hint="Write file:/absolute/path: which folder a process starts in is chance.",
            )
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                seen = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                _judge(path, status)
                known = self._known.get(reference.path)
                if known is not None and known[0] == seen and not fresh:
                    return known[1]
                content = file.read(LARGEST + 1)
        except OSError as error:
            raise _unread(path, error) from None
        secret = _secret(path, content, datetime.fromtimestamp(status.st_mtime, UTC))
        self._known[reference.path] = (seen, secret)
        return secret


def _judge(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"the secret {path} is not a file", hint="Name a file.")
    if status.st_mode & (stat.S_IROTH | stat.S_IWOTH):
        raise UsageError(
            f"everybody on this machine may read or change the secret file {path}",
            hint=f"Run: chmod 600 {path} (Kubernetes: defaultMode: 0400); then change the secret.",
        )


def _unread(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"the secret file {path} cannot be read: {error.strerror}",
        hint="Is it mounted, and does it belong to the user that runs interlock?",
    )


def _secret(path: Path, content: bytes, changed: datetime) -> Secret:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if not text.strip() or len(content) > LARGEST:
        raise UsageError(
            f"the secret file {path} is empty, too large or not text",
            hint="It holds the bare value, or a JSON object of values.",
        )
    return secret_of(text, f"file {path}", changed)


class Remembered:
    """Asks a slow place again only after a moment."""

    def __init__(self, source: Source, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._known: dict[Reference, tuple[datetime, Secret]] = {}

    def read(self, reference: Reference, *, fresh: bool) -> Secret:
        now = self._clock.now()
        known = self._known.get(reference)
        if known is not None and not fresh and now - known[0] < REMEMBERED:
            return known[1]
        secret = self._source.read(reference, fresh=fresh)
        self._known[reference] = (now, secret)
        return secret


class Keys(Protocol):
    """What we need of the library ``keyring``."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept, or ``None``."""
        ...


class Keyring:
    """The keyring of the machine, where the library ``keyring`` is installed and has one."""

    def __init__(self, library: Callable[[], Keys] | None = None) -> None:
        self._library = library or _library

    def read(self, reference: Reference, *, fresh: bool) -> Secret:  # noqa: ARG002 (as it is now)
        service, slash, name = reference.path.rpartition("/")
        if not slash:
            raise UsageError(
                f"`{reference}` does not say service and name", hint="keyring:SERVICE/NAME"
            )
        keys = self._library()
        try:
            found = keys.get_password(service, name)
        except Exception as error:  # noqa: BLE001 (every backend has errors of its own)
            if type(error).__name__ == "NoKeyringError":
                raise UsageError(
                    "this machine has no keyring that the library `keyring` can use",
                    hint="Install a backend, or keep the secret in a file or a vault.",
                ) from None
            # The class only: what a backend says may quote what it keeps.
            raise UnavailableError(
                f"the keyring did not answer for `{reference}`: {type(error).__name__}",
                hint="Is it unlocked for the user that runs interlock?",
            ) from None
        if not found:
            raise UsageError(
                f"the keyring has nothing at `{reference}`",
                hint=f"Run: keyring set {service} {name}",
            )
        return secret_of(found, f"keyring {reference.path}")


def _library() -> Keys:
    try:
        return cast("Keys", import_module("keyring"))
    except ImportError:
        raise UsageError(
            "a secret is in the keyring, and the library `keyring` is not installed",
            hint="Install interlock[keyring], or keep the secret in a file or a vault.",
        ) from None
