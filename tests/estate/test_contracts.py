"""Contracts are schemas, whole by themselves, before the gate holds a payload against them."""

import pytest

from tests.estate.company import document, estate, problems

CONTRACT = document("Contract", "{system: erp, version: '1', definition: erp.schema.yaml}")


def test_a_contract_gives_a_schema_for_every_object() -> None:
    here = estate(
        CONTRACT, **{"erp.schema.yaml": "objects:\n  invoice: {type: object, required: [total]}\n"}
    )

    assert here.schemas["it"]["invoice"] == {"type": "object", "required": ["total"]}


@pytest.mark.parametrize(
    ("file", "code", "says", "where"),
    [
        ("objects: {a: {type: objekt}}", "EST106", "no JSON Schema", "erp.schema.yaml:1:21"),
        ("objects: {a: {pattern: '('}}", "EST106", "no JSON Schema", "erp.schema.yaml:1:"),
        ("objects: {a: [1]}", "EST106", "must be a mapping", "erp.schema.yaml:1:14"),
        ("things: {}", "EST106", "has no `objects`", "erp.schema.yaml:1:1"),
        ("", "EST106", "has no `objects`", "erp.schema.yaml:1:1"),
        ("objects: [", "EST001", "while", "erp.schema.yaml:2:1"),
        (
            "objects: {a: {properties: {b: {$ref: 'http://elsewhere.example/x'}}}}",
            "EST107",
            "`a` refers to `http://elsewhere.example/x`, outside of the file",
            "erp.schema.yaml:1:39",
        ),
        (
            "objects: {a: {allOf: [{$ref: 'file:///etc/passwd'}]}}",
            "EST107",
            "outside of the file",
            "erp.schema.yaml:1:",
        ),
    ],
)
def test_what_is_no_contract_is_said_in_its_own_file(
    file: str, code: str, says: str, where: str
) -> None:
    (found,) = problems(CONTRACT, **{"erp.schema.yaml": file})

    assert found.code == code
    assert says in found.what or says == "while"
    assert str(found.where).startswith(where)


def test_a_contract_that_is_not_there_is_named() -> None:
    (found,) = problems(CONTRACT, **{"epr.schema.yaml": "objects: {}"})

    assert "no file `erp.schema.yaml` beside the estate; did you mean `epr.schema.yaml`?" in (
        found.what
    )
