"""How often a caller may call: one count for all workers, and every caller has its own."""

from datetime import UTC, datetime, timedelta

import pytest

from interlock.bootstrap.house import compiled
from interlock.estate.kinds.api import Api
from interlock.foundation.clock import VirtualClock
from interlock.foundation.database import SqliteDatabase
from interlock.foundation.queries import load_schema
from interlock.intake.api.rate import Spent, spend

NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
ESTATE = """
apiVersion: interlock/v1
kind: System
metadata: {name: shop}
spec:
  type: crm
  connector: stripe
  url: http://x
  auth: {scheme: api-key, credential: "secret:x"}
---
apiVersion: interlock/v1
kind: Entity
metadata: {name: customer}
spec:
  domain: customer
  authority: shop
  identity: {shop: customer.id}
  fields: {name: {type: string, in: {shop: name}}}
---
apiVersion: interlock/v1
kind: Integration
metadata: {name: greet}
spec:
  trigger: {system: shop, entity: customer}
  key: customer.id
  steps: [{id: hello, emit: {event: com.example.hello.v1, data: {who: customer.id}}}]
---
apiVersion: interlock/v1
kind: Api
metadata: {name: people}
spec:
  callers: "secret:people"
  operations: {greet: {integration: greet}}
"""
RATED = ESTATE + "  rate: {calls: 3, per: 1m}\n  rates: {bulk: {calls: 5, per: 10s}}\n"


class Desk:
    """An API's counts, as two workers with clocks of their own see them."""

    def __init__(self, text: str = RATED) -> None:
        self.api: Api = compiled({"e.estate.yaml": text}).apis["people"]
        self.database = SqliteDatabase(None)
        self.database.create(load_schema("interlock.intake.api"))
        self.here, self.there = VirtualClock(NOON), VirtualClock(NOON)

    def call(self, caller: str = "portal", clock: VirtualClock | None = None) -> Spent:
        found = spend(self.database, clock or self.here, self.api, caller)
        assert found is not None
        return found


def test_a_caller_may_call_as_often_as_its_window_says_and_then_not() -> None:
    desk = Desk()
    desk.here.advance_to(NOON + timedelta(seconds=18.5))
    found = [desk.call() for _ in range(5)]

    assert [each.allowed for each in found] == [True, True, True, False, False]
    assert [each.left for each in found] == [2, 1, 0, 0, 0]
    assert found[0].headers == {
        "ratelimit-policy": '"caller";q=3;w=60',
        "ratelimit": '"caller";r=2;t=42',
    }
    desk.here.advance_to(NOON + timedelta(seconds=60))
    assert desk.call().left == 2


def test_every_caller_has_a_rate_of_its_own_and_some_another() -> None:
    desk = Desk()
    for _ in range(4):
        desk.call()

    assert not desk.call().allowed
    assert desk.call("cpq").left == 2
    assert (desk.call("bulk").calls, desk.call("bulk").left) == (5, 3)


def test_two_workers_share_one_count_even_when_a_clock_is_behind() -> None:
    desk = Desk()
    desk.here.advance_to(NOON + timedelta(seconds=61))
    found = [desk.call(clock=clock) for clock in (desk.here, desk.there, desk.here, desk.there)]

    assert [each.left for each in found] == [2, 1, 0, 0]
    assert [each.allowed for each in found] == [True, True, True, False]
    assert {0 < each.ends_in <= 60 for each in found} == {True}


def test_where_no_rate_is_declared_nothing_is_counted() -> None:
    desk = Desk(ESTATE)

    assert spend(desk.database, desk.here, desk.api, "portal") is None


@pytest.mark.parametrize("per", ["500ms", "1500ms"])
def test_a_window_is_whole_seconds(per: str) -> None:
    with pytest.raises(Exception, match=r"rate\.per"):
        compiled({"e.estate.yaml": ESTATE + f"  rate: {{calls: 3, per: {per}}}\n"})
