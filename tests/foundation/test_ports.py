"""A port that is named before somebody listens on it is not taken by somebody else meanwhile."""

import socket
from pathlib import Path

import pytest

from interlock.foundation import ports
from interlock.foundation.errors import UnavailableError


def test_no_port_is_given_that_the_system_gives_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = tmp_path / "range"
    told.write_text("20005\t60999\n")
    monkeypatch.setattr(ports, "_RANGE", told)

    found = {ports.free_port() for _ in range(200)}

    assert len(found) > 100
    assert all(ports.FIRST <= port < 20_005 for port in found)


def test_a_port_that_is_listened_on_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    port = ports.free_port()
    with socket.create_server(("127.0.0.1", port)):
        monkeypatch.setattr(ports, "FIRST", port)
        monkeypatch.setattr(ports, "_chosen_by_the_system", lambda: port + 1)
        with pytest.raises(UnavailableError, match="is free"):
            ports.free_port()


def test_where_the_system_does_not_tell_its_range_the_usual_one_is_spared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "_RANGE", tmp_path / "nowhere")

    assert all(ports.free_port() < ports.USUAL_RANGE for _ in range(50))
