"""The first load of 100,000 customers into the CRM, within what it works off in a second.

The simulated org works off so many records a second and no more; what is measured is how much of
that the load uses, with its uploads and the reading of every result, and whether its memory grows
with the number of records.
"""

import json
import resource
import time
from collections.abc import Iterator
from datetime import timedelta

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Verdict
from interlock.connectors.salesforce.connector import Salesforce
from interlock.foundation.clock import SystemClock
from interlock.testing.vendors import LOOPBACK, running

RECORDS = 100_000
FEW = 20_000
RATE = 1_000
"""Records a second that the org works off."""
GOAL = 0.9
"""Of the rate."""
GROWTH = 1.1
"""Times the memory after a fifth of the records: it does not grow with their number."""


def main() -> None:
    options = json.dumps({"bulk_rate": RATE})
    with running("salesforce", "--latency-ms", "0", "--options", options) as url:
        connector = _opened(url)
        _, little = _load(connector, FEW)
        seconds, much = _load(connector, RECORDS)
        connector.close()
    used = RECORDS / seconds / RATE
    print(f"{RECORDS} customers in {seconds:.0f} s: {used:.2f} of what the limit allows")
    print(f"peak memory {much / 1e3:.0f} MB, {much / little:.2f} of that after {FEW}")
    assert used >= GOAL, used
    assert much <= GROWTH * little, (much, little)


def _opened(url: str) -> Salesforce:
    connection = Connection(
        system="crm",
        url=url,
        credential={"client_id": "a", "client_secret": "b"},
        scheme="oauth2-client-credentials",
        timeout=timedelta(seconds=30),
        outbound=LOOPBACK,
    )
    opened = open_connector(connection, SystemClock(), name="salesforce")
    assert isinstance(opened, Salesforce)
    return opened


def _load(connector: Salesforce, number: int) -> tuple[float, int]:
    """Return how long it took, and the most memory that this process had so far (kB)."""
    began, done = time.monotonic(), 0
    for loaded in connector.load("Account", "External_Id__c", _customers(number)):
        assert loaded.verdict is Verdict.DONE, loaded
        done += 1
    assert done == number
    return time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _customers(number: int) -> Iterator[dict[str, object]]:
    for n in range(number):
        yield {
            "External_Id__c": f"{number}-{n}",
            "Name": f"Customer {n}",
            "Billing_Email__c": f"billing-{n}@customer.example",
            "BillingCountry": "US",
            "CurrencyIsoCode": "USD",
            "Legal_Entity__c": "us",
        }


if __name__ == "__main__":
    main()
