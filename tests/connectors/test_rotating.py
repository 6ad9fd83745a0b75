"""A connector follows its credential: no restart, no lost call, no call made twice in vain."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from interlock.connectors.port import (
    CallFailed,
    Changes,
    Event,
    Kind,
    Outcome,
    Record,
    Request,
    Verdict,
)
from interlock.connectors.rotating import Rotating
from interlock.estate.capability import Capabilities
from interlock.foundation.errors import UnavailableError, UsageError
from interlock.foundation.secrets.secret import Secret, secret_with

NO = Outcome(verdict=Verdict.BLOCKED, kind=Kind.AUTH, code="401")
DONE = Outcome(verdict=Verdict.DONE, record=Record(ref="1", body={}))
WRITE = Request(operation="invoice.create", body={}, idempotency_key="k")
CAPABILITIES = Capabilities(connector="it", operations={}, auth_schemes=frozenset({"api-key"}))


@dataclass
class Vendor:
    """Lets in who shows the right key; keeps what it was shown."""

    key: str = "one"
    refusal: Outcome = NO
    shown: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    gate: threading.Event | None = None

    def answer(self, key: str) -> Outcome:
        self.shown.append(key)
        if self.gate is not None:
            self.gate.wait(60)
        return DONE if key == self.key else self.refusal


@dataclass
class Login:
    """A connector of the vendor with one key."""

    vendor: Vendor
    key: str
    capabilities: Capabilities = CAPABILITIES

    def write(self, request: Request) -> Outcome:
        return self.vendor.answer(self.key)

    def read(self, obj: str, ref: str) -> Record | None:
        outcome = self.vendor.answer(self.key)
        if outcome is not DONE:
            raise CallFailed(outcome)
        return outcome.record

    def find(self, obj: str, field: str, value: str) -> Record | None:
        return self.read(obj, value)

    def changes(self, obj: str, cursor: str | None) -> Changes:
        self.read(obj, "")
        return Changes(events=(), cursor=self.key)

    def event(
        self, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]
    ) -> Iterator[Event]:
        yield from ()

    def close(self) -> None:
        self.vendor.closed.append(self.key)


@dataclass
class Place:
    """Where the credential stands; `remembered` is what is known without asking afresh."""

    now: str = "one"
    remembered: str | None = None
    error: Exception | None = None
    afresh: int = 0

    def __call__(self, fresh: bool) -> Secret:  # noqa: FBT001 (as the port has it)
        self.afresh += fresh
        if self.error is not None:
            raise self.error
        if fresh and self.remembered is not None:
            self.remembered = self.now
        known = self.now if self.remembered is None else self.remembered
        return secret_with({"key": known}, "here")


def opened(place: Place, vendor: Vendor) -> Rotating:
    def made(credential: Mapping[str, str]) -> Login:
        if credential["key"] == "unusable":
            raise UsageError("no key")
        return Login(vendor, credential["key"])

    return Rotating(place, made)


def test_a_changed_credential_is_used_by_the_next_call_and_the_old_connection_is_closed() -> None:
    place, vendor = Place(), Vendor()
    it = opened(place, vendor)
    assert it.write(WRITE) is DONE
    place.now = vendor.key = "two"

    assert it.write(WRITE) is DONE
    assert vendor.shown == ["one", "two"]
    assert vendor.closed == ["one"]


@pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.RETRYABLE])
def test_a_refused_login_reads_the_credential_afresh_and_asks_once_more(verdict: Verdict) -> None:
    place = Place(remembered="one")
    vendor = Vendor(refusal=Outcome(verdict=verdict, kind=Kind.AUTH))
    it = opened(place, vendor)
    place.now = vendor.key = "two"

    assert it.write(WRITE) is DONE
    assert it.read("invoice", "1") == DONE.record
    assert vendor.shown[:2] == ["one", "two"]


def test_reads_and_polls_are_asked_once_more_too() -> None:
    place = Place(remembered="one")
    vendor = Vendor()
    it = opened(place, vendor)
    place.now = vendor.key = "two"
    assert it.changes("invoice", None).cursor == "two"
    assert it.find("invoice", "id", "1") == DONE.record


def test_a_credential_that_is_simply_wrong_is_not_shown_again_and_again() -> None:
    place, vendor = Place(), Vendor(key="another")
    it = opened(place, vendor)

    assert it.write(WRITE) is NO
    with pytest.raises(CallFailed):
        it.read("invoice", "1")
    assert vendor.shown == ["one", "one"]
    assert place.afresh == 3


@pytest.mark.parametrize(
    "refusal",
    [
        Outcome(verdict=Verdict.UNCERTAIN, kind=Kind.AUTH),
        Outcome(verdict=Verdict.REJECTED, kind=Kind.AUTH),
        Outcome(verdict=Verdict.BLOCKED, kind=Kind.QUOTA),
        Outcome(verdict=Verdict.UNCERTAIN, kind=Kind.TRANSPORT),
    ],
)
def test_what_may_have_been_applied_or_is_no_login_is_never_sent_again(refusal: Outcome) -> None:
    place, vendor = Place(remembered="one"), Vendor(key="two", refusal=refusal)
    it = opened(place, vendor)
    place.now = "two"

    assert it.write(WRITE) is refusal
    assert vendor.shown == ["one"]


@pytest.mark.parametrize("error", [UsageError("gone"), UnavailableError("away")])
def test_a_credential_that_cannot_be_read_for_a_while_stops_nobody(error: Exception) -> None:
    place, vendor = Place(), Vendor()
    it = opened(place, vendor)
    place.error = error

    assert it.write(WRITE) is DONE


def test_a_new_credential_that_cannot_be_used_leaves_the_old_one_in_use() -> None:
    place, vendor = Place(), Vendor()
    it = opened(place, vendor)
    place.now = "unusable"

    assert it.write(WRITE) is DONE
    assert vendor.closed == []


def test_without_a_credential_nothing_is_opened() -> None:
    with pytest.raises(UsageError):
        opened(Place(error=UsageError("gone")), Vendor())


def test_a_call_under_way_ends_on_the_connection_that_it_began_on() -> None:
    place, vendor = Place(), Vendor(gate=threading.Event())
    it = opened(place, vendor)
    ended: list[Outcome] = []
    first = threading.Thread(target=lambda: ended.append(it.write(WRITE)))
    first.start()
    while not vendor.shown:
        first.join(0.01)
    place.now = "two"
    second = threading.Thread(target=lambda: it.write(WRITE))
    second.start()
    while len(vendor.shown) < 2:
        second.join(0.01)
    assert vendor.closed == []
    assert vendor.gate is not None
    vendor.gate.set()
    first.join()
    second.join()

    assert ended == [DONE]
    assert "one" in vendor.closed
