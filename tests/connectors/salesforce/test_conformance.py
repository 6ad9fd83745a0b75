from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count

import httpx2
import pytest

from interlock.connectors.port import Connection, Request, Verdict
from interlock.connectors.salesforce.capability import UPDATED, UPSERTED
from interlock.connectors.salesforce.connector import Salesforce
from interlock.testing.bench import Bench, Priced
from interlock.testing.conformance import Conformance, told_since
from interlock.testing.hostile import HostileAnswers
from interlock.testing.transports import Canned
from interlock.testing.vendors import running


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    with running("salesforce", "--latency-ms", "0") as url:
        yield url


_numbers = count()


class Org:
    """What the suite does at the vendor, past the connector."""

    def __init__(self, url: str, client: httpx2.Client) -> None:
        self._url = url
        self._client = client

    def seed(self, obj: str, *rows: dict[str, object]) -> list[str]:
        answer = self._client.post(f"{self._url}/_sandbox/seed", json={obj: rows})
        return [str(ref) for ref in answer.json()[obj]]

    def update(self, obj: str) -> Request:
        field = {"Contact": "LastName", "OpportunityLineItem": "Description"}.get(obj, "Name")
        if obj == "PricebookEntry":
            field = "Billing_Price__c"
        [ref] = self.seed(obj, {field: "Before", **self._parents(obj)})
        return Request(
            operation=f"{obj}.update", ref=ref, body={field: "After"}, idempotency_key=ref
        )

    def _parents(self, obj: str) -> dict[str, object]:
        if obj == "PricebookEntry":
            [product] = self.seed("Product2", {"Name": "Seat"})
            return {"Product2Id": product}
        if obj == "OpportunityLineItem":
            [deal] = self.seed("Opportunity", {"Name": "Deal"})
            return {"OpportunityId": deal}
        return {}

    def upsert(self, obj: str = "Account") -> Request:
        key = f"key {next(_numbers)} %&?#+é"
        field = {"Contact": "LastName"}.get(obj, "Name")
        return Request(
            operation=f"{obj}.upsert",
            body={field: "O'Brien & Co", "External_Id__c": key},
            key_field="External_Id__c",
            key=key,
            idempotency_key=key,
        )

    def priced(self) -> Priced:
        [ref] = self.seed(
            "Opportunity", {"Name": "Deal", "Amount": 1234.5, "StageName": "Closed Won"}
        )
        return Priced(
            obj="Opportunity",
            ref=ref,
            money="Amount",
            amount=Decimal("1234.5"),
            word="StageName",
            value="Closed Won",
        )

    def change_many(self, number: int) -> set[str]:
        rows: list[dict[str, object]] = [{"Name": f"a{n}"} for n in range(number)]
        return set(self.seed("Account", *rows))


@pytest.fixture
def org(vendor: str) -> Iterator[Org]:
    with httpx2.Client(trust_env=False) as client:
        yield Org(vendor, client)


class TestSalesforce(HostileAnswers, Conformance):
    @pytest.fixture
    def bench(self, vendor: str, org: Org) -> Bench:
        connection = Connection(
            system="crm",
            url=vendor,
            credential={"client_id": "consumer-key", "client_secret": "consumer-s3cret"},
            scheme="oauth2-client-credentials",
            timeout=timedelta(seconds=60),
        )
        error = b'[{"message":"@echo@","errorCode":"FIELD_CUSTOM_VALIDATION_EXCEPTION"}]'
        quota = (
            b'[{"message":"TotalRequests Limit exceeded.","errorCode":"REQUEST_LIMIT_EXCEEDED"}]'
        )
        expired = b'[{"message":"Session expired or invalid","errorCode":"INVALID_SESSION_ID"}]'
        failed = b'{"id":"001","success":false,"errors":[{"statusCode":"X","message":"no"}]}'
        return Bench(
            name="salesforce",
            connection=connection,
            requests={
                **{f"{obj}.update": partial(org.update, obj) for obj in UPDATED},
                **{f"{obj}.upsert": partial(org.upsert, obj) for obj in UPSERTED},
            },
            lookup=("Account", "External_Id__c"),
            key_of=lambda request: request.key or "",
            searched="Account.upsert",
            missing="001000000999999AAA",
            priced=org.priced,
            wrong_credential={"client_id": "wrong-client-id", "client_secret": "wrong-s3cret"},
            fault_in_200=Canned(status=200, body=failed),
            quota=Canned(status=403, body=quota),
            quota_wait=None,
            refusal=error,
            expired=Canned(status=401, body=expired),
            change_many=org.change_many,
            feed="Account",
        )

    def test_an_opportunity_arrives_with_its_lines(self, bench: Bench, org: Org) -> None:
        [ref] = org.seed("Opportunity", {"Name": "Deal"})
        org.seed(
            "OpportunityLineItem",
            {"OpportunityId": ref, "ProductCode": "B", "TotalPrice": 0.3},
            {"OpportunityId": ref, "ProductCode": "A", "TotalPrice": 20},
        )
        record = bench.open().read("Opportunity", ref)
        assert record is not None
        lines = record.body["OpportunityLineItems"]
        assert isinstance(lines, dict)
        found = [(line["ProductCode"], line["TotalPrice"]) for line in lines["records"]]
        assert found == [("B", Decimal("0.3")), ("A", 20)]

    def test_an_account_that_was_merged_names_its_winner(
        self, bench: Bench, org: Org, vendor: str
    ) -> None:
        winner, loser = org.seed("Account", {"Name": "W"}, {"Name": "L"})
        begun = bench.open().changes("Account", None)
        pair = {"winner": winner, "loser": loser}
        with httpx2.Client(trust_env=False) as client:
            client.post(f"{vendor}/_sandbox/merge", json=pair)
        record = bench.open().read("Account", loser)
        assert record is not None
        assert record.body["MasterRecordId"] == winner
        events, _ = told_since(bench.open(), "Account", begun.cursor)
        assert ("Account.merged", loser) in {(event.type, event.ref) for event in events}

    def test_what_committed_late_and_what_was_purged_is_found_by_the_sweep(
        self, bench: Bench, org: Org, vendor: str
    ) -> None:
        before, since, covered = (
            f"{datetime.now(UTC) - timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S.000+0000}"
            for seconds in (300, 10, 600)
        )
        [late] = org.seed("Product2", {"Name": "Late", "SystemModstamp": before})
        [gone] = org.seed(
            "Product2", {"Name": "Gone", "IsDeleted": True, "SystemModstamp": before}
        )
        with httpx2.Client(trust_env=False) as client:
            client.post(f"{vendor}/_sandbox/empty_bin", json={"object": "Product2"})
        connector = bench.open()
        now = connector.changes("Product2", None).cursor.partition("|")[0]
        page = connector.changes("Product2", f"{now}|||{covered}|{covered}")
        assert ("Product2.changed", late) in {(each.type, each.ref) for each in page.events}
        page = connector.changes("Product2", page.cursor)
        assert ("Product2.deleted", gone) in {(each.type, each.ref) for each in page.events}
        assert since <= page.cursor.split("|")[3].replace("Z", "+0000")

    def test_of_many_writes_each_has_the_outcome_of_its_own(
        self, bench: Bench, org: Org, vendor: str
    ) -> None:
        connector = bench.open()
        assert isinstance(connector, Salesforce)
        good = [org.upsert() for _ in range(230)]
        bad = replace(org.upsert(), body={"Name": "x" * 300})
        odd = org.update("Opportunity")
        outcomes = connector.write_many([*good, bad, odd])

        assert [outcome.verdict for outcome in outcomes[:230]] == [Verdict.DONE] * 230
        assert (outcomes[230].verdict, outcomes[230].code) == ("rejected", "STRING_TOO_LONG")
        assert outcomes[231].verdict is Verdict.DONE
        again = connector.write_many(good[:3])
        assert [outcome.existing for outcome in again] == [True] * 3
        assert {o.record and o.record.ref for o in again} == {
            o.record and o.record.ref for o in outcomes[:3]
        }
