"""Who we are to a vendor: fixed credentials, or a token that is fetched once for everybody.

A token is renewed before it expires, by the vendor's `expires_in` and not by guessing (F14). When
a thousand calls need a new one, one of them fetches it and the others wait for that one answer.
"""

import base64
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from interlock.connectors.kit.exchange import Call
from interlock.connectors.port import Connection
from interlock.foundation.clock import Clock
from interlock.foundation.errors import UsageError

MARGIN: Final = timedelta(seconds=60)
"""How long before its end a token counts as expired; a tenth of its life if that is shorter."""


class Auth(Protocol):
    """Adds to a call what proves who we are."""

    def headers(self, call: Call, origin: str) -> Mapping[str, str]:
        """Return the headers for `call`; the same object's answer may differ per call (OAuth 1).

        Raises:
            CallFailed: A token was needed and could not be had.
        """
        ...

    def renew(self, used: Mapping[str, str]) -> bool:
        """Replace the credentials that made `used`, which the vendor called expired.

        Returns whether there are other ones now, so that sending again makes sense.
        """
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return every value that must never be shown."""
        ...


def credential(connection: Connection, name: str) -> str:
    """Return one value of the connection's credential.

    Raises:
        UsageError: It is not there; names the key, never a value.
    """
    value = connection.credential.get(name, "")
    if not value:
        raise UsageError(
            f"the credential of system `{connection.system}` has no `{name}`",
            hint=f"Scheme `{connection.scheme}` needs it; add it to the named secret.",
        )
    return value


def unknown_scheme(connection: Connection, known: frozenset[str]) -> UsageError:
    """Return the error for a scheme that the connector does not speak."""
    return UsageError(
        f"system `{connection.system}` cannot use auth scheme `{connection.scheme}`",
        hint=f"Its connector speaks: {', '.join(sorted(known))}.",
    )


class FixedAuth:
    """Credentials that do not change: basic, API key."""

    def __init__(self, headers: Mapping[str, str], secrets: tuple[str, ...]) -> None:
        self.fixed = dict(headers)
        self._secrets = secrets

    def headers(self, call: Call, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (port)
        return self.fixed

    def renew(self, used: Mapping[str, str]) -> bool:  # noqa: ARG002 (port)
        return False

    def secrets(self) -> tuple[str, ...]:
        return self._secrets


def basic(username: str, password: str) -> FixedAuth:
    """Return HTTP Basic credentials (RFC 7617)."""
    packed = base64.b64encode(f"{username}:{password}".encode()).decode()
    return FixedAuth({"Authorization": f"Basic {packed}"}, (password, packed))


def bearer_key(key: str) -> FixedAuth:
    """Return an API key that is sent as a bearer token."""
    return FixedAuth({"Authorization": f"Bearer {key}"}, (key,))


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, and when it ends if the vendor said so."""

    value: str
    expires: datetime | None = None

    def fresh(self, now: datetime) -> bool:
        """Tell whether it may still be used."""
        return self.expires is None or now < self.expires

    def __repr__(self) -> str:
        return f"Token(expires={self.expires})"


def token_until(value: str, lifetime: timedelta | None, now: datetime) -> Token:
    """Return a token that counts as expired a margin before its `lifetime` is over."""
    if lifetime is None:
        return Token(value)
    return Token(value, now + lifetime - min(MARGIN, lifetime / 10))


class TokenCache:
    """One token for all callers; at most one fetch is under way, and all wait for it."""

    def __init__(self, fetch: Callable[[], Token], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None
        self._flight: Future[Token] | None = None

    def current(self) -> Token | None:
        """Return the token that is there, fresh or not, without fetching."""
        return self._token

    def get(self, *, besides: str = "") -> Token:
        """Return a usable token other than `besides`, fetching one if need be.

        Raises:
            CallFailed: It could not be fetched; every waiting caller gets the same failure.
        """
        with self._lock:
            token = self._token
            if token and token.value != besides and token.fresh(self._clock.now()):
                return token
            flight, mine = self._flight, False
            if flight is None:
                flight = self._flight = Future[Token]()
                mine = True
        if mine:
            self._fly(flight)
        return flight.result()

    def _fly(self, flight: Future[Token]) -> None:
        try:
            token = self._fetch()
        except BaseException as error:  # noqa: BLE001 (all who wait must hear of it; raised below)
            with self._lock:
                self._flight = None
            flight.set_exception(error)
            return
        with self._lock:
            self._token, self._flight = token, None
        flight.set_result(token)


class BearerAuth:
    """A token in the ``Authorization`` header."""

    def __init__(self, cache: TokenCache, secrets: tuple[str, ...]) -> None:
        self._cache = cache
        self._secrets = secrets

    def headers(self, call: Call, origin: str) -> Mapping[str, str]:  # noqa: ARG002 (port)
        return {"Authorization": f"Bearer {self._cache.get().value}"}

    def renew(self, used: Mapping[str, str]) -> bool:
        stale = used.get("Authorization", "").removeprefix("Bearer ")
        return self._cache.get(besides=stale).value != stale

    def secrets(self) -> tuple[str, ...]:
        token = self._cache.current()
        return (*self._secrets, token.value) if token else self._secrets
