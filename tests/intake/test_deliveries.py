"""What is believed of a delivery: what is signed, and of the rest only that something changed."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from interlock.connectors.port import CallFailed, Kind, Outcome, Record, Verdict
from interlock.estate.capability import Guarantee
from interlock.estate.kinds.system import Webhook
from interlock.foundation.cloudevents import CloudEvent
from interlock.foundation.errors import UsageError
from interlock.foundation.queries import query
from interlock.foundation.signatures import signed
from interlock.intake.delivery import Gateway, Letter, Reply, deliver
from interlock.intake.inbox import Inbox
from tests.flow.conftest import MakeWorld, World
from tests.flow.vendor import Vendor

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEXT = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
OTHER = "whsec_" + "QUFB" * 10
STANDARD = Webhook.model_validate({"scheme": "standard", "secret": "secret:x"})
LISTED = Webhook.model_validate(
    {"scheme": "allow-list", "from": ["203.0.113.0/24", "2001:db8::/32"]}
)
INBOX = query("inbox", "SELECT * FROM inbox ORDER BY arrived_at, id")
PAYLOAD = {
    "type": "document.changed",
    "timestamp": "2026-11-23T23:59:00Z",
    "data": {"id": "order-1", "object": "document"},
}


@dataclass(slots=True)
class Desk:
    """Where letters arrive in a world."""

    world: World
    webhook: Webhook
    hints: list[str] = field(default_factory=list)

    def take(self, body: bytes, headers: dict[str, str] | None = None, sender: str = "") -> Reply:
        inbox = Inbox(self.world.shop.store, self.world.shop.archive, self.world.clock)
        gateway = Gateway(
            system="source",
            webhook=self.webhook,
            connector=self.world.vendors["source"],
            secrets=(SECRET, NEXT),
            hint=self.hints.append,
        )
        letter = Letter(headers=headers or {}, body=body, sender=sender)
        return deliver(inbox, gateway, letter, self.world.clock.now())

    def take_signed(self, payload: object, identity: str = "msg_1", secret: str = SECRET) -> Reply:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.take(body, signed([secret], identity, self.world.clock.now(), body))

    def stored(self) -> list[tuple[object, object, object]]:
        with self.world.database.transaction() as connection:
            rows = connection.rows(INBOX, {})
        return [(row["type"], row["ref"], row["via"]) for row in rows]


MakeDesk = Callable[[Webhook], Desk]


@pytest.fixture
def desk(world: MakeWorld) -> MakeDesk:
    def make(webhook: Webhook) -> Desk:
        here = world(Guarantee.KEY)
        row = {"id": "order-1", "key": "order-1", "reversed": False, "amount": "10.00"}
        here.vendors["source"].ledger.rows.append({**row, "currency": "EUR"})
        return Desk(here, webhook)

    return make


@pytest.mark.parametrize("secret", [SECRET, NEXT])
def test_a_signed_delivery_starts_the_run_of_its_record(desk: MakeDesk, secret: str) -> None:
    here = desk(STANDARD)

    assert here.take_signed(PAYLOAD, secret=secret).status == 200
    assert here.stored() == [("document.changed", "order-1", "delivery")]
    assert here.world.states() == {"order-1": "ready"}


def test_what_the_record_is_only_its_system_says(desk: MakeDesk) -> None:
    here = desk(STANDARD)
    here.take_signed({**PAYLOAD, "data": {**PAYLOAD["data"], "amount": "9999.00"}})  # type: ignore[dict-item]  # a mapping
    here.world.play()

    assert [row["amount"] for row in here.world.vendors["books"].ledger.rows] == [10]


def test_the_same_delivery_twice_is_one_event(desk: MakeDesk) -> None:
    here = desk(STANDARD)
    assert [here.take_signed(PAYLOAD).status for _ in range(7)] == [200] * 7
    assert len(here.stored()) == 1


def test_a_cloud_event_is_understood_where_the_estate_says_how(desk: MakeDesk) -> None:
    reads = {"object": "dataobject", "ref": "subject", "type": "type"}
    here = desk(
        Webhook.model_validate({"scheme": "standard", "secret": "secret:x", "reads": reads})
    )
    event = CloudEvent(id="e1", source="urn:x", type="document.changed", subject="order-1")

    assert here.take_signed(event.to_json(), identity="e1").status == 200
    assert here.stored() == [("document.changed", "order-1", "delivery")]


def test_a_delivery_signed_by_somebody_else_is_refused_and_not_stored(desk: MakeDesk) -> None:
    here = desk(STANDARD)

    assert here.take_signed(PAYLOAD, secret=OTHER).status == 401
    assert here.stored() == []


def test_an_old_delivery_that_somebody_plays_again_is_refused(desk: MakeDesk) -> None:
    here = desk(STANDARD)
    body = json.dumps(PAYLOAD).encode()
    headers = signed([SECRET], "msg_1", here.world.clock.now(), body)
    here.world.clock.sleep(timedelta(minutes=6))

    assert here.take(body, headers).status == 401


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"\xff", 400),
        (b'{"type": "document.changed", "data": {"id": "\\ud800"}}', 400),
        (b'{"type": "document.changed", "data": {"id": "\\u0000"}}', 400),
        (b'{"a":' * 20_000, 400),
        ({"type": "document.changed"}, 422),
        ({"data": {"id": "order-1", "object": "document"}}, 422),
        ({**PAYLOAD, "data": {"id": {"a": 1}, "object": "document"}}, 422),
        ({**PAYLOAD, "data": {"id": True, "object": "document"}}, 422),
    ],
)
def test_what_does_not_say_what_it_is_about_is_refused(
    desk: MakeDesk, payload: object, status: int
) -> None:
    here = desk(STANDARD)

    assert here.take_signed(payload).status == status
    assert here.stored() == []


def test_what_is_not_there_any_more_is_acknowledged(desk: MakeDesk) -> None:
    here = desk(STANDARD)
    gone = {**PAYLOAD, "data": {"id": "order-9", "object": "document"}}

    assert here.take_signed(gone).status == 200
    assert here.stored() == []


class Away(Vendor):
    """A vendor that cannot be asked now."""

    def read(self, obj: str, ref: str) -> Record | None:
        raise CallFailed(Outcome(verdict=Verdict.RETRYABLE, kind=Kind.OUTAGE))


class Strange(Vendor):
    """A vendor without such an object."""

    def read(self, obj: str, ref: str) -> Record | None:
        raise UsageError(f"no {obj}")


@pytest.mark.parametrize(("kind", "status"), [(Away, 503), (Strange, 422)])
def test_what_cannot_be_looked_into_is_sent_again_and_what_is_unknown_is_not(
    desk: MakeDesk, kind: type[Vendor], status: int
) -> None:
    here = desk(STANDARD)
    source = kind(Guarantee.REFERENCE, here.world.clock, here.world.rng, {})
    here.world = replace(here.world, vendors={**here.world.vendors, "source": source})

    assert here.take_signed(PAYLOAD).status == status
    assert here.stored() == []


@pytest.mark.parametrize("sender", ["203.0.113.7", "::ffff:203.0.113.7", "2001:db8::5"])
def test_an_unsigned_delivery_from_an_allowed_address_is_a_hint_to_poll(
    desk: MakeDesk, sender: str
) -> None:
    here = desk(LISTED)

    assert here.take(b'{"_id": 7, "amount": "9999.00"}', sender=sender).status == 200
    assert here.hints == ["source"]
    assert here.stored() == [("hint", "", "delivery")]
    assert here.world.states() == {}


@pytest.mark.parametrize("sender", ["198.51.100.7", "127.0.0.1", "", "testclient", "203.0.113.7x"])
def test_from_any_other_address_it_is_refused(desk: MakeDesk, sender: str) -> None:
    here = desk(LISTED)

    assert here.take(b"{}", sender=sender).status == 403
    assert (here.hints, here.stored()) == ([], [])


def test_seven_times_the_same_hint_is_one_and_a_minute_later_it_is_another(
    desk: MakeDesk,
) -> None:
    here = desk(LISTED)
    for _ in range(7):
        here.take(b'{"_id": 7}', sender="203.0.113.7")
    here.world.clock.sleep(timedelta(minutes=1))
    here.take(b'{"_id": 7}', sender="203.0.113.7")

    assert here.hints == ["source", "source"]


def test_a_delivery_that_is_too_large_is_not_even_looked_at(desk: MakeDesk) -> None:
    here = desk(STANDARD)

    assert here.take(b" " * (1024 * 1024 + 1)).status == 413
