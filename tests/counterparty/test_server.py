"""Starting the real product: what happens when it cannot be had."""

from pathlib import Path

import pytest

from interlock.foundation.errors import UnavailableError
from interlock.testing import tryton_server
from interlock.testing.environments import CHECKOUT
from interlock.testing.tryton_server import RealTryton


def test_packages_that_cannot_be_had_are_told_with_the_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "requirements-tryton.txt").write_text("trytond==8.2.1\n")  # without its hash
    monkeypatch.setattr(tryton_server, "RECIPE", tmp_path)
    monkeypatch.setattr(tryton_server, "ENVIRONMENT", tmp_path / "environment")
    with pytest.raises(UnavailableError) as caught:
        tryton_server.start(tmp_path)
    assert "install Tryton" in caught.value.what
    assert "hash" in caught.value.hint.lower()


def test_two_servers_have_nothing_in_common_and_leave_nothing_behind(tryton: RealTryton) -> None:
    cache = CHECKOUT / ".interlock" / "cache"
    other = tryton_server.start(cache)
    assert other.url != tryton.url
    folder = other.log.parent
    other.stop()
    other.stop()
    assert not folder.exists()


def test_nothing_of_ours_imports_a_counterparty() -> None:
    names = ("trytond", "proteus", "localstripe", "silver")
    begins = tuple(f"{word} {name}" for name in names for word in ("import", "from"))
    importing = [
        path.name
        for path in (CHECKOUT / "src").rglob("*.py")
        if any(line.startswith(begins) for line in path.read_text().splitlines())
    ]
    assert not importing
