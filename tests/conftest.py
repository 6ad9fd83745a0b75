"""What tests of several rooms share: one PostgreSQL server, and no clock for laws."""

import inspect
import os
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import httpx2
import pytest
from httpx2._transports import default as transports
from httpx2._types import CertTypes
from hypothesis import HealthCheck, settings

from interlock.foundation.errors import UnavailableError
from interlock.testing.postgres_server import PostgresServer, postgres_server

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")  # how long an example takes says how busy the machine is

PATIENT: Final = 60.0
"""Seconds that a test waits for a server on this machine: so does how long an answer takes."""
_usual: httpx2.Timeout = inspect.signature(httpx2.Client).parameters["timeout"].default
_usual.connect = _usual.read = _usual.write = _usual.pool = PATIENT


@cache
def _authorities(trust_env: bool, *_where: str | None) -> ssl.SSLContext:  # noqa: FBT001 (a key)
    return httpx2.create_ssl_context(trust_env=trust_env)


def _context(
    verify: ssl.SSLContext | str | bool = True,  # noqa: FBT001, FBT002 (as the library has it)
    cert: CertTypes | None = None,
    trust_env: bool = True,  # noqa: FBT001, FBT002 (as above)
) -> ssl.SSLContext:
    """Return the library's own context; the public authorities, 30 ms of work, are read once."""
    if verify is True and cert is None:
        return _authorities(trust_env, *map(os.environ.get, ("SSL_CERT_FILE", "SSL_CERT_DIR")))
    return httpx2.create_ssl_context(verify, cert, trust_env)


# What whoever opens a client calls; tests open thousands.
vars(transports)["create_ssl_context"] = _context


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a process; skipped, and said so, where there are no programs."""
    try:
        # Its own housekeeping holds transactions open, and connections, whenever it likes.
        with postgres_server(os.environ, ("fsync=off", "autovacuum=off")) as server:
            yield server
    except UnavailableError as missing:
        pytest.skip(f"no PostgreSQL: {missing}")


SLOW: Final = ("acceptance", "docs", "counterparty", "processes", "proving", "channels")
"""Rooms with few tests that take long: begun first, so that nobody waits for them at the end."""
PATIENCE: Final = 900
"""Seconds after which one of their tests hangs: a minute here is five where others work too."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the random order, but for what would be the last to end."""
    rooms = Path(__file__).parent

    def is_slow(item: pytest.Item) -> bool:
        return item.path.relative_to(rooms).parts[0] in SLOW

    items.sort(key=lambda item: not is_slow(item))
    for item in filter(is_slow, items):
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(PATIENCE))
