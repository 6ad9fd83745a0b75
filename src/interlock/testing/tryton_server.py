"""A real Tryton 8.2 on loopback, for tests and for `interlock demo --with-tryton`.

Tryton is GPL-3: it is installed from the index into an environment of its own, runs as a process
of its own and is spoken to over HTTP only; nothing here imports it. The first start installs it
and makes a database (under a minute); later ones copy that database and are up in seconds.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

import httpx2

from interlock.foundation.clock import Clock, SystemClock
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ports import free_port
from interlock.testing.environments import CHECKOUT, digest_of, python_environment, run
from interlock.testing.postgres_server import PostgresServer

RECIPE: Final = CHECKOUT / "tests" / "counterparty"
ENVIRONMENT: Final = CHECKOUT / ".venv-tryton"
DATABASE: Final = "erp"
_MODULES: Final = "account_invoice"
_READY_LIMIT: Final = timedelta(seconds=60)
_STOP_LIMIT: Final = 10.0
_TOLD: Final = 2_000
"""How much of a failed command's output is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the company sells and books to; must be known when its database is made."""

    products: tuple[str, ...] = ("SAAS-SEAT", "API-USAGE", "ONBOARDING")
    """By code."""
    accounts: tuple[tuple[str, str], ...] = (
        ("4000", "Revenue over time"),
        ("4010", "Revenue at a point in time"),
    )
    """Of revenue, by code and name."""

    def json(self) -> str:
        """Return them as the preparing script reads them."""
        return json.dumps({"products": self.products, "accounts": dict(self.accounts)})


@dataclass(frozen=True, slots=True, kw_only=True)
class RealTryton:
    """A running server with a fresh database."""

    url: str
    """With the database, as the connector wants it."""
    key: str
    """Of the integration's user application."""
    company: int
    log: Path
    _process: "subprocess.Popen[bytes]"
    _folder: Path

    def stop(self) -> None:
        """End the server and remove its database; a second call does nothing."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_LIMIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(_STOP_LIMIT)
        shutil.rmtree(self._folder, ignore_errors=True)


def start(
    cache: Path, port: int = 0, *, books: Books | None = None, clock: Clock | None = None
) -> RealTryton:
    """Start a server on `port` (0: any free one) with a copy of the SQLite file kept in `cache`.

    Raises:
        UnavailableError: Its packages cannot be installed, or it does not come up; says why.
    """
    cache = cache.resolve()
    installed()
    template = _template(cache, books or Books())
    folder = Path(tempfile.mkdtemp(prefix="tryton-running-", dir=cache))
    shutil.copy(template / f"{DATABASE}.sqlite", folder)
    made = json.loads((template / "application.json").read_text())
    return _started(folder, port or free_port(), _in_file(folder), made, clock or SystemClock())


def start_on_postgres(server: PostgresServer, cache: Path) -> RealTryton:
    """Start a server with a fresh database of `server`; making it takes about a minute.

    Raises:
        UnavailableError: Its packages cannot be installed, or it does not come up; says why.
    """
    installed()
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="tryton-running-", dir=cache.resolve()))
    name = urlsplit(server.new_database()).path.lstrip("/")
    where = Where(
        name=name,
        uri="postgresql://",
        environment={
            **os.environ,
            "PGHOST": str(server.home),
            "PGUSER": "interlock",
            # The backend is chosen when the first of its modules is imported.
            "TRYTOND_CONFIG": str(folder / "trytond.conf"),
        },
    )
    try:
        made = json.loads(_prepared(folder, where, Books()))
        return _started(folder, free_port(), where, made, SystemClock())
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a server keeps its books."""

    name: str
    """Of the database; it stands in every URL."""
    uri: str
    path: Path | None = None
    """With SQLite: the folder of its file."""
    environment: Mapping[str, str]


def _in_file(folder: Path) -> Where:
    return Where(name=DATABASE, uri="sqlite://", path=folder, environment=os.environ)


def _started(
    folder: Path, port: int, where: Where, made: Mapping[str, Any], clock: Clock
) -> RealTryton:
    log = folder / "trytond.log"
    with log.open("wb") as written:
        process = _serve(_configuration(folder, port, where), where, written)
    server = RealTryton(
        url=f"http://127.0.0.1:{port}/{where.name}",
        key=made["key"],
        company=made["company"],
        log=log,
        _process=process,
        _folder=folder,
    )
    try:
        _await_ready(server, clock)
    except BaseException:
        server.stop()
        raise
    return server


def installed() -> None:
    """Install Tryton's packages into their own environment, unless they are there.

    Raises:
        UnavailableError: They cannot be had; a network or an index is missing.
    """
    python_environment(ENVIRONMENT, RECIPE / "requirements-tryton.txt", "Tryton")


def _template(cache: Path, books: Books) -> Path:
    """Return the folder with the prepared database, made at the first call for these books."""
    prepare = RECIPE / "prepare_tryton.py"
    named = digest_of(RECIPE / "requirements-tryton.txt", prepare, besides=books.json())[:16]
    template = cache / f"tryton-{named}"
    if template.is_dir():
        return template
    cache.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix="tryton-making-", dir=cache))
    try:
        (making / f"{DATABASE}.sqlite").touch()
        told = _prepared(making, _in_file(making), books)
        (making / "application.json").write_text(told)
        _publish(making, template)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return template


def _prepared(folder: Path, where: Where, books: Books) -> str:
    """Make a company in an empty database; return what the preparing program says of it."""
    password = folder / "password"
    password.write_text(hashlib.sha256(str(folder).encode()).hexdigest())
    configuration = str(_configuration(folder, 0, where))
    admin = [str(ENVIRONMENT / "bin" / "trytond-admin"), "-c", configuration, "-d", where.name]
    secret = {**where.environment, "TRYTONPASSFILE": str(password)}
    first = ["--all", "--email", "admin@example.com", "-l", "en"]
    run([*admin, *first], "make a database", environment=secret)
    modules = [*admin, "-u", _MODULES, "--activate-dependencies"]
    run(modules, "activate the modules", environment=where.environment)
    python, prepare = str(ENVIRONMENT / "bin" / "python"), str(RECIPE / "prepare_tryton.py")
    making = [python, prepare, configuration, where.name, books.json()]
    return run(making, "make a company", environment=where.environment)


def _publish(making: Path, template: Path) -> None:
    try:
        making.rename(template)
    except OSError:
        if not template.is_dir():  # else another process was faster, and made the same
            raise


def _configuration(folder: Path, port: int, where: Where) -> Path:
    written = folder / "trytond.conf"
    path = f"path = {where.path}\n" if where.path else ""
    written.write_text(
        f"[database]\nuri = {where.uri}\n{path}\n[web]\nlisten = 127.0.0.1:{port}\n"
    )
    return written


def _serve(configuration: Path, where: Where, log: IO[bytes]) -> "subprocess.Popen[bytes]":
    server = [str(ENVIRONMENT / "bin" / "trytond"), "-c", str(configuration), "-d", where.name]
    environment = dict(where.environment)
    return subprocess.Popen(
        server, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
    )


def _await_ready(server: RealTryton, clock: Clock) -> None:
    until = clock.now() + _READY_LIMIT
    headers = {"Authorization": f"Bearer {server.key}", "Accept-Encoding": "gzip"}
    with httpx2.Client(headers=headers, trust_env=False, timeout=10) as client:
        while clock.now() < until and server._process.poll() is None:  # noqa: SLF001 (our own)
            try:
                answer = client.get(f"{server.url}/rest/model/company.company?f=id")
            except httpx2.TransportError:
                clock.sleep(timedelta(seconds=0.1))
                continue
            if answer.is_success:
                return
            break
    told = server.log.read_text(errors="replace")[-_TOLD:]
    raise UnavailableError("Tryton does not come up", hint=f"Its log ends with: {told}")


def main(products: Sequence[str], accounts: Sequence[str]) -> None:
    """Run a server until standard input ends; say where it is in one line of JSON."""
    books = Books(products=tuple(products), accounts=tuple((code, code) for code in accounts))
    server = start(CHECKOUT / ".interlock" / "cache", books=books)
    try:
        sys.stdout.write(json.dumps({"url": server.url, "key": server.key}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    finally:
        server.stop()


if __name__ == "__main__":
    main(sys.argv[1].split(","), sys.argv[2].split(","))
