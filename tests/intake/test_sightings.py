"""A state that comes back within one stamp of the vendor is news; shown twice it is not."""

from collections.abc import Sequence

import pytest

from interlock.connectors.kit.sighting import sighted
from interlock.connectors.port import Event, Record
from interlock.estate.capability import Guarantee
from interlock.intake.inbox import Inbox, Via
from tests.flow.conftest import START, MakeWorld, World
from tests.flow.test_changes import EACH

SECOND, NEXT = "2026-11-24T00:00:00Z", "2026-11-24T00:00:01Z"
ON, OFF, TESTED = "12.00", "10.00", "11.00"


def seen(amount: str, stamp: str = SECOND, key: str = "order-1") -> Event:
    body = {"id": key, "key": key, "reversed": False, "amount": amount, "currency": "EUR"}
    return sighted("document", Record(ref=key, body=body, version=stamp), START)


def news(world: World, states: Sequence[Event]) -> list[bool]:
    inbox = Inbox(world.shop.store, world.shop.archive, world.clock)
    return [inbox.take("source", state, Via.POLL).new for state in states]


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([seen(OFF), seen(ON), seen(OFF)], [True, True, True]),
        ([seen(OFF), seen(ON), seen(OFF), seen(OFF)], [True, True, True, False]),
        ([seen(OFF), seen(ON), seen(OFF), seen(ON), seen(ON)], [True, True, True, True, False]),
        (
            [seen(OFF), seen(ON), seen(TESTED), seen(ON), seen(OFF), seen(TESTED)],
            [True, True, True, True, True, True],
        ),
        ([seen(OFF), seen(OFF, NEXT), seen(OFF)], [True, True, False]),
        ([seen(OFF), seen(ON, key="order-2"), seen(OFF)], [True, True, False]),
    ],
    ids=["back", "shown again", "to and fro", "three states", "an older page", "another object"],
)
def test_a_state_that_came_back_within_its_stamp_is_news_once(
    world: MakeWorld, states: Sequence[Event], expected: Sequence[bool]
) -> None:
    assert news(world(), states) == expected


def test_what_a_vendor_numbers_itself_is_one_event_in_whatever_order_it_comes(
    world: MakeWorld,
) -> None:
    numbered = [
        Event(id=name, type="document.changed", object="document", ref="1", body={}, at=START)
        for name in ("evt_1", "evt_2", "evt_1", "evt_2")
    ]
    assert news(world(), numbered) == [True, True, False, False]


def test_the_run_behind_a_state_that_came_back_carries_it(world: MakeWorld) -> None:
    opened = world(Guarantee.KEY, edits=EACH)
    rows = opened.vendors["source"].ledger.rows
    inbox = Inbox(opened.shop.store, opened.shop.archive, opened.clock)
    for amount in (OFF, ON, OFF):
        state = seen(amount)
        rows[:] = [dict(state.body)]
        inbox.take("source", state, Via.POLL)
        opened.play()
    carried = [str(row["amount"]) for row in opened.vendors["books"].ledger.rows]
    assert carried == [OFF, ON, OFF]
