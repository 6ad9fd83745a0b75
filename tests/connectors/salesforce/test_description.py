"""What describe says of an object, and what of it is not guessed."""

from typing import Any

import httpx2
import pytest

from interlock.connectors.description import Describing, FieldShape, Kind
from interlock.connectors.port import CallFailed

FIELDS: list[dict[str, Any]] = [
    {"name": "Id", "type": "id", "nillable": False, "createable": False, "updateable": False},
    {"name": "Name", "type": "string", "nillable": False, "createable": True, "updateable": True},
    {
        "name": "Hold__c",
        "type": "boolean",
        "nillable": False,
        "defaultedOnCreate": True,
        "createable": True,
        "updateable": True,
    },
    {
        "name": "Level__c",
        "type": "picklist",
        "nillable": True,
        "createable": True,
        "updateable": True,
        "restrictedPicklist": True,
        "picklistValues": [{"value": "A", "active": True}, {"value": "B", "active": False}],
    },
    {"name": "Odd__c", "type": "anyType"},
]


def describing(org: Any, answer: httpx2.Response) -> Describing:
    org.first = lambda request: answer if request.url.path.endswith("/describe") else None
    found: Describing = org.open()
    assert isinstance(found, Describing)
    return found


def test_a_field_has_its_kind_and_whether_we_may_set_it(org: Any) -> None:
    shape = describing(org, httpx2.Response(200, json={"fields": FIELDS})).shape("Account")
    assert shape is not None
    assert shape.fields["Name"] == FieldShape(
        kind=Kind.TEXT, createable=True, updateable=True, mandatory=True
    )
    assert not shape.fields["Id"].mandatory
    assert not shape.fields["Hold__c"].mandatory
    assert shape.fields["Level__c"].values == ("A",)
    assert shape.fields["Level__c"].closed
    odd = shape.fields["Odd__c"]
    assert (odd.kind, odd.createable, odd.updateable) == (Kind.UNTOLD, None, None)


def test_an_opportunity_comes_with_its_lines(org: Any) -> None:
    shape = describing(org, httpx2.Response(200, json={"fields": FIELDS})).shape("Opportunity")
    assert shape is not None
    inside = shape.fields["OpportunityLineItems"].inside
    assert inside is not None
    assert inside["records"].kind is Kind.LIST
    assert "Name" in (inside["records"].inside or {})


def test_an_object_that_is_not_there_has_no_shape(org: Any) -> None:
    error = [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]
    assert describing(org, httpx2.Response(404, json=error)).shape("Acount") is None


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, json={}),
        httpx2.Response(200, json={"fields": []}),
        httpx2.Response(200, json={"fields": [{"name": "Id"}, {"type": "string"}]}),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(503, text="busy"),
    ],
)
def test_what_cannot_be_read_is_not_taken_for_an_empty_object(
    org: Any, answer: httpx2.Response
) -> None:
    with pytest.raises(CallFailed):
        describing(org, answer).shape("Account")
