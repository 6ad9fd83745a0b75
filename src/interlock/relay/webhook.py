"""Events by webhook: CloudEvents in structured JSON, signed as Standard Webhooks 1.0.0 says.

2xx and nothing else means that it was taken; a redirect is a refusal and is not followed; 410
means that the endpoint is gone. The address is judged and then held on to (`destination`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx2

from interlock import __version__
from interlock.foundation.clock import Clock
from interlock.foundation.cloudevents import CONTENT_TYPE
from interlock.foundation.destination import Allowed, Destination, Lookup, destination
from interlock.foundation.errors import RefusedError, UnavailableError, UsageError
from interlock.foundation.signatures import signed
from interlock.relay.courier import Answer, Parcel, Verdict

GONE: Final = "subscriber-gone"
FORBIDDEN: Final = "destination-forbidden"
MISCONFIGURED: Final = "subscriber-misconfigured"
LONGEST_ANSWER: Final = 2_048
"""Bytes of an answer that are read: only people look at them."""
LONGEST_SAID: Final = 300
_ASKS_FOR_TIME: Final = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a subscriber listens, and what it knows us by."""

    url: Callable[[], str]
    secrets: Callable[[], Sequence[str]]
    """Read at every attempt: a rotation needs no restart."""
    timeout: timedelta
    allowed: Allowed


class WebhookCourier:
    """Posts events to one endpoint."""

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        lookup: Lookup,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._lookup = lookup
        self._client = httpx2.Client(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            timeout=endpoint.timeout.total_seconds(),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def hand_over(self, parcel: Parcel) -> Answer:
        """Post the event once."""
        try:
            there = destination(self._endpoint.url(), self._endpoint.allowed, self._lookup)
            headers = signed(
                self._endpoint.secrets(), parcel.event, self._clock.now(), parcel.body
            )
        except RefusedError as error:
            return Answer(verdict=Verdict.HELD, cause=FORBIDDEN, said=str(error))
        except UsageError as error:
            return Answer(verdict=Verdict.HELD, cause=MISCONFIGURED, said=str(error))
        except UnavailableError as error:
            return Answer(verdict=Verdict.NOT_NOW, said=error.what)
        try:
            return self._posted(there, headers, parcel.body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            # The class only: an error's text may quote the URL and what it carries.
            return Answer(verdict=Verdict.NOT_NOW, said=type(error).__name__)

    def _posted(self, there: Destination, headers: dict[str, str], body: bytes) -> Answer:
        request = self._client.build_request(
            "POST",
            there.url,
            content=body,
            headers={
                "Host": there.authority,
                "Content-Type": CONTENT_TYPE,
                "Accept-Encoding": "identity",
                "User-Agent": f"interlock/{__version__}",
                **headers,
            },
            extensions={"sni_hostname": there.host},
        )
        until = self._clock.now() + self._endpoint.timeout
        response = self._client.send(request, stream=True)
        try:
            said = _words(response, lambda: self._clock.now() > until)
        finally:
            response.close()
        return _answer(response, said, self._clock.now())


def _words(response: httpx2.Response, late: Callable[[], bool]) -> str:
    content = bytearray()
    try:
        for chunk in response.iter_raw():
            content += chunk
            if len(content) >= LONGEST_ANSWER or late():
                break
    except httpx2.HTTPError as error:
        # The status came, and it is the answer; these would have been its words.
        content += type(error).__name__.encode()
    text = bytes(content[:LONGEST_ANSWER]).decode("utf-8", "replace")
    return f"{response.status_code} {text}".strip()[:LONGEST_SAID]


def _answer(response: httpx2.Response, said: str, now: datetime) -> Answer:
    if response.is_success:
        return Answer(verdict=Verdict.TAKEN, said=said)
    if response.status_code == HTTPStatus.GONE:
        return Answer(verdict=Verdict.HELD, cause=GONE, said=said)
    asked = None
    if response.status_code in _ASKS_FOR_TIME:
        asked = _retry_after(response.headers.get("retry-after", ""), now)
    return Answer(verdict=Verdict.NOT_NOW, said=said, retry_after=asked)


def _retry_after(text: str, now: datetime) -> timedelta | None:
    """Read ``Retry-After`` (RFC 9110 section 10.2.3): seconds or a date."""
    try:
        if text.isascii() and text.isdigit():
            return timedelta(seconds=int(text[:9]))
        return parsedate_to_datetime(text) - now if text else None
    except (ValueError, TypeError):
        return None
