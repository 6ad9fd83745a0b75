"""A database is connected to at addresses that were judged, and nowhere else."""

import socket
from datetime import timedelta

import pytest
from psycopg.conninfo import conninfo_to_dict
from tests.connectors.sql.order_book import example, options_of

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import CallFailed, Connection, Outbound, Verdict
from interlock.connectors.sql.postgres import _pinned
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UsageError
from interlock.testing.vendors import LOOPBACK


def connection(url: str, outbound: Outbound = LOOPBACK) -> Connection:
    return Connection(
        system="warehouse",
        url=url,
        credential={"username": "interlock", "password": "s3cret-word"},
        scheme="password",
        timeout=timedelta(seconds=2),
        declared=options_of(example()),
        outbound=outbound,
    )


def failure(given: Connection) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        open_connector(given, SystemClock(), name="sql").read("customer", "1")
    assert "s3cret-word" not in str(caught.value)
    return caught.value


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "169.254.169.254"])
def test_a_server_inside_that_was_not_declared_is_not_connected_to(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"postgresql://{host}:{listening.getsockname()[1]}/books"
        found = failure(connection(url, Outbound()))
        listening.settimeout(0.05)
        with pytest.raises(TimeoutError):
            listening.accept()

    assert found.outcome.verdict is Verdict.RETRYABLE
    assert "not a public address" in found.outcome.message


def test_a_server_inside_that_was_declared_is_connected_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)
        url = f"postgresql://127.0.0.1:{listening.getsockname()[1]}/books"
        failure(connection(url))

        listening.accept()[0].close()


@pytest.mark.parametrize(
    "behind", ["?host=10.0.0.1", "?hostaddr=10.0.0.1", "?host=/run/postgresql,10.0.0.1"]
)
def test_no_host_hides_behind_the_parameters(behind: str) -> None:
    given = connection(f"postgresql://db.example.com/books{behind}")
    with pytest.raises(UsageError, match="behind the `\\?`"):
        open_connector(given, SystemClock(), name="sql")


def test_the_name_stays_for_the_certificate_while_the_address_is_connected_to() -> None:
    url = "postgresql://db.example.com/books?sslmode=verify-full"
    found = conninfo_to_dict(_pinned(url, ("93.184.215.14", "2606:2800:21f:cb07::1")))

    assert found["host"] == "db.example.com,db.example.com"
    assert found["hostaddr"] == "93.184.215.14,2606:2800:21f:cb07::1"
    assert found["port"] == "5432,5432"
    assert found["sslmode"] == "verify-full"
