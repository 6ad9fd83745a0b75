"""A product that was published once is kept as fresh as it promises; one that never was is not."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from interlock.bootstrap.house import Store, compiled, open_store
from interlock.bootstrap.producing import AGAIN, Producer, builder_of
from interlock.bootstrap.settings import read_settings
from interlock.cases import store as case_store
from interlock.foundation.clock import VirtualClock
from interlock.products.built import Outcome
from tests.products.company import NOW, TEXT, Vendors, german, invoice

FRESH = timedelta(hours=24)
"""What the company promises of ``billings``."""
NAME = "billings"


@dataclass
class World:
    store: Store
    vendors: Vendors
    producer: Producer

    def publish(self) -> None:
        builder_of(self.store, self.vendors).build(NAME)

    def look(self, *, after: timedelta = timedelta()) -> list[Outcome]:
        """Let time pass and what is due then be built."""
        self.vendors.clock.sleep(after)
        return [built.outcome for built in self.producer.build_due()]

    def causes(self) -> list[str]:
        with self.store.database.transaction() as connection:
            return [case.cause for case in case_store.queue(connection)]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    vendors = Vendors(clock=VirtualClock(NOW))
    vendors.put("crm", "Account", "C1", {"Id": "C1", "Name": "Ada", "Entity__c": "us"})
    vendors.put("erp", "customer", "7", {"externalId": "C1", "subsidiary": "us", "terms": "30"})
    vendors.put("erp", "invoice", "1", invoice("A", Decimal("10.50")))
    vendors.put("books", "invoice", "9", german("C", Decimal("7.25")))
    with open_store(tmp_path) as opened:
        store = replace(opened, clock=vendors.clock, settings=read_settings(tmp_path, {}))
        estate = compiled({"e.estate.yaml": TEXT})
        store.archive.apply(estate, author="ana", approver="bao", at=NOW)
        yield World(store, vendors, Producer(store, vendors))


def test_what_nobody_published_is_not_built(world: World) -> None:
    assert world.look() == []
    assert world.look(after=FRESH * 3) == []


def test_it_is_read_anew_before_it_is_older_than_it_promises(world: World) -> None:
    world.publish()
    assert world.look(after=FRESH / 2 - timedelta(seconds=1)) == []
    assert world.look(after=timedelta(seconds=1)) == [Outcome.UNCHANGED]
    assert world.look() == []
    world.vendors.put("erp", "invoice", "2", invoice("B", Decimal(2)))
    assert world.look(after=FRESH / 2) == [Outcome.PUBLISHED]


def test_what_could_not_be_told_is_a_case_and_tried_again_soon_and_not_at_once(
    world: World,
) -> None:
    world.publish()
    world.vendors.fails_after = {"erp": 0}
    assert world.look(after=FRESH / 2) == [Outcome.UNKNOWN]
    assert world.causes() == ["source"]
    assert world.look() == []
    world.vendors.fails_after = {}
    assert world.look(after=AGAIN) == [Outcome.UNCHANGED]
    assert world.causes() == []


def test_that_a_product_could_not_be_built_now_is_told_and_it_is_tried_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.publish()
    settings = read_settings(world.store.home, {"INTERLOCK_PRODUCTS": "secret:gone"})
    world.producer.store = replace(world.store, settings=settings)
    assert world.look(after=FRESH / 2) == []
    assert f"data product `{NAME}` is not built now" in caplog.text
    world.producer.store = world.store
    assert world.look(after=AGAIN) == [Outcome.UNCHANGED]


def test_of_two_workers_one_builds(world: World) -> None:
    world.publish()
    other = Producer(world.store, world.vendors)
    assert world.look(after=FRESH / 2) == [Outcome.UNCHANGED]
    assert other.build_due() == []
