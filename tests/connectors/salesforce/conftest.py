from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import httpx2
import pytest

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import Connection, Connector
from interlock.foundation.clock import VirtualClock, from_iso

Answering = Callable[[httpx2.Request], httpx2.Response]
Answers = Callable[[httpx2.Request], httpx2.Response | None]
ACCOUNT = "0015g00000AbCdEAAV"


@dataclass
class Org:
    """Recorded answers of one org; `queries` are given out in order, the last one for ever."""

    clock: VirtualClock
    queries: list[httpx2.Response] = field(default_factory=list)
    write: httpx2.Response = field(default_factory=lambda: httpx2.Response(204))
    requests: list[httpx2.Request] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=lambda: {"organization_id": "00D5g0000012345"})
    scheme: str = "oauth2-client-credentials"
    credential: dict[str, str] = field(
        default_factory=lambda: {"client_id": "app", "client_secret": "s3cret-of-the-app"}
    )
    fields: tuple[str, ...] = ("Id", "Name", "IsDeleted", "MasterRecordId", "SystemModstamp")

    first: Answers = field(default=lambda _: None)
    """Asked before the recorded answers; what it does not answer, they do."""

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if (told := self.first(request)) is not None:
            return told
        path = request.url.path
        if path.endswith("/oauth2/token"):
            return httpx2.Response(200, json={"access_token": "00DT!token.of.the.session"})
        if path.endswith("/describe"):
            described = [{"name": name, "type": "string"} for name in self.fields]
            address = {"name": "BillingAddress", "type": "address"}
            return httpx2.Response(200, json={"fields": [*described, address]})
        if request.method == "PATCH":
            return self.write
        return self.queries.pop(0) if len(self.queries) > 1 else self.queries[0]

    def asked(self) -> list[str]:
        """Return the SOQL that was asked."""
        return [request.url.params["q"] for request in self.requests if "q" in request.url.params]

    def open(self) -> Connector:
        connection = Connection(
            system="crm",
            url="https://example.my.salesforce.com",
            credential=self.credential,
            scheme=self.scheme,
            timeout=timedelta(seconds=5),
            options=self.options,
        )
        return open_connector(
            connection, self.clock, name="salesforce", transport=httpx2.MockTransport(self)
        )


def rows(*records: object, date: str = "", more: str = "") -> httpx2.Response:
    """Return a query's answer."""
    body: dict[str, object] = {
        "totalSize": len(records),
        "done": not more,
        "records": list(records),
    }
    if more:
        body["nextRecordsUrl"] = more
    return httpx2.Response(200, json=body, headers={"Date": date} if date else {})


def account(**extra: object) -> dict[str, object]:
    """Return one row of a query over accounts."""
    return {
        "attributes": {"type": "Account", "url": "/services/data/v62.0/sobjects/Account/x"},
        "Id": ACCOUNT,
        "Name": "Acme",
        "IsDeleted": False,
        "MasterRecordId": None,
        "SystemModstamp": "2026-01-01T10:00:00.000+0000",
        **extra,
    }


@pytest.fixture
def org() -> Iterator[Org]:
    found = Org(clock=VirtualClock(from_iso("2026-01-01T10:00:05Z")))
    found.queries = [rows(account())]
    yield found
    assert not [request for request in found.requests if "baggage" in request.headers]
