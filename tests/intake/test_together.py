"""Many deliveries at once: stored in few transactions, and each sender hears of its own."""

import asyncio
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import pytest

from interlock.bootstrap.bags import MOST, Bags
from interlock.connectors.port import DeliveryRefused, Event
from interlock.estate.capability import Guarantee
from interlock.estate.kinds.system import Webhook
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UnavailableError
from interlock.foundation.queries import query
from interlock.intake.delivery import Gateway, Letter, Reply, deliver_all
from interlock.intake.inbox import Inbox, Taken, Via
from tests.flow.conftest import MakeWorld, World
from tests.flow.vendor import Vendor

INBOX = query("inbox", "SELECT id, ref, led_to FROM inbox ORDER BY id")
POISON = "poison"


class Speaking(Vendor):
    """A vendor whose deliveries say it all."""

    def event(
        self,
        headers: Mapping[str, str],
        body: bytes,
        secrets: Sequence[str],
    ) -> Iterator[Event]:
        if headers.get("signature") not in secrets:
            raise DeliveryRefused("not ours", status=400)
        said = json.loads(body)
        at = datetime.fromisoformat("2026-11-24T00:00:00+00:00")
        about = {"type": "document.changed", "object": "document", "ref": said["ref"]}
        yield Event(id=said["id"], body={}, at=at, **about)


class Counting(Inbox):
    """Counts transactions; chokes on one event, or is away."""

    def __init__(self, world: World) -> None:
        super().__init__(world.shop.store, world.shop.archive, world.clock)
        self.world = world
        self.asked: list[int] = []
        self.away = False

    def take_all(
        self, arrived: Sequence[tuple[str, Event]], via: Via = Via.DELIVERY
    ) -> list[Taken]:
        self.asked.append(len(arrived))
        if self.away:
            raise UnavailableError("the database is away")
        if any(event.ref == POISON for _, event in arrived):
            raise ValueError(POISON)
        return super().take_all(arrived, via)

    def stored(self) -> list[str]:
        with self.world.database.transaction() as connection:
            return [str(row["id"]) for row in connection.rows(INBOX, {})]


@pytest.fixture
def inbox(world: MakeWorld) -> Counting:
    return Counting(world(Guarantee.KEY))


@pytest.fixture
def gateway(inbox: Counting) -> Gateway:
    return Gateway(
        system="source",
        webhook=Webhook.model_validate({"scheme": "stripe", "secret": "secret:x"}),
        connector=Speaking(Guarantee.KEY, inbox.world.clock, random.Random(0), {}),
        secrets=("right",),
        hint=lambda _: None,
    )


def letter(number: int, ref: str = "", signature: str = "right") -> Letter:
    body = json.dumps({"id": f"evt-{number:04d}", "ref": ref or f"order-{number}"}).encode()
    return Letter(headers={"signature": signature}, body=body)


def told(inbox: Counting, gateway: Gateway, *letters: Letter) -> list[int | str]:
    said = deliver_all(inbox, gateway, letters, inbox.world.clock.now())
    return [each.status if isinstance(each, Reply) else repr(each) for each in said]


def test_what_comes_at_once_is_stored_in_few_transactions_and_starts_its_runs(
    inbox: Counting, gateway: Gateway
) -> None:
    bags = Bags(inbox, SystemClock())
    many = 3 * MOST

    async def all_at_once() -> list[Reply]:
        return await asyncio.gather(*(bags.take(gateway, letter(n)) for n in range(many)))

    assert [reply.status for reply in asyncio.run(all_at_once())] == [200] * many
    assert len(inbox.stored()) == many == sum(inbox.asked)
    assert len(inbox.asked) <= 4
    assert max(inbox.asked) <= MOST
    assert set(inbox.world.states().values()) == {"ready"}
    assert len(inbox.world.states()) == many


def test_a_single_delivery_waits_for_nobody(inbox: Counting, gateway: Gateway) -> None:
    bags = Bags(inbox, SystemClock())
    assert asyncio.run(bags.take(gateway, letter(1))).status == 200
    assert inbox.asked == [1]


def test_the_same_event_twice_among_many_is_one_row_and_one_run(
    inbox: Counting, gateway: Gateway
) -> None:
    assert told(inbox, gateway, letter(2), letter(1), letter(2), letter(1)) == [200] * 4
    assert inbox.stored() == ["evt-0001", "evt-0002"]
    assert told(inbox, gateway, letter(1), letter(3)) == [200, 200]
    assert inbox.world.states() == {"order-1": "ready", "order-2": "ready", "order-3": "ready"}


def test_a_forged_one_among_many_is_refused_and_the_others_are_stored(
    inbox: Counting, gateway: Gateway
) -> None:
    forged = letter(2, signature="wrong")
    assert told(inbox, gateway, letter(1), forged, letter(3)) == [200, 400, 200]
    assert inbox.stored() == ["evt-0001", "evt-0003"]
    assert inbox.asked == [2]


def test_one_that_cannot_be_stored_holds_up_no_other(inbox: Counting, gateway: Gateway) -> None:
    said = told(inbox, gateway, letter(1), letter(2, ref=POISON), letter(3))
    assert said == [200, f"ValueError('{POISON}')", 200]
    assert inbox.stored() == ["evt-0001", "evt-0003"]


def test_one_that_cannot_even_be_read_is_told_so_and_holds_up_no_other(
    inbox: Counting, gateway: Gateway
) -> None:
    broken = Letter(headers={"signature": "right"}, body=b"{}")
    assert told(inbox, gateway, broken, letter(3)) == ["KeyError('ref')", 200]
    assert inbox.stored() == ["evt-0003"]


def test_while_the_database_is_away_everybody_is_asked_to_send_again(
    inbox: Counting, gateway: Gateway
) -> None:
    inbox.away = True
    bags = Bags(inbox, SystemClock())

    async def some() -> list[Reply]:
        return await asyncio.gather(*(bags.take(gateway, letter(n)) for n in range(5)))

    assert {reply.status for reply in asyncio.run(some())} == {503}
    assert told(inbox, gateway, letter(7), letter(8, signature="wrong")) == [503, 400]
    inbox.away = False
    assert inbox.stored() == []
    assert asyncio.run(some()) is not None
    assert len(inbox.stored()) == 5


def test_what_breaks_one_delivery_is_raised_where_it_is_answered(
    inbox: Counting, gateway: Gateway
) -> None:
    bags = Bags(inbox, SystemClock())

    async def both() -> list[Reply | BaseException]:
        wanted = [bags.take(gateway, letter(1)), bags.take(gateway, letter(2, ref=POISON))]
        return await asyncio.gather(*wanted, return_exceptions=True)

    fine, broken = asyncio.run(both())
    assert isinstance(fine, Reply)
    assert isinstance(broken, ValueError)


def test_a_sender_that_goes_away_leaves_no_other_unanswered(
    inbox: Counting, gateway: Gateway
) -> None:
    bags = Bags(inbox, SystemClock())

    async def one_goes() -> list[Reply]:
        waiting = [asyncio.create_task(bags.take(gateway, letter(n))) for n in range(3)]
        await asyncio.sleep(0)  # all of them are in the bag, and none is answered
        waiting[0].cancel()
        return await asyncio.wait_for(asyncio.gather(*waiting[1:]), 60)

    assert [reply.status for reply in asyncio.run(one_goes())] == [200, 200]
    assert inbox.stored() == ["evt-0000", "evt-0001", "evt-0002"]
