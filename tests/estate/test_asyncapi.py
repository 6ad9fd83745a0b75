"""The AsyncAPI document: valid by the published schema, and it says what is really sent.

`published/asyncapi-3.0.0.schema.json` is the AsyncAPI Initiative's own JSON Schema (Apache-2.0,
github.com/asyncapi/spec-json-schemas), without its descriptions and examples.
"""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from interlock.estate.asyncapi import asyncapi, to_text
from interlock.estate.capability import Guarantee
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_estate, read_texts
from tests.flow.conftest import ESTATE
from tests.flow.vendor import capabilities

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE / "published" / "asyncapi-3.0.0.schema.json").read_text("utf-8"))
EXAMPLE = HERE.parents[1] / "examples" / "quote-to-cash"
TOLD = """
    - id: told
      emit:
        event: com.example.billed.v1
        data: {order: order.id, total: order.amount, currency: order.currency}
"""
MORE = """
---
apiVersion: interlock/v1
kind: Subscription
metadata: {name: partner, owner: group:ops}
spec: {url: "setting:hook", secret: "secret:hook", events: [com.example.*]}
---
apiVersion: interlock/v1
kind: Channel
metadata: {name: orders, owner: group:ops}
spec:
  broker: nats
  url: setting:nats
  address: orders.billed
  publish: [com.example.billed.v1]
  receive: [{type: com.partner.paid.*, system: first, entity: order}]
---
apiVersion: interlock/v1
kind: Channel
metadata: {name: inside, owner: group:ops}
spec: {address: inside, publish: [com.example.nobody.tells.*]}
"""


def _estate(more: str = MORE) -> Estate:
    text = ESTATE.replace("CLASS", "class-a").replace("  proof:\n", TOLD + "  proof:\n") + more
    known = {"class-a": capabilities(Guarantee.KEY), "class-b": capabilities(Guarantee.REFERENCE)}
    reading = read_texts({"e.estate.yaml": text}, capabilities=known)
    assert reading.problems == ()
    return reading.estate


def _document() -> Any:
    return json.loads(to_text(asyncapi(_estate(), title="orders", version="1.2.3")))


def _wrong(document: object) -> list[str]:
    validator = jsonschema_rs.validator_for(SCHEMA)
    return [
        f"{each.instance_path}: {each.message[:200]}" for each in validator.iter_errors(document)
    ]


def test_the_document_is_valid_by_the_published_schema() -> None:
    assert _wrong(_document()) == []


def test_the_document_of_the_example_is_valid() -> None:
    assert _wrong(asyncapi(read_estate(EXAMPLE).estate, title="x", version="1")) == []


@pytest.mark.parametrize(
    ("path", "value"), [("asyncapi", "2.6.0"), ("channels", []), ("operations", {"x": {}})]
)
def test_the_published_schema_would_say_if_it_were_not(path: str, value: object) -> None:
    broken = {**copy.deepcopy(_document()), path: value}

    assert _wrong(broken) != []


def test_a_payload_is_what_the_step_really_says() -> None:
    message = _document()["components"]["messages"]["com.example.billed.v1"]

    assert message["payload"]["properties"]["data"]["properties"] == {
        "order": {"type": "string"},
        "total": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
        "currency": {"type": "string"},
    }


@pytest.mark.parametrize("broker", ["kafka", "nats", "rabbitmq", "redis"])
def test_a_channel_of_every_broker_is_valid_and_says_what_its_protocol_has_to_say(
    broker: str,
) -> None:
    text = MORE.replace("broker: nats", f"broker: {broker}")
    document = json.loads(to_text(asyncapi(_estate(text), title="orders", version="1")))
    channel, receive = document["channels"]["orders"], document["operations"]["receive-orders"]

    assert _wrong(document) == []
    protocol = {"rabbitmq": "amqp"}.get(broker, broker)
    assert document["servers"]["orders"]["protocol"] == protocol
    bindings = channel.get("bindings", {}).get(protocol, {})
    assert bindings.get("topic") == ("orders.billed" if broker == "kafka" else None)
    assert bindings.get("queue", {}).get("durable") == (True if broker == "rabbitmq" else None)
    group = receive.get("bindings", {}).get("kafka", {}).get("groupId", {})
    assert group.get("enum") == (["interlock-orders"] if broker == "kafka" else None)


def test_what_is_sent_and_what_is_received_are_operations_of_their_channel() -> None:
    operations = _document()["operations"]

    assert {name: each["action"] for name, each in operations.items()} == {
        "send-orders": "send",
        "receive-orders": "receive",
        "send-webhook-partner": "send",
    }


def test_every_reference_leads_somewhere() -> None:
    document = _document()
    for channel in document["channels"].values():
        for each in (*channel["messages"].values(), *channel.get("servers", [])):
            _, *path = each["$ref"].split("/")
            found = document
            for name in path:
                found = found[name]
