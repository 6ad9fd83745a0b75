"""Collections and composites of the simulated org, as a program of any language sees them."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from tests.sandbox.conftest import Serve

DATA = "/services/data/v62.0"
Ask = Callable[[str, str, object], Any]


@pytest.fixture
def ask(serve: Serve) -> Any:
    url = serve("salesforce")
    with httpx2.Client(base_url=url, trust_env=False) as client:
        form = {"grant_type": "client_credentials", "client_id": "a", "client_secret": "b"}
        token = client.post("/services/oauth2/token", data=form).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"

        def asked(method: str, path: str, body: object = None) -> Any:
            return client.request(method, f"{DATA}{path}", json=body).json()

        yield asked


def accounts(*names: object) -> list[dict[str, object]]:
    return [{"attributes": {"type": "Account"}, "Name": name} for name in names]


def count(ask: Ask) -> int:
    return int(ask("GET", "/query?q=SELECT+COUNT()+FROM+Account", None)["totalSize"])


def test_each_record_of_a_collection_stands_for_itself(ask: Ask) -> None:
    rows = ask("POST", "/composite/sobjects", {"records": accounts("A", None, "C")})

    assert [row["success"] for row in rows] == [True, False, True]
    assert rows[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert count(ask) == 2


def test_all_or_none_undoes_what_was_done(ask: Ask) -> None:
    body = {"allOrNone": True, "records": accounts("A", None)}
    rows = ask("POST", "/composite/sobjects", body)

    assert [row["errors"][0]["statusCode"] for row in rows] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
    ]
    assert count(ask) == 0


def test_more_than_200_records_are_refused(ask: Ask) -> None:
    body = {"records": accounts(*map(str, range(201)))}
    assert ask("POST", "/composite/sobjects", body)[0]["errorCode"] == "EXCEEDED_ID_LIMIT"


def test_one_external_id_twice_in_a_collection_is_refused_the_second_time(ask: Ask) -> None:
    rows = [{**row, "External_Id__c": "k"} for row in accounts("A", "B")]
    found = ask("PATCH", "/composite/sobjects/Account/External_Id__c", {"records": rows})

    assert [row["success"] for row in found] == [True, False]
    assert found[0]["created"] is True


def test_records_are_read_changed_and_deleted_in_collections(ask: Ask) -> None:
    refs = [row["id"] for row in ask("POST", "/composite/sobjects", {"records": accounts(*"AB")})]
    changed = [{"attributes": {"type": "Account"}, "id": refs[0], "Name": "Z"}]
    ask("PATCH", "/composite/sobjects", {"records": changed})
    found = ask(
        "POST", "/composite/sobjects/Account", {"ids": [*refs, "001x"], "fields": ["Name"]}
    )
    gone = ask("DELETE", f"/composite/sobjects?ids={','.join(refs)}", None)

    assert [row and row["Name"] for row in found] == ["Z", "B", None]
    assert [row["success"] for row in gone] == [True, True]
    assert count(ask) == 0


def composite(*calls: tuple[str, str, object], all_or_none: bool = False) -> dict[str, object]:
    named = [
        {"method": method, "url": f"{DATA}{url}", "referenceId": f"r{n}", "body": body}
        for n, (method, url, body) in enumerate(calls)
    ]
    return {"allOrNone": all_or_none, "compositeRequest": named}


def test_a_call_of_a_composite_uses_what_an_earlier_one_answered(ask: Ask) -> None:
    body = composite(
        ("POST", "/sobjects/Account", {"Name": "Parent"}),
        ("POST", "/sobjects/Account", {"Name": "Child", "ParentId": "@{r0.id}"}),
        ("GET", "/sobjects/Account/@{r1.id}", None),
    )
    rows = ask("POST", "/composite", body)["compositeResponse"]

    assert [row["httpStatusCode"] for row in rows] == [201, 201, 200]
    assert rows[2]["body"]["ParentId"] == rows[0]["body"]["id"]


def test_only_what_refers_to_a_failed_call_is_halted(ask: Ask) -> None:
    body = composite(
        ("POST", "/sobjects/Account", {}),
        ("GET", "/sobjects/Account/@{r0.id}", None),
        ("POST", "/sobjects/Account", {"Name": "C"}),
    )
    rows = ask("POST", "/composite", body)["compositeResponse"]

    assert [row["httpStatusCode"] for row in rows] == [400, 400, 201]
    assert rows[1]["body"][0]["errorCode"] == "PROCESSING_HALTED"


def test_a_composite_of_all_or_none_leaves_nothing_behind(ask: Ask) -> None:
    body = composite(
        ("POST", "/sobjects/Account", {"Name": "A"}),
        ("POST", "/sobjects/Account", {}),
        all_or_none=True,
    )
    rows = ask("POST", "/composite", body)["compositeResponse"]

    assert {row["body"][0]["errorCode"] for row in rows} == {"PROCESSING_HALTED"}
    assert count(ask) == 0
    assert ask("POST", "/composite", composite(*[("GET", "/limits", None)] * 26))[0]["errorCode"]
