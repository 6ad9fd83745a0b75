"""One account of a vendor behind two systems: what one of them takes, the other lacks."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from interlock.connectors.port import CallFailed, Changes, Kind, Outcome, Verdict
from interlock.estate.capability import Guarantee
from interlock.foundation.clock import VirtualClock
from interlock.gate.door import Gate
from interlock.gate.permit import NotNow
from interlock.gate.quota import Limit
from interlock.gate.window import Window
from tests.flow.vendor import BOUND, Vendor

NOW = datetime(2026, 11, 26, tzinfo=UTC)


class Asking(Vendor):
    """While it is asked, it lets another system be asked."""

    gate: Gate
    clock: VirtualClock
    other = ""
    met: Changes | NotNow | None = None

    broken = False

    def changes(self, obj: str, cursor: str | None) -> Changes:
        if self.broken:
            raise CallFailed(Outcome(verdict=Verdict.BLOCKED, kind=Kind.AUTH, message="no"))
        if self.other:
            self.met = self.gate.changes(self.other, obj, cursor, "critical")
        return Changes(events=(), cursor="")


def gate(**counted_as: str) -> tuple[Gate, Asking]:
    clock, rng = VirtualClock(NOW), random.Random(0)
    first, second = (Asking(Guarantee.REFERENCE, clock, rng, {}) for _ in "ab")
    connectors = dict(zip(counted_as, (first, second), strict=True))
    windows = {
        name: Window(connector=connectors[name], bound=BOUND, counted_as=account)
        for name, account in counted_as.items()
    }
    limits = {name: Limit(concurrency=1) for name in ("account:acme", *counted_as)}
    opened = Gate(windows, clock, limits=limits, report=lambda _system, _turn: None)
    first.gate, first.clock, first.other = opened, clock, list(counted_as)[1]
    return opened, first


def test_the_place_that_one_connection_took_is_not_there_for_the_other() -> None:
    opened, first = gate(east="account:acme", west="account:acme")
    opened.changes("east", "invoice", None, "critical")
    assert isinstance(first.met, NotNow)
    assert first.met.until > NOW
    assert first.met.until < NOW + timedelta(seconds=5)


def test_another_account_is_not_in_its_way() -> None:
    opened, first = gate(east="account:acme", west="")
    opened.changes("east", "invoice", None, "critical")
    assert isinstance(first.met, Changes)


def test_a_trial_that_found_no_place_is_made_by_the_next_one() -> None:
    opened, first = gate(east="account:acme", west="account:acme")
    west = opened._windows.of("west").connector
    assert isinstance(west, Asking)
    west.broken = True
    with pytest.raises(CallFailed):
        opened.changes("west", "invoice", None, "critical")
    west.broken = False
    first.clock.sleep(timedelta(seconds=2))

    opened.changes("east", "invoice", None, "critical")

    assert isinstance(first.met, NotNow)
    assert isinstance(opened.changes("west", "invoice", None, "critical"), Changes)
