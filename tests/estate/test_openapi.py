"""The OpenAPI document and the latency behind it: promised is what is given, and nothing else."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from interlock.connectors import catalogue
from interlock.estate.capability import Guarantee
from interlock.estate.estate import Estate
from interlock.estate.latency import LatencyClass, latency_of
from interlock.estate.openapi import FINAL, STATUSES, openapi
from interlock.estate.reading.load import read_estate, read_texts
from interlock.flow.run import State
from interlock.intake.api.state import _STATUS
from tests.flow.conftest import ESTATE
from tests.flow.vendor import capabilities

EXAMPLE = Path(__file__).parents[2] / "examples" / "quote-to-cash"


@pytest.fixture(scope="module")
def estate() -> Estate:
    return read_estate(EXAMPLE, capabilities=catalogue.every()).estate


@pytest.fixture(scope="module")
def document(estate: Estate) -> dict[str, Any]:
    return openapi(estate, title="x", version="1.0.0", server="https://x.example")


def found(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for each in value.values():
            yield from found(each)
    elif isinstance(value, list):
        for each in value:
            yield from found(each)


def test_every_reference_of_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    for each in found(document):
        target: Any = document
        for name in str(each.get("$ref", "#/")).removeprefix("#/").split("/"):
            target = target[name] if name else target
        assert target


def test_every_schema_of_the_document_is_one(document: dict[str, Any]) -> None:
    for schema in document["components"]["schemas"].values():
        jsonschema_rs.Draft202012Validator(
            {**schema, "$defs": {}, "components": document["components"]}
        )


def test_every_parameter_of_a_path_is_declared_and_every_operation_has_its_own_name(
    document: dict[str, Any],
) -> None:
    names = [each["operationId"] for each in found(document) if "operationId" in each]
    assert len(set(names)) == len(names) == 3
    for path, operations in document["paths"].items():
        for operation in operations.values():
            given = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert given == set(re.findall(r"{(\w+)}", path))


def test_only_what_may_be_waited_for_is_answered_with_its_outcome(
    document: dict[str, Any],
) -> None:
    close = document["paths"]["/api/deals/close"]["post"]
    customer = document["paths"]["/api/deals/customer"]["post"]

    assert (close["x-latency"], customer["x-latency"]) == ("deferred", "interactive")
    assert "200" not in close["responses"]
    assert "200" in customer["responses"]
    assert {"202", "400", "401", "409", "413", "415", "422", "503"} <= set(close["responses"])


def test_how_long_a_key_is_remembered_is_part_of_the_document(document: dict[str, Any]) -> None:
    (key,) = (
        one
        for one in document["paths"]["/api/deals/close"]["post"]["parameters"]
        if one["name"] == "Idempotency-Key"
    )
    assert key["required"]
    assert "604800 seconds" in key["description"]


def test_every_state_of_a_transaction_has_a_status_in_the_document() -> None:
    assert set(_STATUS) == set(State)
    assert set(_STATUS.values()) | {"accepted", "refused"} == set(STATUSES)
    assert set(STATUSES) >= FINAL


def test_the_latency_of_the_example_names_what_posts_and_what_waits(estate: Estate) -> None:
    latency = latency_of(estate, estate.plans["quote-to-cash"])
    said = json.dumps([reason.what for reason in latency.reasons])

    assert latency.found is LatencyClass.DEFERRED
    assert "posts in erp: invoice.upsert" in said
    assert "posts in legacy: invoice.post" in said
    assert "waits for `invoice.paid` of billing" in said
    assert all(reason.place.line for reason in latency.reasons)


@pytest.mark.parametrize("name", ["customer-from-crm", "customer-from-erp"])
def test_master_data_may_be_waited_for(estate: Estate, name: str) -> None:
    assert latency_of(estate, estate.plans[name]).found is LatencyClass.INTERACTIVE


def small(**edits: str) -> Estate:
    text = ESTATE.replace("CLASS", "class-a")
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    known = {f"class-{g.lower()}": capabilities(g) for g in Guarantee}
    reading = read_texts({"e.estate.yaml": text}, capabilities=known)
    assert reading.problems == ()
    return reading.estate


def test_money_that_is_copied_into_the_books_is_financial_whatever_an_operation_says() -> None:
    estate = small()
    harmless = {
        name: replace(
            able,
            operations={
                each.operation: replace(each, posts=False) for each in able.operations.values()
            },
        )
        for name, able in estate.capabilities.items()
    }
    estate = replace(estate, capabilities=harmless)
    latency = latency_of(estate, estate.plans["bill"])
    assert [reason.what for reason in latency.reasons] == [
        "`subscription` writes money into first: order.amount",
        "`invoice` writes money into books: order.amount",
    ]


def test_what_nothing_is_known_of_may_not_be_waited_for() -> None:
    estate = small()
    unknown = read_texts(estate.sources, capabilities={}).estate
    plan = estate.plans["bill"]
    assert "of which nothing is known" in latency_of(unknown, plan).reasons[0].what


def test_what_is_done_in_batches_is_its_own_class() -> None:
    facts = (
        "classification: {criticality: low, pattern: batch, latencyTolerance: 1d, "
        "recovery: {rto: 1d, rpo: 0s}, consistency: eventual, failureImpact: none}\n"
    )
    estate = small(**{"  key: order.id\n": f"  key: order.id\n  {facts}"})
    assert latency_of(estate, estate.plans["bill"]).found is LatencyClass.BATCH
