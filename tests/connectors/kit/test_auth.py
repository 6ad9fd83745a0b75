import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

import httpx2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwt
from joserfc.jwk import RSAKey

from interlock.connectors.kit import auth
from interlock.connectors.kit.auth import BearerAuth, Token, TokenCache, basic, credential
from interlock.connectors.kit.channel import Channel, Dialect
from interlock.connectors.kit.classify import Fault
from interlock.connectors.kit.exchange import Answer, Call, Intent
from interlock.connectors.kit.grants import Grant, Signer, fetcher
from interlock.connectors.kit.http import Wire
from interlock.connectors.port import CallFailed, Connection, Kind, Outcome, Verdict
from interlock.foundation.clock import VirtualClock, from_iso
from interlock.foundation.errors import UsageError

NOW = from_iso("2026-01-01T00:00:00Z")
READ = Call(intent=Intent.READ, method="GET", path="/me")
Handler = Callable[[httpx2.Request], httpx2.Response]


def connection() -> Connection:
    return Connection(
        system="crm",
        url="https://crm.example.com",
        credential={"client_id": "app"},
        scheme="oauth2-client-credentials",
        timeout=timedelta(seconds=2),
    )


def wire(handler: Handler, clock: VirtualClock) -> Wire:
    return Wire(connection(), clock, transport=httpx2.MockTransport(handler))


def grant() -> Grant:
    return Grant(
        path="/token",
        form=lambda: [("grant_type", "client_credentials")],
        headers=basic("app", "s3cret-value").fixed,
        secrets=("s3cret-value",),
    )


class Logins:
    """A token endpoint that counts."""

    def __init__(self, **extra: object) -> None:
        self.count = 0
        self._extra = extra
        self._lock = threading.Lock()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        with self._lock:
            self.count += 1
        time.sleep(0.02)
        return httpx2.Response(200, json={"access_token": f"token-{self.count}", **self._extra})


def test_a_thousand_waiting_calls_make_one_login() -> None:
    logins, clock = Logins(), VirtualClock(NOW)
    cache = TokenCache(fetcher(wire(logins, clock), grant()), clock)
    with ThreadPoolExecutor(100) as pool:
        tokens = {token.value for token in pool.map(lambda _: cache.get(), range(1_000))}
    assert tokens == {"token-1"}
    assert logins.count == 1


def test_a_thousand_calls_with_the_same_stale_token_make_one_more_login() -> None:
    logins, clock = Logins(), VirtualClock(NOW)
    cache = TokenCache(fetcher(wire(logins, clock), grant()), clock)
    auth = BearerAuth(cache, ())
    used = auth.headers(READ, "")
    with ThreadPoolExecutor(100) as pool:
        assert all(pool.map(lambda _: auth.renew(used), range(1_000)))
    assert logins.count == 2


@pytest.mark.parametrize("expires_in", [600, "600"])
def test_a_token_is_renewed_shortly_before_its_end(expires_in: object) -> None:
    logins, clock = Logins(expires_in=expires_in), VirtualClock(NOW)
    cache = TokenCache(fetcher(wire(logins, clock), grant()), clock)
    cache.get()
    clock.sleep(timedelta(seconds=539))
    cache.get()
    assert logins.count == 1
    clock.sleep(timedelta(seconds=1))
    assert cache.get().value == "token-2"


def test_a_token_without_an_end_is_kept() -> None:
    logins, clock = Logins(), VirtualClock(NOW)
    cache = TokenCache(fetcher(wire(logins, clock), grant()), clock)
    cache.get()
    clock.sleep(timedelta(days=30))
    cache.get()
    assert logins.count == 1


def test_a_failed_login_fails_everybody_who_waited_and_is_tried_anew_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting, attempts = threading.Semaphore(0), []

    class Waited(Future[Token]):
        """What they wait for; it tells how many do."""

        def result(self, timeout: float | None = None) -> Token:
            waiting.release()
            return super().result(timeout)

    def fetch() -> Token:
        attempts.append(1)
        if len(attempts) == 1:
            assert all(waiting.acquire(timeout=60) for _ in range(9))
        raise CallFailed(Outcome(verdict=Verdict.BLOCKED, kind=Kind.AUTH))

    monkeypatch.setattr(auth, "Future", Waited)
    cache = TokenCache(fetch, VirtualClock(NOW))

    def ask(_: int) -> Kind:
        try:
            cache.get()
        except CallFailed as failure:
            return failure.outcome.kind
        return Kind.NONE

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(ask, range(10))) == {Kind.AUTH}
    assert len(attempts) == 1
    with pytest.raises(CallFailed):
        cache.get()
    assert len(attempts) == 2


@pytest.mark.parametrize(
    ("status", "body", "verdict", "kind"),
    [
        (400, {"error": "invalid_grant"}, Verdict.BLOCKED, Kind.AUTH),
        (401, {"error": "invalid_client"}, Verdict.BLOCKED, Kind.AUTH),
        (400, {"error": "something_new"}, Verdict.BLOCKED, Kind.AUTH),
        (403, {"error": "forbidden"}, Verdict.BLOCKED, Kind.AUTH),
        (429, {}, Verdict.BLOCKED, Kind.QUOTA),
        (503, {}, Verdict.RETRYABLE, Kind.OUTAGE),
        (200, {"token": "x"}, Verdict.RETRYABLE, Kind.MALFORMED),
    ],
)
def test_a_login_that_fails_never_makes_a_write_uncertain(
    status: int, body: object, verdict: Verdict, kind: Kind
) -> None:
    clock = VirtualClock(NOW)
    over = wire(lambda request: httpx2.Response(status, json=body), clock)
    with pytest.raises(CallFailed) as caught:
        fetcher(over, grant())()
    assert (caught.value.outcome.verdict, caught.value.outcome.kind) == (verdict, kind)


def test_a_refused_login_does_not_tell_the_secret_it_echoes() -> None:
    clock = VirtualClock(NOW)
    echo = {"error": "invalid_client", "error_description": "s3cret-value is wrong"}
    over = wire(lambda request: httpx2.Response(400, json=echo), clock)
    with pytest.raises(CallFailed) as caught:
        fetcher(over, grant())()
    assert "s3cret-value" not in str(caught.value)
    assert "is wrong" in str(caught.value)


def fault_of(answer: Answer) -> Fault | None:
    found = answer.document
    code = str(found.get("code", "")) if isinstance(found, dict) else ""
    return Fault(status=answer.status, code=code) if code else None


def channel(handler: Handler) -> tuple[Channel, Logins]:
    logins, clock = Logins(), VirtualClock(NOW)

    def route(request: httpx2.Request) -> httpx2.Response:
        return logins(request) if request.url.path == "/token" else handler(request)

    over = wire(route, clock)
    auth = BearerAuth(TokenCache(fetcher(over, grant()), clock), ())
    dialect = Dialect(rows=(), fault_of=fault_of, expired=lambda fault: fault.code == "EXPIRED")
    return Channel(over, auth, dialect), logins


def test_a_session_that_ended_is_healed_by_one_repetition() -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        if request.headers["authorization"] == "Bearer token-1":
            return httpx2.Response(401, json={"code": "EXPIRED"})
        return httpx2.Response(200, json={"me": 1})

    asked, logins = channel(handler)
    assert asked.ask(READ).mapping() == {"me": 1}
    assert logins.count == 2


def test_a_session_that_ends_again_at_once_blocks_instead_of_looping() -> None:
    asked, logins = channel(lambda request: httpx2.Response(401, json={"code": "EXPIRED"}))
    with pytest.raises(CallFailed) as caught:
        asked.ask(READ)
    assert caught.value.outcome.kind is Kind.AUTH
    assert logins.count == 2


def test_a_401_that_says_nothing_of_a_session_is_not_repeated() -> None:
    """NetSuite answers 401 INVALID_LOGIN when it is merely busy (counterparties.md 4)."""
    asked, logins = channel(lambda request: httpx2.Response(401, json={"code": "OTHER"}))
    with pytest.raises(CallFailed) as caught:
        asked.ask(READ)
    assert caught.value.outcome.verdict is Verdict.BLOCKED
    assert logins.count == 1


def test_a_success_status_alone_is_not_enough_and_a_strange_one_is_no_success() -> None:
    asked, _ = channel(lambda request: httpx2.Response(302, json={}))
    with pytest.raises(CallFailed) as caught:
        asked.ask(READ)
    assert caught.value.outcome.kind is Kind.MALFORMED


def test_an_assertion_is_signed_and_carries_its_key_id() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for algorithm in ("RS256", "PS256"):
        signed = Signer(private_key=pem, algorithm=algorithm, key_id="k1").sign({"iss": "app"})
        token = jwt.decode(signed, RSAKey.import_key(public), algorithms=[algorithm])
        assert token.claims == {"iss": "app"}
        assert token.header["kid"] == "k1"


def test_a_key_that_is_none_is_named_and_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        Signer(private_key="not-a-key-but-secret", algorithm="RS256", system="crm").sign({})
    assert "crm" in str(caught.value)
    assert "but-secret" not in str(caught.value)


def test_a_missing_part_of_a_credential_is_named() -> None:
    with pytest.raises(UsageError, match="client_secret"):
        credential(connection(), "client_secret")


def test_a_token_does_not_show_itself() -> None:
    assert "abc" not in repr(Token("abc-secret"))
    assert "pem" not in repr(Signer(private_key="pem-secret", algorithm="RS256"))
