"""A hint brings the next poll forward, and cannot make the poller ask without a pause."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from interlock.connectors.port import Changes
from interlock.estate.capability import Guarantee
from interlock.gate.door import Gate
from interlock.gate.window import Window
from interlock.intake.inbox import Inbox
from interlock.intake.poller import Poller
from tests.flow.conftest import MakeWorld, World
from tests.flow.vendor import Vendor

SOURCE = 'connector: class-b, url: x, auth: {scheme: api-key, credential: "secret:x"}'
SLOWLY = {SOURCE: SOURCE + ", inbound: {poll: 10m, overlap: 1m}"}


class Asked(Vendor):
    """A vendor that counts how often it was polled."""

    polls = 0

    def changes(self, obj: str, cursor: str | None) -> Changes:
        self.polls += 1
        return super().changes(obj, cursor)


@dataclass(slots=True)
class Round:
    """A poller in a world."""

    world: World
    source: Asked
    poller: Poller
    vendors: Mapping[str, Vendor] = field(default_factory=dict)

    def after(self, seconds: float) -> int:
        """Let time pass and the poller have its turn; return how often it asked so far."""
        self.world.clock.sleep(timedelta(seconds=seconds))
        self.poller.poll_due(self.world.estate)
        return self.source.polls


def _round(make: MakeWorld) -> Round:
    here = make(Guarantee.KEY, edits=SLOWLY)
    source = Asked(Guarantee.REFERENCE, here.clock, here.rng, {})
    here = replace(here, vendors={**here.vendors, "source": source})
    inbox = Inbox(here.shop.store, here.shop.archive, here.clock)
    gate = Gate(
        {"source": Window(connector=source, bound=timedelta(seconds=5))},
        here.clock,
        limits={},
        report=lambda _system, _turn: None,
    )
    return Round(here, source, Poller(here.database, inbox, gate, here.clock))


def test_a_hint_brings_the_next_poll_forward(world: MakeWorld) -> None:
    here = _round(world)
    assert [here.after(0), here.after(300)] == [1, 1]

    here.poller.hint("source")
    assert here.after(0) == 2
    assert here.after(1) == 2


def test_a_thousand_hints_are_one_poll_a_second_and_none_is_lost(world: MakeWorld) -> None:
    here = _round(world)
    here.after(0)
    for _ in range(1000):
        here.poller.hint("source")
    assert here.after(0.5) == 1
    assert here.after(0.5) == 2
    assert here.after(5) == 2


def test_a_hint_about_a_system_that_is_not_polled_changes_nothing(world: MakeWorld) -> None:
    here = _round(world)
    here.after(0)
    here.poller.hint("books")
    assert here.after(5) == 1
