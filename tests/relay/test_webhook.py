"""What an endpoint sees, and what its answers mean."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from standardwebhooks.webhooks import Webhook

from interlock.foundation.clock import SystemClock
from interlock.foundation.destination import Allowed, addresses_of, allowed_of
from interlock.foundation.errors import UsageError
from interlock.relay.courier import Answer, Parcel, Verdict
from interlock.relay.webhook import Endpoint, WebhookCourier
from tests.relay.endpoint import Site, listening

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
PARCEL = Parcel(
    subscriber="partner",
    event="e1",
    run="run_1",
    type="com.example.posted.v1",
    key="order-1",
    body='{"id":"e1","note":"Grüße"}'.encode(),
    attempts=0,
    claims=1,
)
Reply = Callable[[httpx2.Request], httpx2.Response]


def _courier(
    reply: Reply,
    url: str = "https://hooks.example.com/in?a=1",
    secrets: tuple[str, ...] = (OLD, NEW),
    allowed: Allowed | None = None,
) -> WebhookCourier:
    endpoint = Endpoint(
        url=lambda: url,
        secrets=lambda: secrets,
        timeout=timedelta(seconds=5),
        allowed=allowed or Allowed(),
    )
    transport = httpx2.MockTransport(reply)
    return WebhookCourier(endpoint, SystemClock(), lambda _h, _p: ["93.184.215.14"], transport)


def _answering(status: int, headers: dict[str, str] | None = None, text: str = "") -> Reply:
    return lambda _: httpx2.Response(status, headers=headers, content=iter([text.encode()]))


def _handed_over(courier: WebhookCourier) -> Answer:
    try:
        return courier.hand_over(PARCEL)
    finally:
        courier.close()


def test_the_event_is_posted_as_it_is_signed_by_both_secrets_of_a_rotation() -> None:
    seen: list[httpx2.Request] = []

    def reply(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(204, content=iter([b""]))

    assert _handed_over(_courier(reply)).verdict is Verdict.TAKEN
    (request,) = seen
    assert request.content == PARCEL.body
    assert request.headers["content-type"] == "application/cloudevents+json"
    assert request.headers["webhook-id"] == "e1"
    assert request.headers["host"] == "hooks.example.com"
    assert str(request.url) == "https://93.184.215.14/in?a=1"
    assert request.extensions["sni_hostname"] == "hooks.example.com"
    for secret in (OLD, NEW):
        Webhook(secret).verify(request.content, dict(request.headers))


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_only_a_two_hundred_is_a_yes(status: int) -> None:
    assert _handed_over(_courier(_answering(status))).verdict is Verdict.TAKEN


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 401, 404, 408, 409, 429, 500, 503])
def test_everything_else_is_offered_again(status: int) -> None:
    location = {"location": "https://elsewhere.example.com/"}
    answer = _handed_over(_courier(_answering(status, location, "come later")))

    assert answer.verdict is Verdict.NOT_NOW
    assert answer.said == f"{status} come later"


def test_gone_holds_the_subscriber() -> None:
    answer = _handed_over(_courier(_answering(410)))

    assert (answer.verdict, answer.cause) == (Verdict.HELD, "subscriber-gone")


@pytest.mark.parametrize(
    ("said", "seconds"), [("120", 120), ("Wed, 21 Oct 2099 07:28:00 GMT", 2_000_000_000)]
)
def test_a_busy_endpoint_may_say_when_to_come_again(said: str, seconds: int) -> None:
    answer = _handed_over(_courier(_answering(503, {"retry-after": said})))

    assert answer.retry_after is not None
    asked = answer.retry_after.total_seconds()
    assert asked == seconds if said == "120" else asked > seconds


@pytest.mark.parametrize("said", ["soon", "-5", "Wed, 99 Oct 2099 07:28:00 GMT", "1e9"])
def test_a_senseless_retry_after_is_as_none(said: str) -> None:
    assert _handed_over(_courier(_answering(429, {"retry-after": said}))).retry_after is None


def test_an_endless_answer_is_not_read_to_its_end() -> None:
    read: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            read.append(1)
            yield b"x" * 1000

    answer = _handed_over(_courier(lambda _: httpx2.Response(500, content=endless())))

    assert len(read) < 10
    assert len(answer.said) <= 300


def test_a_yes_stays_a_yes_when_its_words_break_off() -> None:
    def broken() -> Iterator[bytes]:
        yield b"o"
        raise httpx2.ReadError("reset")

    answer = _handed_over(_courier(lambda _: httpx2.Response(200, content=broken())))

    assert (answer.verdict, answer.said) == (Verdict.TAKEN, "200 oReadError")


def test_a_broken_connection_is_not_a_yes_and_its_error_quotes_no_url() -> None:
    def reply(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ReadTimeout("https://hooks.example.com/in?token=hidden")

    answer = _handed_over(_courier(reply))

    assert answer == Answer(verdict=Verdict.NOT_NOW, said="ReadTimeout")


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("http://hooks.example.com/in", "destination-forbidden"),
        ("nonsense", "subscriber-misconfigured"),
    ],
)
def test_what_may_not_be_called_is_not_called_and_a_person_is_asked(url: str, cause: str) -> None:
    answer = _handed_over(_courier(_answering(200), url=url))

    assert (answer.verdict, answer.cause) == (Verdict.HELD, cause)


def test_a_missing_secret_holds_the_subscriber_and_says_which() -> None:
    def missing() -> tuple[str, ...]:
        raise UsageError("there is no secret `partner`")

    endpoint = Endpoint(
        url=lambda: "https://hooks.example.com/",
        secrets=missing,
        timeout=timedelta(seconds=5),
        allowed=Allowed(),
    )
    transport = httpx2.MockTransport(_answering(200))
    courier = WebhookCourier(endpoint, SystemClock(), lambda _h, _p: ["93.184.215.14"], transport)
    answer = _handed_over(courier)

    assert (answer.verdict, answer.cause) == (Verdict.HELD, "subscriber-misconfigured")
    assert "partner" in answer.said


@pytest.fixture
def site() -> Iterator[Site]:
    with listening() as found:
        yield found


def _real(site: Site, path: str, allowed: str) -> Answer:
    endpoint = Endpoint(
        url=lambda: f"http://localhost:{site.port}{path}",
        secrets=lambda: (NEW,),
        timeout=timedelta(seconds=5),
        allowed=allowed_of(allowed),
    )
    return _handed_over(WebhookCourier(endpoint, SystemClock(), addresses_of))


def test_a_real_endpoint_gets_what_the_reference_library_accepts(site: Site) -> None:
    started = int(datetime.now(UTC).timestamp())
    assert _real(site, "/in", "127.0.0.0/8 ::1").verdict is Verdict.TAKEN
    (got,) = site.seen

    assert got.path == "/in"
    assert got.headers["Host"] == f"localhost:{site.port}"
    Webhook(NEW).verify(got.body, got.headers)
    assert started <= int(got.headers["webhook-timestamp"]) <= datetime.now(UTC).timestamp()


def test_a_redirect_is_not_followed(site: Site) -> None:
    assert _real(site, "/moved", "localhost").verdict is Verdict.NOT_NOW
    assert [got.path for got in site.seen] == ["/moved"]


def test_our_own_network_is_not_called_unless_that_is_allowed(site: Site) -> None:
    assert _real(site, "/in", "10.0.0.0/8").cause == "destination-forbidden"
    assert site.seen == []
