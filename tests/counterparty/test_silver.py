"""A declared API against a subscription engine that somebody else wrote, and that none of us knew.

django-silver has no idempotency key, no unique reference and no feed: class C, and only what is
declared. What it refuses, it refuses in its own words.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from interlock.connectors import catalogue
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Request, Verdict
from interlock.estate.kinds.rest import RestSystem
from interlock.estate.reading.load import read_texts
from interlock.foundation.clock import SystemClock
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import UnavailableError
from interlock.foundation.ports import free_port
from interlock.testing.environments import CHECKOUT, digest_of, python_environment, run
from interlock.testing.served import served

HERE: Final = Path(__file__).parent
USER, PASSWORD = "integration", "counterparty-0123456789"
CUSTOMER: Final = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "Acme",
    "address_1": "Street 1",
    "city": "Berlin",
    "country": "DE",
    "currency": "EUR",
    "sales_tax_percent": "10.00",
    "sales_tax_name": "VAT",
    "meta": {},
}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    environment = CHECKOUT / ".venv-silver"
    python = str(environment / "bin/python")
    database = tmp_path_factory.mktemp("silver") / "silver.sqlite"
    told = {
        **os.environ,
        "SILVER_DATABASE": str(database),
        "DJANGO_SETTINGS_MODULE": "silver_settings",
        "PYTHONPATH": str(HERE / "silver"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        python_environment(environment, HERE / "requirements-silver.txt", "django-silver")
        _prepare(python, database, told)
        found = f"http://127.0.0.1:{free_port()}"
        serve = [python, "-m", "django", "runserver", "--noreload", found.rpartition("/")[2]]
        with served(serve, f"{found}/customers/", environment=told):
            yield found
    except UnavailableError as error:
        pytest.skip(f"NO HOME-GROWN BILLING WAS TESTED: {error}: {error.hint}")


def _prepare(python: str, database: Path, told: Mapping[str, str]) -> None:
    """Copy the prepared database, made at the first call; making it takes half a minute."""
    recipe = HERE / "silver"
    program = recipe / "prepare_silver.py"
    settings = recipe / "silver_settings.py"
    named = digest_of(HERE / "requirements-silver.txt", program, settings)[:16]
    kept = CHECKOUT / ".interlock" / "cache" / f"silver-{named}.sqlite"
    if not kept.is_file():
        run([python, str(program), USER, PASSWORD], "prepare django-silver", environment=told)
        kept.parent.mkdir(parents=True, exist_ok=True)
        made = kept.with_name(f"{kept.name}.{os.getpid()}")
        shutil.copy(database, made)
        made.replace(kept)  # at once: another process may be making the same
    shutil.copy(kept, database)


@pytest.fixture
def api(url: str) -> Iterator[httpx2.Client]:
    """The product's own API, spoken to without the connector."""
    with httpx2.Client(base_url=url, auth=(USER, PASSWORD), trust_env=False, timeout=120) as it:
        yield it


def opened(url: str, password: str = PASSWORD) -> Any:
    text = (HERE / "silver/silver.estate.yaml").read_text("utf-8")
    reading = read_texts({"a.estate.yaml": text}, capabilities=catalogue.every())
    system = reading.estate.systems["billing"]
    assert isinstance(system, RestSystem)
    connection = Connection(
        system="billing",
        url=url,
        credential={"username": USER, "password": password},
        scheme="basic",
        timeout=timedelta(seconds=120),
        declared=system.spec.options,
        outbound=Outbound(allowed=allowed_of("127.0.0.0/8")),
    )
    return catalogue.open_connector(connection, SystemClock(), name="rest")


@pytest.fixture
def billing(url: str) -> Iterator[Any]:
    connector = opened(url)
    yield connector
    connector.close()


def customer(key: str, **more: object) -> Request:
    return Request(
        operation="customer.create",
        body={**CUSTOMER, "customer_reference": key, **more},
        key_field="customer_reference",
        key=key,
        idempotency_key=f"run-{key}",
    )


def turned(billing: Any, verb: str, ref: str, state: str) -> Any:
    body = {"state": state}
    request = Request(operation=f"invoice.{verb}", body=body, ref=ref, idempotency_key=verb)
    return billing.write(request)


@pytest.fixture
def draft(billing: Any, url: str) -> str:
    """A draft invoice of three seats at 10.50 with 10 % tax; its id."""
    ref = billing.write(customer("001-invoiced")).record.ref
    entry = {"description": "Seats", "unit": "seat", "quantity": "3", "unit_price": "10.50"}
    body = {
        "customer": f"{url}/customers/{ref}/",
        "provider": f"{url}/providers/1/",
        "due_date": "2026-12-31",
        "issue_date": "2026-11-26",
        "currency": "EUR",
        "sales_tax_percent": "10.00",
        "sales_tax_name": "VAT",
        "invoice_entries": [{**entry, "prorated": False}],
    }
    outcome = billing.write(Request(operation="invoice.create", body=body, idempotency_key="i"))
    assert outcome.verdict is Verdict.DONE, outcome
    return str(outcome.record.ref)


def test_a_customer_is_made_found_changed_and_read_back(billing: Any, api: httpx2.Client) -> None:
    made = billing.write(customer("001-made"))
    assert made.verdict is Verdict.DONE, made
    ref = made.record.ref
    assert billing.find("customer", "customer_reference", "001-made").ref == ref
    assert billing.find("customer", "customer_reference", "001-nobody") is None
    assert billing.read("customer", "999999") is None
    change = Request(
        operation="customer.update", body={"company": "Acme SE"}, ref=ref, idempotency_key="u"
    )
    assert billing.write(change).record.body["company"] == "Acme SE"
    assert api.get(f"/customers/{ref}/").json()["company"] == "Acme SE"


def test_nothing_protects_a_second_create_so_twins_are_told_and_none_is_chosen(
    billing: Any,
) -> None:
    first, second = (billing.write(customer("001-twin")) for _ in range(2))
    assert first.record.ref != second.record.ref  # class C, as declared
    with pytest.raises(CallFailed) as caught:
        billing.find("customer", "customer_reference", "001-twin")
    assert caught.value.outcome.kind is Kind.DUPLICATE


def test_what_is_missing_is_refused_before_anything_is_stored(
    billing: Any, api: httpx2.Client
) -> None:
    refused = billing.write(customer("001-bare", country=None))
    assert (refused.verdict, refused.kind) == (Verdict.REJECTED, Kind.MISSING_FIELD)
    assert api.get("/customers/", params={"reference": "001-bare"}).json() == []


def test_an_invoice_is_issued_once_and_paid_and_its_sums_tie_to_the_cent(
    billing: Any, draft: str, api: httpx2.Client
) -> None:
    assert billing.read("invoice", draft).body["state"] == "draft"
    issued = turned(billing, "issue", draft, "issued")
    assert issued.record.body["state"] == "issued"
    assert Decimal(issued.record.body["total"]) == Decimal("34.65")
    again = turned(billing, "issue", draft, "issued")
    assert (again.verdict, again.kind) == (Verdict.REJECTED, Kind.CONFLICT)
    assert turned(billing, "pay", draft, "paid").record.body["state"] == "paid"
    assert turned(billing, "cancel", draft, "canceled").verdict is Verdict.REJECTED
    assert api.get(f"/invoices/{draft}/").json()["state"] == "paid"


def test_an_issued_invoice_is_taken_back_by_cancelling(billing: Any, draft: str) -> None:
    turned(billing, "issue", draft, "issued")
    cancelled = turned(billing, "cancel", draft, "canceled")
    assert cancelled.record.body["state"] == "canceled"


def test_a_wrong_password_blocks_the_connection(url: str) -> None:
    connector = opened(url, "wrong-password-0123456789")
    outcome = connector.write(customer("001-nobody"))
    assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.AUTH)
    connector.close()
