"""How a token is fetched: OAuth 2 client credentials and signed assertions (standards.md 3.10)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from interlock.connectors.kit.auth import Token, token_until
from interlock.connectors.kit.classify import Fault, Row, outcome
from interlock.connectors.kit.exchange import Answer, Call, Intent, with_form
from interlock.connectors.kit.http import Wire
from interlock.connectors.kit.masking import masked
from interlock.connectors.port import CallFailed, Kind, Verdict
from interlock.foundation.errors import UsageError

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CLIENT_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_ROWS: Final = (
    *(
        Row(verdict=Verdict.BLOCKED, kind=Kind.AUTH, code=code, source="RFC 6749 section 5.2")
        for code in (
            "invalid_grant",
            "invalid_client",
            "invalid_client_id",
            "unauthorized_client",
            "invalid_scope",
            "unsupported_grant_type",
            "invalid_request",
        )
    ),
    Row(verdict=Verdict.BLOCKED, kind=Kind.AUTH, status=400),
    Row(verdict=Verdict.BLOCKED, kind=Kind.AUTH, status=403),
)
"""A refused login blocks the whole connection; it rejects no one's business (F14)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One way to ask for a token."""

    path: str
    form: Callable[[], Sequence[tuple[str, str]]]
    """Made anew for every request: assertions carry the time."""
    headers: Mapping[str, str]
    secrets: tuple[str, ...]


def fetcher(wire: Wire, grant: Grant) -> Callable[[], Token]:
    """Return the function that fetches a token over `wire`."""

    def fetch() -> Token:
        headers, content = with_form(grant.form())
        call = Call(
            intent=Intent.READ,
            method="POST",
            path=grant.path,
            headers={**headers, **grant.headers},
            content=content,
        )
        answer = wire.exchange(call, {})
        if answer.status != HTTPStatus.OK:
            raise _refused(answer, wire, grant.secrets)
        return _token(answer, wire)

    return fetch


def _token(answer: Answer, wire: Wire) -> Token:
    body = answer.mapping()
    value = body.get("access_token")
    if not isinstance(value, str) or not value:
        raise answer.malformed("it has no access_token")
    return token_until(value, _lifetime(body.get("expires_in")), wire.now())


def _lifetime(value: object) -> timedelta | None:
    """Return the token's life: a number of seconds, which NetSuite writes as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return timedelta(seconds=int(value[:9]))
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool) and value > 0:
        return timedelta(seconds=min(int(value), 10**8))
    return None


def _refused(answer: Answer, wire: Wire, secrets: tuple[str, ...]) -> CallFailed:
    found = answer.document if isinstance(answer.document, dict) else {}
    fault = Fault(
        status=answer.status,
        code=masked(str(found.get("error", ""))),
        message=str(found.get("error_description", "")),
        retry_after=answer.retry_after(wire.now()),
        readable=not answer.unreadable,
    )
    return CallFailed(
        outcome(_ROWS, fault, Intent.READ, masked(fault.message, (*wire.secrets(), *secrets)))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A private key and how it signs assertions."""

    private_key: str
    """PEM."""
    algorithm: str
    """RS256, PS256, ES256 …"""
    key_id: str | None = None
    system: str = ""

    def __repr__(self) -> str:
        return f"Signer(algorithm={self.algorithm!r}, key_id={self.key_id!r})"

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return `claims` as a signed JWT (RFC 7523).

        Raises:
            UsageError: The key cannot be read or does not fit the algorithm.
        """
        header: dict[str, object] = {"alg": self.algorithm, "typ": "JWT"}
        if self.key_id:
            header["kid"] = self.key_id
        try:
            kind = ECKey if self.algorithm.startswith("ES") else RSAKey
            key = kind.import_key(self.private_key)
            return jwt.encode(header, dict(claims), key, algorithms=[self.algorithm])
        except (JoseError, ValueError, TypeError):
            raise UsageError(
                f"the private key of system `{self.system}` cannot sign {self.algorithm}",
                hint="Store it as PEM (PKCS 8) in the named secret.",
            ) from None
