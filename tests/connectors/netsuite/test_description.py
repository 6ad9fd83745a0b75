"""What the metadata catalogue says of a record type, and what it leaves open."""

from typing import Any

import httpx2
import pytest

from interlock.connectors.description import Describing, FieldShape, Kind
from interlock.connectors.port import CallFailed
from interlock.foundation.errors import UsageError

PATH = "/services/rest/record/v1/metadata-catalog/customer"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "companyName": {"title": "Company Name", "type": "string", "nullable": True},
        "startDate": {"type": "string", "format": "date", "nullable": True},
        "lastModifiedDate": {"type": "string", "format": "date-time"},
        "custentity_integer": {"type": "integer", "x-ns-custom-field": True},
        "isInactive": {"type": "boolean"},
        "subsidiary": {"$ref": "/services/rest/record/v1/metadata-catalog/subsidiary"},
        "status": {
            "type": "object",
            "properties": {"id": {"type": "string", "enum": ["A", "B"]}, "refName": {}},
        },
    },
}


def describing(account: Any, answer: httpx2.Response) -> Describing:
    account.on("GET", PATH, answer)
    found: Describing = account.open()
    assert isinstance(found, Describing)
    return found


def test_fields_have_kinds_and_what_is_not_said_is_left_open(account: Any) -> None:
    shape = describing(account, httpx2.Response(200, json=SCHEMA)).shape("customer")
    assert shape is not None
    kinds = {name: field.kind for name, field in shape.fields.items()}
    assert kinds["companyName"] is Kind.TEXT
    assert kinds["startDate"] is Kind.DATE
    assert kinds["lastModifiedDate"] is Kind.TIMESTAMP
    assert kinds["custentity_integer"] is Kind.NUMBER
    assert kinds["isInactive"] is Kind.BOOLEAN
    assert shape.fields["subsidiary"] == FieldShape()
    inside = shape.fields["status"].inside
    assert inside is not None
    assert inside["id"].values == ("A", "B")
    assert shape.fields["companyName"].createable is None
    assert {"id", "externalId"} <= shape.fields.keys()


def test_the_schema_is_asked_for_in_the_form_that_has_no_paths(account: Any) -> None:
    describing(account, httpx2.Response(200, json=SCHEMA)).shape("customer")
    assert account.requests[-1].headers["accept"] == "application/schema+json"


def test_a_type_that_is_not_there_or_not_known_is_told_apart(account: Any) -> None:
    detail = {"detail": "The record type does not exist.", "o:errorCode": "NONEXISTENT_ID"}
    absent = httpx2.Response(404, json={"status": 404, "o:errorDetails": [detail]})
    assert describing(account, absent).shape("customer") is None
    with pytest.raises(UsageError, match="has no object"):
        describing(account, httpx2.Response(200, json=SCHEMA)).shape("unicorn")


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(200, json={"type": "object"}),
        httpx2.Response(200, json={"properties": []}),
        httpx2.Response(200, text="<html>"),
        httpx2.Response(500, text="no"),
    ],
)
def test_what_is_no_schema_is_not_taken_for_an_empty_record(
    account: Any, answer: httpx2.Response
) -> None:
    with pytest.raises(CallFailed):
        describing(account, answer).shape("customer")
