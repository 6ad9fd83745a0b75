"""The client that connectors speak through: patient to a bound, suspicious of every answer.

It leaves through `pinned`, follows no redirect, keeps no cookie, reads no proxy or netrc from
the environment, and stops reading at a size, a depth and a time (reliability.md section 5,
Outgoing). It sends once: what a failure means depends only on whether bytes can have reached the
vendor (F1, F2).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx2

from interlock.connectors.kit.deadline import Deadline
from interlock.connectors.kit.document import UnreadableError, parse
from interlock.connectors.kit.exchange import Answer, Call, Intent, unknown
from interlock.connectors.kit.pinned import Pinned
from interlock.connectors.port import CallFailed, Connection, Kind, Outcome, Verdict
from interlock.foundation.clock import Clock
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError

MAX_ANSWER_BYTES: Final = 8 * 1024 * 1024
"""After decompression, so that it bounds a gzip bomb as well."""
CONNECT_TIMEOUT: Final = timedelta(seconds=10)
_NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.InvalidURL,
)
"""Failures before the first byte left: refused, no such host, TLS, no free connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How much of an answer is read, and for how long."""

    size: int = MAX_ANSWER_BYTES
    time: timedelta = timedelta(seconds=60)


class Wire:
    """One system's wire: a pool of connections to one origin."""

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        *,
        transport: httpx2.BaseTransport | None = None,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._origin = connection.url.rstrip("/")
        if not self._origin.startswith(("https://", "http://")):
            raise UsageError(
                f"system `{connection.system}` has no usable URL",
                hint="Give it one that begins with https:// (or http:// on loopback).",
            )
        self._secrets = tuple(connection.credential.values())
        self._bounds = Bounds(size=max_bytes, time=connection.timeout)
        self._clock = clock
        self._deadline = Deadline(clock)
        self._client = httpx2.Client(
            transport=transport
            or Pinned(self._origin, connection.outbound, clock, deadline=self._deadline),
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=httpx2.Timeout(
                connection.timeout.total_seconds(),
                connect=min(connection.timeout, CONNECT_TIMEOUT).total_seconds(),
            ),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip"},
        )

    @property
    def origin(self) -> str:
        """The URL that every path is appended to."""
        return self._origin

    def secrets(self) -> tuple[str, ...]:
        """Return every value of the connection's credential: none is shown, not even our name."""
        return self._secrets

    def now(self) -> datetime:
        """Return the time by the clock that was given."""
        return self._clock.now()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def exchange(self, call: Call, headers: Mapping[str, str]) -> Answer:
        """Send `call` once, with `headers` (the credentials) added, and return the answer.

        Raises:
            CallFailed: Nothing came back that could be read; `retryable` when surely nothing
                was sent, else `uncertain`.
        """
        until = self._clock.now() + self._bounds.time
        with self._deadline.until(until):
            return self._exchanged(call, headers, until)

    def _exchanged(self, call: Call, headers: Mapping[str, str], until: datetime) -> Answer:
        try:
            request = self._client.build_request(
                call.method,
                self._origin + call.target,
                headers={**call.headers, **headers},
                content=call.content or None,
            )
            response = self._client.send(request, stream=True)
        except (RefusedError, UnavailableError) as error:
            raise _not_let_out(error) from None
        except _NOT_SENT as error:
            raise _failed(Verdict.RETRYABLE, Kind.TRANSPORT, error) from None
        except httpx2.HTTPError as error:
            raise _failed(unknown(call.intent), Kind.TRANSPORT, error) from None
        try:
            content = self._read(response, until, call.intent)
        except httpx2.HTTPError as error:
            raise _failed(unknown(call.intent), Kind.MALFORMED, error) from None
        finally:
            response.close()
        return _answer(call.intent, response, content)

    def _read(self, response: httpx2.Response, until: datetime, intent: Intent) -> bytes:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > self._bounds.size:
                raise _too_much(intent, response.status_code, f"{self._bounds.size} bytes")
            if self._clock.now() > until:
                raise _too_much(intent, response.status_code, f"{self._bounds.time}")
        return bytes(content)


def _answer(intent: Intent, response: httpx2.Response, content: bytes) -> Answer:
    document, unreadable = None, ""
    if content.strip():
        try:
            document = parse(content)
        except UnreadableError as error:
            unreadable = str(error)
    return Answer(
        intent=intent,
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        document=document,
        unreadable=unreadable,
        content=content,
    )


def _failed(verdict: Verdict, kind: Kind, error: Exception) -> CallFailed:
    # The class name only: the text of a transport error may quote the URL and what it carries.
    return CallFailed(Outcome(verdict=verdict, kind=kind, message=type(error).__name__))


def _not_let_out(error: RefusedError | UnavailableError) -> CallFailed:
    """Return that nothing was sent: it may not go there, or there is no such place now."""
    refused = isinstance(error, RefusedError)
    verdict = Verdict.BLOCKED if refused else Verdict.RETRYABLE
    said = f"{error.what}. {error.hint}" if refused else error.what
    return CallFailed(Outcome(verdict=verdict, kind=Kind.TRANSPORT, message=said))


def _too_much(intent: Intent, status: int, bound: str) -> CallFailed:
    return CallFailed(
        Outcome(
            verdict=unknown(intent),
            kind=Kind.MALFORMED,
            message=f"the answer goes on beyond {bound}",
            status=status,
        )
    )
