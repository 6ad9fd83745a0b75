"""The vendors' own JavaScript clients work unmodified against the simulated vendors."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from interlock.foundation.errors import UnavailableError
from interlock.testing.environments import CHECKOUT, node_environment, run
from interlock.testing.vendors import running

RECIPE: Final = Path(__file__).parent / "javascript"
Client = Callable[..., Any]


@pytest.fixture(scope="session")
def client() -> Client:
    """Run a client against a URL; returns what it saw."""
    try:
        environment = node_environment(CHECKOUT / ".venv-javascript", RECIPE, "the clients")
    except UnavailableError as error:
        pytest.skip(f"NO JAVASCRIPT CLIENT WAS TESTED: {error}: {error.hint}")

    def seen(name: str, *arguments: str) -> Any:
        program = str(RECIPE / f"{name}_client.cjs")
        return json.loads(
            run(["node", program, *arguments], f"run {name}", environment=environment)
        )

    return seen


def test_the_official_stripe_client_takes_a_customer_to_a_paid_invoice(client: Client) -> None:
    with running("stripe", "--latency-ms", "0") as url:
        seen = client("stripe", url)
    assert seen == {
        "subscription": "active",
        "total": 3750,
        "paid": "paid",
        "same": True,
        "named": ["Acme", "Once"],
        "refused": "StripeIdempotencyError",
        "wrong": "StripeInvalidRequestError resource_missing",
    }


def test_jsforce_makes_reads_changes_finds_and_deletes_a_record(client: Client) -> None:
    with running("salesforce", "--latency-ms", "0") as url:
        seen = client("jsforce", url)
    assert seen == {
        "made": True,
        "name": "Acme SE",
        "found": 1,
        "fields": True,
        "refused": "INVALID_FIELD",
        "missing": "NOT_FOUND",
        "left": 0,
    }


def test_the_pub_sub_client_hears_what_became_of_a_record(client: Client, tmp_path: Path) -> None:
    with running("salesforce", "--latency-ms", "0") as url:
        given = {"tls_dir": str(tmp_path)}
        answer = httpx2.post(f"{url}/_sandbox/pubsub", json=given, trust_env=False)
        seen = client("pubsub", url, answer.json()["url"].removeprefix("https://"))
    assert seen == {
        "kinds": ["CREATE", "UPDATE", "DELETE", "CREATE"],
        "same": True,
        "name": "Acme",
        "changed": ["BillingCountry", "Name"],
        "nulled": ["BillingCountry"],
        "origin": "com/salesforce/api/rest/62.0;client=astro",
        "once": True,
    }
