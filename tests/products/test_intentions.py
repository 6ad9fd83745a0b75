"""A product that is only intended may leave out what it is made of, and is never built."""

import pytest

from interlock.estate.reading.load import Reading, read_texts
from interlock.foundation.errors import UsageError
from interlock.products.definition import product_of

INTENDED = """
apiVersion: interlock/v1
kind: Group
metadata: {name: finance}
spec: {contact: finance@example.com, members: [ana]}
---
apiVersion: interlock/v1
kind: DataProduct
metadata: {name: billed-revenue, owner: group:finance}
spec: {status: STATUS, domain: invoice, outputPorts: [{name: billed, version: "1"}]}
"""


def read(status: str) -> Reading:
    return read_texts({"e.estate.yaml": INTENDED.replace("STATUS", status)})


@pytest.mark.parametrize("status", ["proposed", "draft", "retired"])
def test_an_intention_is_read_and_asking_for_it_says_what_is_missing(status: str) -> None:
    reading = read(status)
    assert reading.problems == ()
    with pytest.raises(UsageError, match="nobody said yet") as told:
        product_of(reading.estate, "billed-revenue")
    assert "e.estate.yaml:9:18" in told.value.hint


@pytest.mark.parametrize("status", ["active", "deprecated"])
def test_what_is_built_must_say_what_it_is_made_of(status: str) -> None:
    (problem,) = read(status).problems
    assert "`rows` and `columns`" in problem.what


def test_a_product_that_nobody_declared_is_told_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="no data product `sales`") as told:
        product_of(read("draft").estate, "sales")
    assert "billed-revenue" in told.value.hint
