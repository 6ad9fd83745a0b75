"""Logging in, and what every call must show: a living session, and quota left.

Options: ``clients`` ({"client id": "secret"}) are the only ones let in, if given;
``jwt_public_key`` (PEM) is what assertions must be signed with, if given; ``daily_requests``.
Without them everybody is let in, except who has "wrong" in what should be secret.

Faults: ``token_expired`` (401), ``salesforce_quota`` (403, F7).
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from starlette.requests import Request
from starlette.responses import Response

from interlock_sandbox.salesforce.errors import SalesforceError
from interlock_sandbox.world import World, answer

ORGANIZATION: Final = "00D000000000001EAA"
DAILY: Final = 200_000
JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCES: Final = ("https://login.salesforce.com", "https://test.salesforce.com")
_EXPIRED: Final = "Session expired or invalid"
_LIMITS: Final = (
    "TotalRequests Limit exceeded.",
    "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
)
"""Both forms in which the vendor says that there was too much (F7)."""
_FORM: Final = "application/x-www-form-urlencoded"


class TokenRefusedError(Exception):
    """No token for this caller: OAuth's own error code, and why."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code

    def response(self) -> Response:
        """Return it as RFC 6749, section 5.2, says."""
        return answer({"error": self.code, "error_description": str(self)}, 400)


class Sessions:
    """Who is logged in, and how many calls they made."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: set[str] = set()
        self._calls = 0

    @property
    def daily(self) -> int:
        """Calls that the org has a day."""
        return int(self._world.options.get("daily_requests", DAILY))

    @property
    def remaining(self) -> int:
        """Calls that the org has left."""
        return max(0, self.daily - self._calls)

    @property
    def organization(self) -> str:
        """The org's id."""
        return str(self._world.options.get("organization_id", ORGANIZATION))

    def headers(self) -> Mapping[str, str]:
        """Return what every answer says about the quota."""
        return {"Sforce-Limit-Info": f"api-usage={self._calls}/{self.daily}"}

    def knows(self, token: str) -> bool:
        """Tell whether a session is alive."""
        return token in self._tokens

    def end(self, token: str) -> None:
        """End a session."""
        self._tokens.discard(token)

    def end_all(self) -> None:
        """End every session."""
        self._tokens.clear()

    def enter(self, request: Request) -> None:
        """Let a call in.

        Raises:
            SalesforceError: The session is over, or the quota is.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme not in {"Bearer", "OAuth"} or token not in self._tokens:
            raise SalesforceError(401, "INVALID_SESSION_ID", _EXPIRED)
        key = f"{request.method} {request.url.path}"
        faults = self._world.faults
        if faults.decide("token_expired", key):
            self._tokens.discard(token)
            raise SalesforceError(401, "INVALID_SESSION_ID", _EXPIRED)
        struck = faults.decide("salesforce_quota", key)
        if struck or self._calls >= self.daily:
            form = _LIMITS[int(struck and faults.share("form", key, 0) < 1 / 2)]
            raise SalesforceError(403, "REQUEST_LIMIT_EXCEEDED", form)
        self._calls += 1

    async def token(self, request: Request) -> Response:
        """OAuth 2.0: client credentials, JWT bearer, and the password flow that is going away."""
        form = dict(parse_qsl((await request.body()).decode()))
        grants: Mapping[str, Callable[[Request, Mapping[str, str]], None]] = {
            "client_credentials": self._client,
            "password": self._client,
            JWT_BEARER: self._assertion,
        }
        grant = grants.get(form.get("grant_type", ""))
        if grant is None or not request.headers.get("content-type", "").startswith(_FORM):
            error = TokenRefusedError("unsupported_grant_type", "grant type not supported")
            return error.response()
        try:
            grant(request, form)
        except TokenRefusedError as error:
            return error.response()
        url = _own_url(request)
        found = {
            "access_token": self._begun(),
            "instance_url": url,
            "id": f"{url}/id/{self.organization}/005000000000001AAA",
            "token_type": "Bearer",
            "scope": "api",
            "issued_at": str(int(self._world.now().timestamp() * 1000)),
        }
        return answer(found)

    def _begun(self) -> str:
        token = f"{self.organization[:15]}!{self._world.token(40)}"
        self._tokens.add(token)
        return token

    def _client(self, request: Request, form: Mapping[str, str]) -> None:
        client, secret = _credentials(request, form)
        clients = self._world.options.get("clients")
        if clients is not None:
            known = client in clients and clients[client] == secret
        else:
            known = bool(client and secret) and "wrong" not in client + secret
        if not known:
            raise TokenRefusedError("invalid_client", "invalid client credentials")
        if "wrong" in form.get("password", ""):
            raise TokenRefusedError("invalid_grant", "authentication failure")

    def _assertion(self, request: Request, form: Mapping[str, str]) -> None:
        """RFC 7523, as the vendor checks it: RS256, issuer, user, audience, and soon over."""
        claims = self._claims(form.get("assertion", ""))
        issuer = str(claims.get("iss", ""))
        clients = self._world.options.get("clients")
        if not issuer or "wrong" in issuer or (clients is not None and issuer not in clients):
            raise TokenRefusedError("invalid_client_id", "client identifier invalid")
        if not claims.get("sub"):
            raise TokenRefusedError("invalid_grant", "user hasn't approved this consumer")
        if claims.get("aud") not in {*AUDIENCES, _own_url(request)}:
            raise TokenRefusedError("invalid_grant", "audience is invalid")
        try:
            over = float(str(claims.get("exp")))
        except ValueError:
            over = 0.0
        if over <= self._world.now().timestamp():
            raise TokenRefusedError("invalid_grant", "expired assertion")

    def _claims(self, assertion: str) -> Mapping[str, Any]:
        try:
            head, body, signature = assertion.split(".")
            header, claims = json.loads(_bytes(head)), json.loads(_bytes(body))
            signed = _bytes(signature)
        except ValueError:
            raise TokenRefusedError("invalid_grant", "invalid assertion") from None
        if not isinstance(claims, dict) or header.get("alg") != "RS256":
            raise TokenRefusedError("invalid_grant", "invalid assertion")
        pem = self._world.options.get("jwt_public_key")
        if pem and not _is_signed(str(pem), f"{head}.{body}".encode(), signed):
            raise TokenRefusedError("invalid_grant", "invalid assertion")
        return claims

    async def soap_login(self, request: Request) -> Response:
        """The partner login, with user name, password and security token."""
        try:
            login = fromstring(await request.body())
        except (ParseError, DefusedXmlException):
            return _fault("UNKNOWN_EXCEPTION", "The request is not XML.")
        texts = {each.tag.rpartition("}")[2]: each.text or "" for each in login.iter()}
        if not texts.get("username") or "wrong" in texts.get("password", "wrong"):
            message = "Invalid username, password, security token; or user locked out."
            return _fault("INVALID_LOGIN", message)
        url = f"{_own_url(request)}{request.url.path}/{self.organization[:15]}"
        body = (
            '<loginResponse xmlns="urn:partner.soap.sforce.com"><result>'
            f"<serverUrl>{escape(url)}</serverUrl><sessionId>{escape(self._begun())}</sessionId>"
            "</result></loginResponse>"
        )
        return _envelope(body, 200)


def origin_of(request: Request) -> str:
    """Return what change events say of the caller (Call Options header)."""
    parts = request.url.path.split("/")
    version = parts[3].removeprefix("v") if len(parts) > len(("", "services", "data")) else ""
    _, _, client = request.headers.get("sforce-call-options", "").partition("client=")
    named = f";client={client.partition(',')[0].strip()}" if client else ""
    return f"com/salesforce/api/rest/{version}{named}"


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    scheme, _, basic = request.headers.get("authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            client, _, secret = base64.b64decode(basic, validate=True).decode().partition(":")
        except ValueError:
            return "", ""
        return client, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _own_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _is_signed(pem: str, signed: bytes, signature: bytes) -> bool:
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey):
        return False
    try:
        key.verify(signature, signed, PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _fault(code: str, message: str) -> Response:
    body = (
        f"<soapenv:Fault><faultcode>{code}</faultcode>"
        f"<faultstring>{code}: {escape(message)}</faultstring><detail>"
        '<sf:LoginFault xmlns:sf="urn:fault.partner.soap.sforce.com">'
        f"<sf:exceptionCode>{code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage>"
        "</sf:LoginFault></detail></soapenv:Fault>"
    )
    return _envelope(body, 500)


def _envelope(body: str, status: int) -> Response:
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
    )
    return Response(text, status, media_type="text/xml")
