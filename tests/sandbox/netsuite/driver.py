"""Drives the PyPI client `netsuite` in a process of its own; prints what it saw as JSON.

In a process where httpx2 is not there: Authlib prefers it to the httpx that this client uses, so
the two do not go together. The client's own code stays as its maker made it.
"""

import asyncio
import json
import sys
from typing import Any

sys.modules["httpx2"] = None  # type: ignore[assignment]  # as where it is not installed

from netsuite import Config, NetSuiteRestApi, TokenAuth  # noqa: E402 (after the line above)
from netsuite.exceptions import NetsuiteAPIRequestError  # noqa: E402 (likewise)


async def story(client: NetSuiteRestApi) -> dict[str, Any]:
    """From a customer to a credited invoice."""
    customer = {"companyName": "Acme", "subsidiary": {"id": "1"}}
    await client.put("/record/v1/customer/eid:001A", json=customer)
    invoice = {
        "entity": {"externalId": "001A"},
        "subsidiary": {"id": "1"},
        "currency": {"id": "1"},
        "tranDate": "2026-01-15",
        "item": {"items": [{"item": {"id": "item-SEAT"}, "amount": 100}]},
    }
    answer = await client.request("POST", "/record/v1/invoice", json=invoice)
    path = answer.headers["location"].split("/services/rest")[1]
    found = await client.get(path, params={"expandSubResources": "true"})
    credited = await client.post(f"{path}/!transform/creditMemo", json={})
    rows = await client.suiteql("SELECT id, type FROM transaction ORDER BY id")
    return {
        "total": found["total"],
        "credited": credited,
        "types": [row["type"] for row in rows["items"]],
        "schema": await client.jsonschema("customer"),
        "unknown field": await refusal(client),
    }


async def refusal(client: NetSuiteRestApi) -> list[Any]:
    """Return how a field is refused that nobody knows."""
    try:
        await client.put("/record/v1/customer/eid:1", json={"colour": "red"})
    except NetsuiteAPIRequestError as error:
        return [error.status_code, error.response_text]
    return []


def main() -> None:
    account, secrets = json.loads(sys.argv[1])
    client = NetSuiteRestApi(Config(account=account, auth=TokenAuth(**secrets)))
    try:
        seen = asyncio.run(story(client))
    except NetsuiteAPIRequestError as error:
        seen = {"refused": error.status_code}
    sys.stdout.write(json.dumps(seen))


if __name__ == "__main__":
    main()
