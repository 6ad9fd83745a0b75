"""A broken connection is told once, to whoever owns the system."""

from pathlib import Path

from interlock.audit import trail
from interlock.bootstrap.house import broken_connections, open_store
from interlock.connectors.port import Kind
from interlock.estate.reading.load import read_estate
from interlock.gate.breaker import Turn

ESTATE = read_estate(Path(__file__).parents[2] / "examples" / "quote-to-cash").estate


def test_the_owner_of_the_system_is_asked_to_mend_it(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        tell = broken_connections(store, ESTATE)
        tell("erp", Turn(broken=True, kind=Kind.AUTH, message="the certificate expired"))
        (entry,) = trail.read(store.database, "connection:erp")

    assert entry.action == "connection.broken"
    assert entry.data["route"] == "group:finance-systems"
