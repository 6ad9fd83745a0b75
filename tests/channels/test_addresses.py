"""Where a broker may be found is declared; everything else inside our own network is refused."""

from pathlib import Path

import pytest

from interlock.bootstrap.channels import broker_of, placed
from interlock.bootstrap.house import compiled, open_store
from interlock.estate.kinds import Channel
from interlock.foundation.errors import InterlockError, RefusedError, UsageError

ESTATE = """
apiVersion: interlock/v1
kind: Channel
metadata: {{name: orders}}
spec:
  broker: {broker}
  url: setting:broker
  address: orders.placed
  outbound: {{networks: [{networks}]}}
  publish: [com.example.*]
"""
PLAIN = {"kafka": "kafka", "nats": "nats", "rabbitmq": "amqp", "redis": "redis"}
SECURED = {"kafka": "kafkas", "nats": "tls", "rabbitmq": "amqps", "redis": "rediss"}


def channel(broker: str, networks: str = "") -> Channel:
    estate = compiled({"e.estate.yaml": ESTATE.format(broker=broker, networks=networks)})
    return estate.channels["orders"]


@pytest.mark.parametrize("broker", sorted(PLAIN))
@pytest.mark.parametrize("host", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "[::1]"])
def test_an_address_of_our_own_network_is_refused_unless_it_is_declared(
    broker: str, host: str
) -> None:
    for scheme in (PLAIN[broker], SECURED[broker]):
        with pytest.raises(RefusedError, match="not a public address") as refused:
            placed(channel(broker), f"{scheme}://user:word@{host}:7000")
        assert "outbound" in (refused.value.hint or "")
        assert "word" not in str(refused.value)


@pytest.mark.parametrize("broker", sorted(PLAIN))
def test_a_public_address_needs_encryption_and_a_declared_one_does_not(broker: str) -> None:
    with pytest.raises(RefusedError, match="without encryption") as refused:
        placed(channel(broker), f"{PLAIN[broker]}://8.8.8.8")
    assert SECURED[broker] in (refused.value.hint or "")
    assert (
        placed(channel(broker), f"{SECURED[broker]}://8.8.8.8") == f"{SECURED[broker]}://8.8.8.8"
    )
    declared = channel(broker, "127.0.0.0/8")
    assert placed(declared, f"{PLAIN[broker]}://u:w@127.0.0.1:7000/x").endswith(
        "u:w@127.0.0.1:7000/x"
    )


def test_a_name_is_resolved_once_and_the_address_is_what_is_connected_to() -> None:
    declared = channel("redis", "127.0.0.0/8, '::1/128'")
    found = placed(declared, "redis://localhost:7000/0")
    assert found in {"redis://127.0.0.1:7000/0", "redis://[::1]:7000/0"}


@pytest.mark.parametrize("url", ["http://127.0.0.1", "nats://127.0.0.1", "redis://", "orders"])
def test_the_url_of_another_kind_of_broker_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="none of redis"):
        placed(channel("redis", "127.0.0.0/8"), url)


def test_a_broker_is_judged_each_time_it_is_connected_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_BROKER", "redis://127.0.0.1:7000")
    with open_store(tmp_path) as store:
        make = broker_of(channel("redis"), store.settings)
        with pytest.raises(InterlockError, match="not a public address"):
            make()
