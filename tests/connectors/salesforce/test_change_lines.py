"""Lines of change events go to one judged place only, and doctor says whether they are ours."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx2
import pytest
from tests.sandbox.conftest import Proxy

from interlock.connectors.catalogue import open_connector
from interlock.connectors.checkup import Examined, Held
from interlock.connectors.kit.auth import FixedAuth
from interlock.connectors.port import CallFailed, Connection, Kind, Outbound, Request, Verdict
from interlock.connectors.salesforce.pubsub.wire import PubSubWire
from interlock.connectors.stream import EARLIEST, Streaming, streaming
from interlock.foundation.clock import SystemClock
from interlock.foundation.destination import allowed_of
from interlock.foundation.errors import UsageError
from interlock.testing.vendors import LOOPBACK, running

SUBSCRIBE = "subscribe to changes of Account"
MADE = "change events of Account are made"
Call = Callable[[str, object], Any]


@dataclass
class Org:
    """A simulated org whose change events are told over TLS."""

    url: str
    pubsub: str
    authority: Path
    opened: list[Any] = field(default_factory=list)

    def tell(self, what: str, body: object) -> Any:
        answer = httpx2.post(f"{self.url}/_sandbox/{what}", json=body, trust_env=False)
        return answer.raise_for_status().json()

    def open(self, *, outbound: Outbound | None = None, **options: str) -> Any:
        trusting = Outbound(allowed=LOOPBACK.allowed, authorities=str(self.authority))
        given = {"organization_id": "00D000000000001", "pubsub": self.pubsub, "changes": "pubsub"}
        connection = Connection(
            system="crm",
            url=self.url,
            credential={"client_id": "app", "client_secret": "s3cret-of-the-app"},
            scheme="oauth2-client-credentials",
            timeout=timedelta(seconds=20),
            options={name: value for name, value in {**given, **options}.items() if value},
            outbound=outbound or trusting,
        )
        connector = open_connector(connection, SystemClock(), name="salesforce")
        self.opened.append(connector)
        return connector

    def held(self, connector: Examined) -> dict[str, tuple[Held, str]]:
        told = connector.checkup({"Account"}).permissions
        return {each.what: (each.held, each.said) for each in told}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Org]:
    folder = tmp_path_factory.mktemp("tls")
    with running("salesforce", "--latency-ms", "0") as url:
        given = {"tls_dir": str(folder)}
        answer = httpx2.post(f"{url}/_sandbox/pubsub", json=given, trust_env=False)
        yield Org(url, answer.json()["url"], folder / "ca.pem")


@pytest.fixture
def org(served: Org) -> Iterator[Org]:
    yield served
    served.tell("options", {"unreadable": [], "change_events": ["Account", "Opportunity"]})
    for connector in served.opened:
        connector.close()
    served.opened.clear()


def failure(connector: Streaming) -> Any:
    with pytest.raises(CallFailed) as caught:
        list(connector.stream("Account", None))
    return caught.value.outcome


def test_a_line_is_encrypted_and_its_certificate_verified(org: Org) -> None:
    assert org.pubsub.startswith("https://")
    assert org.held(org.open())[SUBSCRIBE] == (Held.YES, "")

    outcome = failure(org.open(outbound=LOOPBACK))
    assert (outcome.verdict, outcome.kind) == (Verdict.RETRYABLE, Kind.OUTAGE)


def test_a_line_goes_nowhere_that_was_not_allowed(org: Org) -> None:
    elsewhere = Outbound(allowed=allowed_of("10.0.0.0/8"), authorities=str(org.authority))
    outcome = failure(org.open(outbound=elsewhere))
    assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.TRANSPORT)
    assert "not a public address" in outcome.message

    outcome = failure(org.open(pubsub="http://93.184.216.34:7443"))
    assert (outcome.verdict, outcome.kind) == (Verdict.BLOCKED, Kind.TRANSPORT)
    assert "without encryption" in outcome.message


@pytest.mark.parametrize("pubsub", ["ftp://localhost:1", "https://", "https://u:p@localhost:1"])
def test_what_is_no_plain_url_is_refused(org: Org, pubsub: str) -> None:
    with pytest.raises(UsageError, match="not a plain URL"):
        list(org.open(pubsub=pubsub).stream("Account", None))


def by_proxy(org: Org, port: int) -> PubSubWire:
    way = Outbound(
        allowed=LOOPBACK.allowed,
        proxy=f"http://127.0.0.1:{port}",
        authorities=str(org.authority),
    )
    connection = Connection(
        system="crm",
        url=org.url,
        credential={},
        scheme="",
        timeout=timedelta(seconds=20),
        options={"pubsub": org.pubsub},
        outbound=way,
    )
    return PubSubWire(connection, FixedAuth({}, ()))


def test_a_line_goes_by_the_proxy_that_is_declared(
    org: Org, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_grpc_proxy", "")
    ways = {"localhost": int(org.pubsub.rpartition(":")[2])}
    with closing(Proxy(ways)) as proxy, by_proxy(org, proxy.port).line() as line:
        grpc.channel_ready_future(line.channel).result(60)  # TLS with the org itself
        assert len(proxy._ends) == 2


def test_a_line_never_goes_around_its_proxy(org: Org, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "localhost")
    monkeypatch.delenv("no_grpc_proxy", raising=False)
    with pytest.raises(UsageError, match="go around its proxy"), by_proxy(org, 9).line():
        raise AssertionError("it was opened")


def test_doctor_says_what_is_not_selected_and_what_may_not_be_heard(org: Org) -> None:
    connector = org.open()
    assert org.held(connector)[MADE] == (Held.YES, "")
    org.tell("options", {"unreadable": ["Account"], "change_events": ["Opportunity"]})
    found = org.held(connector)
    assert found[MADE] == (Held.NO, "")
    assert found[SUBSCRIBE] == (Held.NO, "")


def test_doctor_does_not_know_what_it_cannot_ask(org: Org) -> None:
    held, said = org.held(org.open(organization_id=""))[SUBSCRIBE]
    assert held is Held.UNKNOWN
    assert "organization_id" in said

    held, said = org.held(org.open(pubsub="https://127.0.0.1:9"))[SUBSCRIBE]
    assert held is Held.UNKNOWN

    held, said = org.held(org.open(organization_id="00D000000000777"))[SUBSCRIBE]
    assert (held, "service.auth.error" in said) == (Held.NO, True)


def test_who_only_polls_is_not_asked_about_lines(org: Org) -> None:
    assert not {SUBSCRIBE, MADE} & set(org.held(org.open(changes="")))


def test_a_token_that_ended_is_replaced_and_asked_with_once_more(org: Org) -> None:
    connector = org.open()
    assert org.held(connector)[SUBSCRIBE] == (Held.YES, "")
    org.tell("pubsub/end_sessions", {})
    assert next(iter(connector.checkup(set()).permissions)).held is Held.YES
    lines = connector._changes
    org.tell("pubsub/end_sessions", {})
    assert next(iter(lines.permissions({"Account"}))).held is Held.YES


def test_an_object_without_a_channel_is_told_apart_from_one_that_is_silent(org: Org) -> None:
    with pytest.raises(CallFailed) as caught:
        list(org.open().stream("Nonsense__c", None))
    assert caught.value.outcome.kind is Kind.NOT_FOUND


def test_our_own_write_is_told_with_our_name_and_the_fields_that_changed(org: Org) -> None:
    connector = org.open()
    (ref,) = org.tell("seed", {"Account": [{"Name": "Acme"}]})["Account"]
    body = {"Payment_Hold__c": True}
    request = Request(operation="Account.update", body=body, ref=ref, idempotency_key="k")
    assert connector.write(request).verdict is Verdict.DONE

    told = []
    stream = connector.stream("Account", EARLIEST)
    for notices in stream:
        told += [each for each in notices.notices if each.refs == (ref,)]
        if len(told) == 2:
            break
    stream.close()
    assert [each.ours for each in told] == [False, True]
    assert told[1].fields == {"Payment_Hold__c"}


def test_what_our_job_changed_is_told_with_our_name_too(org: Org) -> None:
    connector = org.open()
    row = {"Name": "Acme", "External_Id__c": "k1", "Payment_Hold__c": False}
    (ref,) = org.tell("seed", {"Account": [row]})["Account"]
    asked = Request(
        operation="Account.upsert",
        body={"Payment_Hold__c": True},
        key_field="External_Id__c",
        key="k1",
        idempotency_key="k",
    )
    job = connector.hand_over([asked])
    connector.begin(job)

    told = []
    stream = connector.stream("Account", EARLIEST)
    for notices in stream:
        told += [each for each in notices.notices if each.refs == (ref,)]
        if len(told) == 2:
            break
    stream.close()
    assert [each.ours for each in told] == [False, True]
    assert told[1].fields == {"Payment_Hold__c"}


def test_a_connector_without_lines_says_so() -> None:
    class Bare:
        class capabilities:  # noqa: N801 (plays an instance)
            connector = "sql"

    with pytest.raises(UsageError, match="does not tell changes over a line"):
        streaming(Bare())  # type: ignore[arg-type]  # as little of a connector as is looked at
