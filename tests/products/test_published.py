"""What is published beside the rows is valid by the schemas of those who made the standards.

`published/` holds the JSON Schemas of Bitol (ODPS 1.0.0, ODCS 3.1.0) and OpenLineage (2-0-2), all
Apache-2.0, as their repositories have them.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest

from interlock.connectors import catalogue
from interlock.estate.estate import Estate
from interlock.estate.reading.load import read_estate
from interlock.products.definition import definition_of
from interlock.products.exporting import odcs, odps
from tests.products.company import Office, invoice

HERE: Final = Path(__file__).parent / "published"
EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "quote-to-cash"
NOW: Final = datetime(2026, 11, 2, tzinfo=UTC)
FACETS: Final = {
    "schema": "SchemaDatasetFacet",
    "columnLineage": "ColumnLineageDatasetFacet",
    "ownership": "OwnershipDatasetFacet",
    "jobType": "JobTypeJobFacet",
    "errorMessage": "ErrorMessageRunFacet",
    "test": "TestRunFacet",
}


def schema(name: str) -> Any:
    return json.loads((HERE / f"{name}.schema.json").read_text(encoding="utf-8"))


LINEAGE: Final = schema("OpenLineage")
KNOWN: Final = jsonschema_rs.Registry([(LINEAGE["$id"], LINEAGE)])


def wrong(name: str, document: object) -> list[str]:
    validator = jsonschema_rs.validator_for(schema(name), registry=KNOWN)
    return [f"{e.instance_path}: {e.message[:200]}" for e in validator.iter_errors(document)]


@pytest.fixture(scope="module")
def example() -> Estate:
    return read_estate(EXAMPLE, capabilities=catalogue.every()).estate


def test_every_product_of_the_example_is_a_valid_product_and_contract(example: Estate) -> None:
    for name in example.data_products:
        definition = definition_of(example, name, NOW)
        assert wrong("odps-v1.0.0", odps(definition)) == []
        assert wrong("odcs-v3.1.0", odcs(definition)) == []


def test_the_published_schemas_would_say_if_they_were_not(example: Estate) -> None:
    definition = definition_of(example, "billings", NOW)
    assert wrong("odps-v1.0.0", {**odps(definition), "owner": "me"})
    assert wrong(
        "odcs-v3.1.0", {**odcs(definition), "schema": [{"properties": [{"logicalType": "text"}]}]}
    )


def test_the_files_of_a_version_hold_both(office: Office) -> None:
    folder = office.build().folder
    contract = json.loads((folder / "billings.odcs.json").read_text(encoding="utf-8"))
    assert contract["version"] == "1.0.0"
    total = contract["schema"][0]["properties"][5]
    assert (total["name"], total["transformSourceObjects"]) == ("total", ["invoice.total"])
    assert (
        json.loads((folder / "billings.odps.json").read_text(encoding="utf-8"))["id"] == "billings"
    )


def told(office: Office) -> list[dict[str, Any]]:
    lines = (office.home / "products" / "lineage.ndjson").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_every_build_is_told_by_valid_events_of_one_run(office: Office) -> None:
    office.build()
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(-1)))
    office.build()
    events = told(office)
    assert [each["eventType"] for each in events] == ["START", "COMPLETE", "START", "FAIL"]
    assert [wrong("OpenLineage", each) for each in events] == [[], [], [], []]
    first, second = events[:2], events[2:]
    assert len({each["run"]["runId"] for each in first}) == 1
    assert first[0]["run"]["runId"] != second[0]["run"]["runId"]


def test_every_facet_is_valid_by_its_own_schema(office: Office) -> None:
    office.build()
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(-1)))
    office.build()
    seen = set()
    for event in told(office):
        holders = [event["run"], event["job"], *event["outputs"]]
        for name, facet in [pair for each in holders for pair in each["facets"].items()]:
            assert wrong(FACETS[name], {name: facet}) == []
            assert facet["_schemaURL"].partition("#")[0] == schema(FACETS[name])["$id"]
            seen.add(name)
    assert seen == set(FACETS)


def test_a_failed_test_is_told_with_what_was_found(office: Office) -> None:
    office.vendors.put("erp", "invoice", "1", invoice("A", Decimal(-1)))
    office.build()
    tests = told(office)[-1]["run"]["facets"]["test"]["tests"]
    assert [each for each in tests if each["status"] == "fail"] == [
        {
            "name": 'total: total >= decimal("0")',
            "status": "fail",
            "severity": "error",
            "type": 'total >= decimal("0")',
            "expected": "at most 0",
            "actual": "1",
        }
    ]


def test_lineage_says_of_every_column_what_it_is_made_of_and_what_chose_its_row(
    office: Office,
) -> None:
    office.build()
    (output,) = told(office)[1]["outputs"]
    fields = output["facets"]["columnLineage"]["fields"]
    made = {
        (each["namespace"], each["name"], each["field"], *each["transformations"][0].values())
        for each in fields["total"]["inputFields"]
    }
    assert ("netsuite://erp", "invoice", "total", "DIRECT", "IDENTITY") in made
    assert ("tryton://books", "invoice", "total_amount", "DIRECT", "IDENTITY") in made
    assert ("netsuite://erp", "invoice", "status", "INDIRECT", "FILTER") in made
    assert set(fields) == {"invoice", "customer", "legal_entity", "date", "currency", "total"}
