"""Very many records by Bulk API 2.0: each row has an outcome of its own, whatever its job does."""

import contextlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import CallFailed, Connection, Outcome, Request, Verdict
from interlock.connectors.salesforce import extract, load
from interlock.connectors.salesforce.connector import Salesforce
from interlock.connectors.salesforce.jobs import pauses
from interlock.foundation.clock import SystemClock
from interlock.foundation.errors import UsageError
from interlock.testing.vendors import LOOPBACK, running

KEY = "External_Id__c"


def accounts(number: int, **more: object) -> Iterator[dict[str, object]]:
    for n in range(number):
        yield {KEY: f"k{n}", "Name": f'Acme "{n}", Ltd.\nTown', "Payment_Hold__c": False, **more}


def requests(rows: Iterable[dict[str, object]]) -> list[Request]:
    return [
        Request(
            operation="Account.upsert",
            body={name: value for name, value in row.items() if name != KEY},
            key_field=KEY,
            key=str(row.get(KEY) or ""),
            idempotency_key="k",
        )
        for row in rows
    ]


def loaded(connector: Salesforce, rows: Iterable[dict[str, object]]) -> dict[str, Outcome]:
    """Put rows in one job and ask until it has ended, as the flow does."""
    asked = requests(rows)
    keys = [str(each.key) for each in asked]
    try:
        job = connector.hand_over(asked)
    except CallFailed as failure:
        return dict.fromkeys(keys, failure.outcome)
    with contextlib.suppress(CallFailed):
        connector.begin(job)
    for pause in pauses():
        try:
            found = connector.ended(job, "Account", KEY, keys)
        except CallFailed as failure:
            return dict.fromkeys(keys, replace(failure.outcome, verdict=Verdict.UNCERTAIN))
        if found is not None:
            return dict(found)
        SystemClock().sleep(pause)
    raise AssertionError


class Org:
    """A simulated org, and a connector to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = httpx2.Client(base_url=url, trust_env=False)
        connection = Connection(
            system="crm",
            url=url,
            credential={"client_id": "a", "client_secret": "b"},
            scheme="oauth2-client-credentials",
            timeout=timedelta(seconds=60),
            outbound=LOOPBACK,
        )
        opened = open_connector(connection, SystemClock(), name="salesforce")
        assert isinstance(opened, Salesforce)
        self.connector = opened

    def tell(self, what: str, body: object) -> None:
        self.client.post(f"/_sandbox/{what}", json=body).raise_for_status()

    def rows(self, obj: str = "Account") -> list[dict[str, Any]]:
        return list(self.client.get("/_sandbox/ledger").json().get(obj, []))

    def load(self, rows: Any) -> dict[str, Outcome]:
        return loaded(self.connector, rows)


@pytest.fixture
def org() -> Iterator[Org]:
    with running("salesforce", "--latency-ms", "0") as url:
        found = Org(url)
        yield found
        found.connector.close()
        found.client.close()


def verdicts(outcomes: dict[str, Outcome]) -> dict[str, int]:
    return dict(Counter(each.verdict.value for each in outcomes.values()))


def refs(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {key: each.record.ref for key, each in outcomes.items() if each.record}


def test_every_row_is_made_once_and_put_again_is_changed(org: Org) -> None:
    first = org.load(accounts(250))
    again = org.load(accounts(250, BillingCity="Paris"))

    assert verdicts(first) == verdicts(again) == {"done": 250}
    assert {each.existing for each in first.values()} == {False}
    assert {each.existing for each in again.values()} == {True}
    assert refs(first) == refs(again)
    shown = {each.record.body["BillingCity"] for each in again.values() if each.record}
    assert shown == {"Paris"}
    rows = org.rows()
    assert len(rows) == 250
    assert {row["Name"] for row in rows} >= {'Acme "7", Ltd.\nTown'}
    assert {row["BillingCity"] for row in rows} == {"Paris"}


def test_what_a_row_does_not_name_stays_and_what_it_empties_is_emptied(org: Org) -> None:
    org.load([{KEY: "a", "Name": "A", "BillingCity": "Rome", "BillingState": "RM"}])
    org.load([{KEY: "a", "BillingCity": None}, {KEY: "b", "Name": "B", "BillingState": "X"}])

    first = org.rows()[0]
    assert (first["Name"], first["BillingCity"], first["BillingState"]) == ("A", None, "RM")


def test_what_one_row_is_refused_for_is_its_outcome_and_nobody_elses(org: Org) -> None:
    rows = [*accounts(3), {KEY: "bad", "Name": "x" * 300}, {KEY: "odd", "CurrencyIsoCode": "XXX"}]
    found = org.load(rows)

    assert verdicts(found) == {"done": 3, "rejected": 2}
    assert found["bad"].code == "STRING_TOO_LONG"
    assert found["odd"].kind == "unknown-value"


def test_a_job_that_fails_in_the_middle_leaves_the_rest_to_be_sent_again(org: Org) -> None:
    org.tell("faults", {"rates": {"bulk_job_failed": 1.0}, "most_per_key": 1})
    first = org.load(accounts(60))
    left = {key for key, each in first.items() if each.verdict is Verdict.RETRYABLE}

    assert verdicts(first) == {"done": 30, "retryable": 30}
    org.tell("faults", {"rates": {}})
    assert verdicts(org.load(row for row in accounts(60) if row[KEY] in left)) == {"done": 30}
    assert len(org.rows()) == 60


@pytest.mark.parametrize("fault", ["response_lost", "gateway_timeout_applied", "html_error"])
def test_whatever_answer_is_lost_no_row_is_said_to_be_done_that_is_not(
    org: Org, fault: str
) -> None:
    org.tell("faults", {"rates": {fault: 0.3}, "most_per_key": 1})
    found: dict[str, Outcome] = {}
    for _ in range(20):
        found = org.load(accounts(20))
        kept = {row[KEY] for row in org.rows()}
        assert set(found) == {f"k{n}" for n in range(20)}
        assert {key for key, each in found.items() if each.verdict is Verdict.DONE} <= kept
        if verdicts(found) == {"done": 20}:
            break
    assert verdicts(found) == {"done": 20}, found["k0"]
    assert len(org.rows()) == 20


def test_what_has_no_cell_for_every_field_goes_alone(org: Org) -> None:
    [flat] = requests([{KEY: "a", "Name": "A"}])
    assert org.connector.most(flat) == load.PORTION
    assert org.connector.most(replace(flat, body={"Lines": [{"Name": "x"}]})) == 0
    assert org.connector.most(replace(flat, key_field="Id")) == 0
    assert org.connector.most(replace(flat, operation="Account.update", ref="001")) == 0


def test_many_are_looked_up_in_few_queries(org: Org) -> None:
    org.load(accounts(450))
    found = org.connector.records("Account", KEY, [f"k{n}" for n in range(449)] + ["nobody's"])
    by_id = org.connector.records("Account", "", [each.ref for each in found])

    assert {each.body[KEY] for each in found} == {f"k{n}" for n in range(449)}
    assert {each.ref for each in by_id} == {each.ref for each in found}


def test_a_row_without_its_external_id_is_refused_before_it_is_made_twice(org: Org) -> None:
    with pytest.raises(UsageError):
        org.load([{"Name": "A"}])
    with pytest.raises(UsageError):
        org.load([{KEY: "a"}, {KEY: "a"}])
    assert org.rows() == []


def canned(answer: Callable[[httpx2.Request], httpx2.Response]) -> Salesforce:
    """Return a connector to an org that gives recorded answers."""
    connection = Connection(
        system="crm",
        url="https://example.my.salesforce.com",
        credential={"client_id": "a", "client_secret": "b"},
        scheme="oauth2-client-credentials",
        timeout=timedelta(seconds=60),
    )
    wire = httpx2.MockTransport(answer)
    opened = open_connector(connection, SystemClock(), name="salesforce", transport=wire)
    assert isinstance(opened, Salesforce)
    return opened


@pytest.mark.parametrize(
    ("state", "done", "verdict"),
    [
        ("JobComplete", "sf__Id,sf__Created,External_Id__c\n001x,true,a\n", Verdict.DONE),
        ("JobComplete", "sf__Id,sf__Created,External_Id__c\n,true,a\n", Verdict.UNCERTAIN),
        ("JobComplete", "sf__Id,sf__Created,External_Id__c\n001x,true,zzz\n", Verdict.UNCERTAIN),
        ("JobComplete", "", Verdict.UNCERTAIN),
        ("Failed", "", Verdict.UNCERTAIN),
        ("JobComplete", "sf__Id,External_Id__c\n001x\n", Verdict.UNCERTAIN),
        ("JobComplete", 'sf__Id,External_Id__c\n"001x,a\n', Verdict.UNCERTAIN),
        ("Unheard", "", Verdict.RETRYABLE),
    ],
)
def test_only_what_the_vendor_names_is_done(
    monkeypatch: pytest.MonkeyPatch, state: str, done: str, verdict: Verdict
) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path.endswith("/token"):
            return httpx2.Response(200, json={"access_token": "t"})
        if path.endswith(("Results", "records")):
            text = done if path.endswith("successfulResults") else ""
            return httpx2.Response(200, text=text, headers={"Content-Type": "text/csv"})
        if path.endswith("/batches"):
            return httpx2.Response(201)
        if path.endswith("/describe"):
            fields = [{"name": name, "type": "string"} for name in ("Id", KEY)]
            return httpx2.Response(200, json={"fields": fields})
        if path.endswith("/query"):
            row = {"Id": "001x", KEY: "a"}
            return httpx2.Response(200, json={"done": True, "records": [row]})
        return httpx2.Response(200, content=json.dumps({"id": "750x", "state": state}))

    connector = canned(answer)
    found = loaded(connector, [{KEY: "a", "Name": "A"}])
    assert found["a"].verdict is verdict


def test_everything_is_read_in_pages_and_what_was_deleted_only_if_asked(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extract, "PAGE", 7)
    org.load(accounts(40))
    org.tell("seed", {"Account": [{"Name": "Gone", "IsDeleted": True}]})
    found = list(org.connector.extract("Account", ["Id", KEY, "Name"]))
    everything = list(org.connector.extract("Account", ["Id"], deleted=True))

    assert {row[KEY] for row in found} == {f"k{n}" for n in range(40)}
    assert found[0]["Name"].endswith("Town")
    assert (len(found), len(everything)) == (40, 41)


@pytest.mark.parametrize(
    ("state", "headers", "rows"),
    [
        ("Failed", {}, "Id\n001x\n"),
        ("JobComplete", {}, "Id\n001x\n"),
        ("JobComplete", {"Sforce-Locator": "null"}, "Id\n001x\n"),
        ("JobComplete", {"Sforce-Locator": "null", "Sforce-NumberOfRecords": "2"}, "Id\n001x\n"),
        ("JobComplete", {"Sforce-Locator": "MQ", "Sforce-NumberOfRecords": "1"}, "Id\n001x\n"),
    ],
)
def test_what_cannot_be_read_to_its_end_is_not_taken_for_everything(
    state: str, headers: dict[str, str], rows: str
) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.url.path.endswith("/token"):
            return httpx2.Response(200, json={"access_token": "t"})
        if request.url.path.endswith("/results"):
            return httpx2.Response(200, text=rows, headers={"Content-Type": "text/csv", **headers})
        return httpx2.Response(200, json={"id": "750x", "state": state})

    with pytest.raises(CallFailed):
        list(canned(answer).extract("Account", ["Id"]))
