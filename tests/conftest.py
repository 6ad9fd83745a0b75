"""What tests of several rooms share: a PostgreSQL server for the session."""

import os
from collections.abc import Iterator

import pytest

from interlock.foundation.errors import UnavailableError
from interlock.testing.postgres_server import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for all tests of a process; skipped, and said so, where there are no programs."""
    try:
        with postgres_server(os.environ) as server:
            yield server
    except UnavailableError as missing:
        pytest.skip(f"no PostgreSQL: {missing}")
