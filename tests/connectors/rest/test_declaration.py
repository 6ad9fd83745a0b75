"""Mistakes in the declaration of an API are said with their line."""

from typing import get_args

import jsonschema_rs
import pytest
import yaml
from tests.connectors.rest.declared_api import estate_of, example, problems_of

from interlock.connectors.port import Kind, Verdict
from interlock.estate.capability import Guarantee
from interlock.estate.editor import editor_schema
from interlock.estate.kinds import rest_errors

MISTAKES = {
    "an unknown option": ("headers: {Api", "haeders: {Api", "did you mean `headers`?"),
    "an unknown word of an object": ("modified: /updated", "modifed: /updated", "`modified`?"),
    "an unknown word of an operation": ("wrap: invoice", "warp: invoice", "did you mean `wrap`?"),
    "an unknown word of an error": ("verdict: done", "verdikt: done", "did you mean `verdict`?"),
    "a verdict that is none": ("verdict: done", "verdict: ignored", "'done'"),
    "a path with a query": ('"/api/invoices/{id}"', '"/api/invoices/{id}?x=1"', "without query"),
    "a path that climbs": ("path: /api/customers\n", "path: /api/../admin\n", "without query"),
    "a path to another host": (
        "path: /api/customers\n",
        "path: //evil.example\n",
        "from the root",
    ),
    "a place that is not known": ('"/api/invoices/{id}/void"', '"/x/{ref}"', "no {ref}"),
    "a read without an id": (
        'read: {path: "/api/invoices/{id}"',
        'read: {path: "/x"',
        "needs {id}",
    ),
    "class A without its header": ("idempotencyHeader: Idempotency-Key", "", "go together"),
    "a window without class A": ("class: A", "class: B", "class A only"),
    "a reversal of nothing": ("reverses: invoice", "", "go together"),
    "a pointer without a slash": ("id: /id", "id: id", "JSON Pointer"),
    "a cursor that stands nowhere": ("at: /next, ", "", "needs `at:`"),
    "a list without a moment": ("{since}", "now", "needs {since}"),
    "a pattern that cannot be read": ('"^(BUSY|SLOW)"', '"("', "not a regular expression"),
    "a pattern that takes for ever": ('"^(BUSY|SLOW)"', '"(a+)+$"', "take for ever"),
    "a line that matches every success": (
        "at: /problem, verdict",
        "status: 200, verdict",
        "success",
    ),
    "a line that matches everything": ("{at: /problem, ", "{", "matches everything"),
    "a header of ours": ("Api-Version:", "Authorization:", "cannot be set"),
}


def test_the_example_of_the_documentation_is_understood_whole() -> None:
    able = estate_of(example()).capability_of("homegrown")
    assert able is not None
    assert able.operations["invoice.create"].guarantee is Guarantee.KEY
    assert able.operations["invoice.create"].posts
    assert able.events == {"customer.changed", "customer.deleted"}
    assert "basic" in able.auth_schemes


def test_a_system_that_is_only_read_still_tells_its_changes() -> None:
    text = example()
    begin = text.index("        operations:\n          create: {effect")
    end = text.index("      invoice:\n")
    able = estate_of(text[:begin] + text[text.index("    errors:") :]).capability_of("homegrown")
    assert begin < end
    assert able is not None
    assert "customer.changed" in able.events


def test_an_editor_takes_the_example_and_refuses_a_misspelling() -> None:
    validator = jsonschema_rs.validator_for(editor_schema())
    document = yaml.safe_load(example())
    assert validator.is_valid(document)
    document["spec"]["options"]["objects"]["invoice"]["raed"] = {}
    assert not validator.is_valid(document)


@pytest.mark.parametrize("what", sorted(MISTAKES))
def test_a_mistake_is_said_where_it_stands(what: str) -> None:
    old, new, said = MISTAKES[what]
    assert old in example()
    found = problems_of(example().replace(old, new, 1))
    assert found, what
    assert any(said in f"{each.what} {each.hint}" for each in found), found
    assert all(each.where.line > 1 for each in found)


def test_a_system_without_its_declaration_is_told_that_it_lacks_one() -> None:
    text = example()
    found = problems_of(text[: text.index("  options:")])
    assert [each.what for each in found] == ["System `homegrown`: `spec.options` is required"]


def test_options_of_another_connector_are_not_a_field() -> None:
    found = problems_of(example().replace("connector: rest", "connector: stripe"))
    assert found[0].code == "EST103"


def test_the_words_of_an_error_table_are_those_of_the_port() -> None:
    assert set(get_args(rest_errors.Verdict)) == set(Verdict)
    assert set(get_args(rest_errors.Kind)) == set(Kind) - {Kind.NONE}
