"""Mistakes in the declaration of a database are said with their line."""

import pytest
from tests.connectors.sql.order_book import estate_of, example, problems_of

from interlock.connectors.sql.statements import quoted
from interlock.estate.capability import Guarantee
from interlock.foundation.errors import InvariantError

MISTAKES = {
    "an unknown option": (
        "statementTimeout:",
        "statmentTimeout:",
        "did you mean `statementTimeout`?",
    ),
    "an unknown word of an object": ("modified: changed_at", "modifed: changed_at", "`modified`?"),
    "an unknown word of a column": ("type: decimal", "typ: decimal", "did you mean `type`?"),
    "an unknown type": ("type: decimal", "type: money", "'decimal'"),
    "an unknown effect": ("{effect: upsert}", "{effect: delete}", "'upsert'"),
    "SQL as a table": ("table: customers", 'table: "customers; DROP TABLE invoices"', "pattern"),
    "SQL as a column": ("name: name", "name: 'name\" FROM secrets --'", "pattern"),
    "SQL as a key": ("id: id", "id: '1 OR 1=1'", "pattern"),
    "a table of a schema of a database": ("table: customers", "table: a.b.c", "pattern"),
    "class A without a table of keys": ("    idempotencyTable: interlock_keys\n", "", "class A"),
    "a write that is only read": ("class: C}", "class: S}", "class A, B or C"),
    "one column of two meanings": ("address.city: city", "address.city: name", "two meanings"),
    "the reference as a field": ("name: name", "reference: name", "columns of their own"),
}


def test_the_example_of_the_documentation_is_understood_whole() -> None:
    able = estate_of(example()).capability_of("warehouse")
    assert able is not None
    assert able.operations["invoice.create"].guarantee is Guarantee.KEY
    assert able.operations["customer.upsert"].guarantee is Guarantee.REFERENCE
    assert able.events == {"customer.changed", "customer.deleted", "invoice.changed"}


@pytest.mark.parametrize("what", sorted(MISTAKES))
def test_a_mistake_is_said_where_it_stands(what: str) -> None:
    old, new, said = MISTAKES[what]
    assert old in example()
    found = problems_of(example().replace(old, new, 1))
    assert found, what
    assert any(said in f"{each.what} {each.hint}" for each in found), found
    assert all(each.where.line > 1 for each in found)


@pytest.mark.parametrize("name", ['a"b', "a b", "", "a.", "a;b", "a'b", "ä", "1a", "a--"])
def test_an_identifier_that_was_not_checked_never_gets_into_a_statement(name: str) -> None:
    with pytest.raises(InvariantError):
        quoted(name)
