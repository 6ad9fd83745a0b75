"""A real Odoo 19 Community on loopback, for tests.

Odoo is LGPL-3: it runs as a process of its own, from an environment of its own, and is spoken to
over HTTP only; nothing here imports it. Its code comes from Debian's archive (unstable) through
apt, whose signature and whose checksum are verified; what it imports comes from the index. It
keeps its rows in a PostgreSQL of its own. The first start installs it; every start makes a fresh
database (about a minute).
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypedDict

import httpx2

from interlock.foundation.clock import Clock, SystemClock
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ports import free_port
from interlock.testing.postgres_server import PostgresServer, postgres_server

CHECKOUT: Final = Path(__file__).resolve().parents[3]
RECIPE: Final = CHECKOUT / "tests" / "counterparty"
ENVIRONMENT: Final = CHECKOUT / ".venv-odoo"
DATABASE: Final = "erp"
PACKAGE: Final = "odoo-19=19.0.0+dfsg-1"
SHA256: Final = "9d2f598b0555db17e291d48ed24df184c70823c053c4c5ed53c467ca7f629bbf"
MODULES: Final = "account,sale_management,base_automation"
_SOURCES: Final = Path("/etc/apt")
_KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_FREE_BYTES: Final = 3 * 1024**3
"""What it needs on disk while it is unpacked."""
_INSTALL_LIMIT: Final = 900.0
_PREPARE_LIMIT: Final = 700.0
_READY_LIMIT: Final = timedelta(seconds=60)
_STOP_LIMIT: Final = 10.0
_TOLD: Final = 2_000
"""How much of a failed command's output is told."""


class Keys(TypedDict):
    """What the preparing script tells."""

    key: str
    admin: str
    company: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RealOdoo:
    """A running server with a fresh database."""

    url: str
    key: str
    """Of the integration's user: invoicing, sales and contacts, and nothing else."""
    admin: str
    """Of a person who may do everything: closes periods, writes automation rules."""
    company: int


@contextmanager
def real_odoo(
    environment: Mapping[str, str] = os.environ, clock: Clock | None = None
) -> Iterator[RealOdoo]:
    """Run a server with a fresh database; remove both at the end.

    Raises:
        UnavailableError: Its packages cannot be had, or it does not come up; says why.
    """
    installed()
    folder = Path(tempfile.mkdtemp(prefix="interlock-odoo-", dir="/tmp"))
    try:
        with postgres_server(environment) as postgres:
            port = free_port()
            configuration = _configuration(folder, postgres, port)
            made = _database(configuration)
            with _serving(configuration, folder / "odoo.log") as process:
                server = RealOdoo(url=f"http://127.0.0.1:{port}", **made)
                _await_ready(server, process, folder / "odoo.log", clock or SystemClock())
                yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> None:
    """Install Odoo and what it imports into their own environment, unless they are there.

    Raises:
        UnavailableError: They cannot be had; a network, an index or an archive is missing.
    """
    requirements = RECIPE / "requirements-odoo.txt"
    mark = ENVIRONMENT / "installed.sha256"
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    wanted = hashlib.sha256(requirements.read_bytes() + SHA256.encode() + python.encode())
    if mark.is_file() and mark.read_text() == wanted.hexdigest():
        return
    if shutil.disk_usage(CHECKOUT).free < _FREE_BYTES:
        raise UnavailableError("Odoo needs 3 GB on disk", hint="Make room and try again.")
    _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], "make an environment")
    pip = [str(ENVIRONMENT / "bin" / "pip"), "install", "--quiet", "--no-input"]
    hashed = ["--require-hashes", "-r", str(requirements)]
    _run([*pip, *hashed], "install what Odoo imports", limit=_INSTALL_LIMIT)
    _unpacked(ENVIRONMENT / "odoo")
    mark.write_text(wanted.hexdigest())


def _unpacked(target: Path) -> None:
    """Fetch Debian's package with apt, in a folder of its own, and unpack it."""
    with tempfile.TemporaryDirectory(prefix="interlock-apt-") as name:
        folder = Path(name)
        for part in ("lists/partial", "archives/partial"):
            (folder / part).mkdir(parents=True)
        listed = folder / "sources.list"
        listed.write_text(f"deb [signed-by={_KEYRING}] {_archive()} sid main\n")
        options = [
            f"Dir::Etc::sourcelist={listed}",
            "Dir::Etc::sourceparts=/dev/null",
            f"Dir::State::lists={folder}/lists",
            f"Dir::Cache={folder}",
            f"Dir::Cache::archives={folder}/archives",
            f"APT::Sandbox::User={'root' if os.geteuid() == 0 else ''}",
        ]
        apt = ["apt-get", "-qq", *(part for option in options for part in ("-o", option))]
        _run([*apt, "update"], "read the archive's list", folder=folder)
        _run([*apt, "download", PACKAGE], "fetch Odoo", limit=_INSTALL_LIMIT, folder=folder)
        (package,) = folder.glob("*.deb")
        if hashlib.sha256(package.read_bytes()).hexdigest() != SHA256:
            raise UnavailableError(
                "the package of Odoo is not the one that is known", hint="Look at it by hand."
            )
        _run(["dpkg", "-x", str(package), str(target)], "unpack Odoo")


def _archive() -> str:
    """Return where this machine has its own Debian packages from."""
    for file in sorted(_SOURCES.glob("sources.list*")) + sorted(_SOURCES.glob("*.d/*")):
        if not file.is_file():
            continue
        for line in file.read_text(errors="replace").splitlines():
            found = [word.rstrip("/") for word in line.split() if "://" in word]
            named = line.startswith(("URIs:", "deb "))
            if named and found and found[0].endswith("/debian"):
                return found[0]
    raise UnavailableError(
        "this machine has no Debian archive", hint="Odoo's package comes from there."
    )


def _configuration(folder: Path, postgres: PostgresServer, port: int) -> Path:
    written = folder / "odoo.conf"
    code = ENVIRONMENT / "odoo" / "usr" / "lib" / "python3" / "dist-packages"
    said = {
        "addons_path": code / "odoo" / "addons",
        "data_dir": folder / "data",
        "db_host": postgres.home,
        "db_user": "interlock",
        "db_name": DATABASE,
        "http_interface": "127.0.0.1",
        "http_port": port,
        "max_cron_threads": 0,
        "workers": 0,
        "without_demo": True,
        "list_db": False,
    }
    lines = (f"{name} = {value}\n" for name, value in said.items())
    written.write_text("[options]\n" + "".join(lines))
    return written


def _odoo(configuration: Path, *arguments: str) -> list[str]:
    first = [arguments[0]] if arguments and not arguments[0].startswith("-") else []
    rest = arguments[len(first) :]
    python = str(ENVIRONMENT / "bin" / "python")
    return [python, "-m", "odoo", *first, "-c", str(configuration), *rest]


def _surroundings() -> dict[str, str]:
    code = ENVIRONMENT / "odoo" / "usr" / "lib" / "python3" / "dist-packages"
    return {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(code), "HOME": "/nonexistent"}


def _database(configuration: Path) -> "Keys":
    """Make the database and the company in it; return its keys."""
    first = _odoo(configuration, "-i", MODULES, "--stop-after-init")
    _run(first, "make a database", environment=_surroundings())
    prepare = (RECIPE / "prepare_odoo.py").read_text(encoding="utf-8")
    shell = _odoo(configuration, "shell", "--no-http")
    told = _run(shell, "make a company", environment=_surroundings(), said=prepare)
    lines = [line for line in told.splitlines() if "INTERLOCK {" in line]
    if not lines:
        raise UnavailableError("could not make a company", hint=told[-_TOLD:])
    found: Keys = json.loads(lines[-1].partition("INTERLOCK ")[2])
    return found


@contextmanager
def _serving(configuration: Path, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with (
        log.open("wb") as written,
        subprocess.Popen(
            _odoo(configuration),
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            env=_surroundings(),
        ) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_ready(
    server: RealOdoo, process: "subprocess.Popen[bytes]", log: Path, clock: Clock
) -> None:
    until = clock.now() + _READY_LIMIT
    headers = {"Authorization": f"bearer {server.key}", "X-Odoo-Database": DATABASE}
    with httpx2.Client(headers=headers, trust_env=False, timeout=30) as client:
        while clock.now() < until and process.poll() is None:
            try:
                asked = {"domain": [], "fields": ["name"]}
                answer = client.post(f"{server.url}/json/2/res.company/search_read", json=asked)
            except httpx2.TransportError:
                clock.sleep(timedelta(seconds=0.2))
                continue
            if answer.is_success:
                return
            break
    told = log.read_text(errors="replace")[-_TOLD:]
    raise UnavailableError("Odoo does not come up", hint=f"Its log ends with: {told}")


def _run(
    command: Sequence[str],
    what: str,
    *,
    limit: float = _PREPARE_LIMIT,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    said: str = "",
) -> str:
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=limit,
            env=environment,
            cwd=folder,
            input=said,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        told = str(getattr(error, "stderr", None) or error)[-_TOLD:]
        raise UnavailableError(f"could not {what}", hint=told) from None
    return ended.stdout
