"""Systems that are one account of a vendor share its limits, as all workers do."""

from datetime import UTC, datetime, timedelta

from interlock.bootstrap.house import counted_as, limits_of
from interlock.estate.reading.load import read_texts
from interlock.gate.quota import Limit, Quota

NOW = datetime(2026, 11, 26, tzinfo=UTC)
SYSTEM = """
apiVersion: interlock/v1
kind: System
metadata: {name: NAME}
spec:
  type: erp
  connector: netsuite
  url: "setting:x"
  auth: {scheme: oauth2-client-credentials, credential: "secret:x"}
  limits: LIMITS
"""


def systems(**limits: str) -> str:
    texts = [SYSTEM.replace("NAME", name).replace("LIMITS", each) for name, each in limits.items()]
    return "---".join(texts)


def test_two_connections_to_one_account_take_no_more_than_it_gives() -> None:
    text = systems(
        east="{account: acme, concurrency: 4, operations: {invoice.upsert: {concurrency: 1}}}",
        west="{account: acme, concurrency: 4}",
        north="{concurrency: 3}",
    )
    estate = read_texts({"e.estate.yaml": text}).estate

    limits = limits_of(estate, workers=2)
    names = {name: (counted_as(system),) for name, system in estate.systems.items()}
    quota = Quota(limits)
    entered = [quota.enter(names[name], "critical", NOW, 0.0) for name in ("east", "west", "west")]

    assert limits == {
        "account:acme": Limit(concurrency=2),
        "east.invoice.upsert": Limit(concurrency=1),
        "north": Limit(concurrency=1),
    }
    assert [isinstance(each, datetime) for each in entered] == [False, False, True]
    assert not isinstance(quota.enter(names["north"], "critical", NOW, 0.0), datetime)


def test_what_one_connection_is_told_to_wait_for_counts_for_the_other() -> None:
    text = systems(east="{account: acme, concurrency: 4}", west="{account: acme, concurrency: 4}")
    estate = read_texts({"e.estate.yaml": text}).estate
    east, west = (counted_as(estate.systems[name]) for name in ("east", "west"))
    quota = Quota(limits_of(estate, workers=1))

    quota.pause(east, NOW + timedelta(seconds=30))

    assert quota.enter((west,), "critical", NOW, 0.0) == NOW + timedelta(seconds=30)
