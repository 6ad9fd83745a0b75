"""The client that most Python programs reach Salesforce with works here unmodified."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from tests.sandbox.conftest import Lead, Serve

VERSION = "62.0"
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:simple_salesforce")


@pytest.fixture
def org(serve: Serve, lead: Lead, tls: tuple[str, str]) -> str:
    url = serve("salesforce", *tls)
    lead(".salesforce.com", url)
    return url


@pytest.fixture
def crm(org: str) -> Any:
    return Salesforce(
        consumer_key="demo", consumer_secret="secret", domain="acme.my", version=VERSION
    )


def test_it_logs_in_with_client_credentials(crm: Any) -> None:
    assert crm.query("SELECT Id FROM Account")["totalSize"] == 0


def test_it_logs_in_with_a_signed_assertion(org: str, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path / "key.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    found = Salesforce(
        username="ana@acme.example",
        consumer_key="demo",
        privatekey_file=str(file),
        version=VERSION,
    )
    assert found.query("SELECT Id FROM Account")["done"] is True


def test_it_logs_in_with_password_and_token_and_is_told_when_they_are_wrong(org: str) -> None:
    found = Salesforce(
        username="ana@acme.example", password="right", security_token="token", version=VERSION
    )
    assert found.query("SELECT Id FROM Account")["done"] is True
    with pytest.raises(SalesforceAuthenticationFailed):
        Salesforce(
            username="ana@acme.example", password="wrong", security_token="t", version=VERSION
        )


def test_a_record_is_made_read_changed_and_found(crm: Any) -> None:
    made: Any = crm.Account.create({"Name": "Acme", "BillingCountry": "DE"})
    assert made["success"] is True
    crm.Account.update(made["id"], {"Name": "Acme SE"})

    found: Any = crm.Account.get(made["id"])
    assert (found["Name"], found["BillingCountry"]) == ("Acme SE", "DE")
    rows = crm.query("SELECT Id, Name FROM Account WHERE Name = 'Acme SE'")
    assert [row["Name"] for row in rows["records"]] == ["Acme SE"]


def test_long_results_come_in_pages(crm: Any) -> None:
    rows = [{"Id": f"001{number:012d}AAA", "Name": f"A{number:03d}"} for number in range(230)]
    crm.session.post(f"https://{crm.sf_instance}/_sandbox/seed", json={"Account": rows})
    crm.headers["Sforce-Query-Options"] = "batchSize=200"

    first = crm.query("SELECT Name FROM Account ORDER BY Name")
    every = crm.query_all("SELECT Name FROM Account ORDER BY Name")

    assert first["done"] is False
    assert len(first["records"]) == 200
    assert [row["Name"] for row in every["records"]] == [f"A{number:03d}" for number in range(230)]


def test_refusals_arrive_as_its_own_errors(crm: Any) -> None:
    with pytest.raises(SalesforceResourceNotFound):
        crm.Account.get("001000000000404AAA")
    with pytest.raises(SalesforceMalformedRequest) as found:
        crm.query("SELECT Nonsense FROM Account")
    content: Any = found.value.content
    assert content[0]["errorCode"] == "INVALID_FIELD"
