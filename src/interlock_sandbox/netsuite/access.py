"""Who is let in: OAuth 2.0 machine to machine, token-based authentication, the account's limits.

Options: ``m2m`` {"client_id", "certificate_id", "certificate" (public key, PEM)} and ``tba``
{"account", "consumer_key", "consumer_secret", "token_id", "token_secret"}. What is configured is
verified; without them well-formed credentials are let in, except those that contain "wrong".
"""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from starlette.requests import Request
from starlette.responses import Response

from interlock_sandbox.netsuite.errors import NetSuiteError
from interlock_sandbox.world import World, answer, request_key

TOKEN_PATH: Final = "/services/rest/auth/oauth2/v1/token"  # noqa: S105 (a path)
ALGORITHMS: Final = ("PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
SCOPES: Final = frozenset({"rest_webservices", "restlets", "suite_analytics"})
LONGEST_SECONDS: Final = 3600
"""An assertion lives for 60 minutes at most; so does a token."""
CONCURRENCY: Final = 5
"""Of the whole account, whatever comes in through which door; option ``concurrency``."""
_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OAUTH1: Final = ("consumer_key", "token", "signature", "nonce", "timestamp")
_SKEW_SECONDS: Final = 300
_HOSTS: Final = ".suitetalk.api.netsuite.com"


class Access:
    """The doors of the account."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tokens: dict[str, float] = {}
        self._nonces: set[str] = set()

    async def token(self, request: Request) -> Response:
        """Give a token for an assertion (the codes of refusals are RFC 6749's: assumed)."""
        form = dict(parse_qsl((await request.body()).decode()))
        if (
            form.get("grant_type") != "client_credentials"
            or form.get("client_assertion_type") != _TYPE
        ):
            return answer({"error": "invalid_request"}, 400)
        complaint = self._complaint(form.get("client_assertion", ""), request)
        if complaint is not None:
            return answer({"error": complaint}, 400)
        token = self._world.token(64)
        self._tokens[token] = time.time() + LONGEST_SECONDS
        return answer({"access_token": token, "expires_in": "3600", "token_type": "bearer"})

    def _complaint(self, assertion: str, request: Request) -> str | None:
        parts = _parts(assertion)
        if parts is None:
            return "invalid_request"
        header, claims = parts
        known: Mapping[str, str] = self._world.options.get("m2m", {})
        client, certificate = str(claims.get("iss", "wrong")), str(header.get("kid", "wrong"))
        if "wrong" in client + certificate or header.get("alg") not in ALGORITHMS:
            return "invalid_client"
        named = known.get("client_id", client), known.get("certificate_id", certificate)
        if named != (client, certificate):
            return "invalid_client"
        if not (_lives(claims) and _asks(claims) and _meant_for(claims, request)):
            return "invalid_grant"
        pem = known.get("certificate")
        return None if pem is None or _signed(assertion, pem) else "invalid_client"

    def enter(self, request: Request, body: bytes) -> None:
        """Let a request in, or say why not; quota and lock faults strike here."""
        faults, key = self._world.faults, request_key(request.method, request.url.path, body)
        self._authenticate(request)
        most = int(self._world.options.get("concurrency", CONCURRENCY))
        if self._world.in_flight > most or faults.decide("netsuite_429", key):
            # That it is 429 is documented for REST; code and words are assumed.
            detail = "Concurrent request limit exceeded. Request blocked."
            raise NetSuiteError(429, "CONCURRENCY_LIMIT_EXCEEDED", detail)
        if faults.decide("netsuite_400_quota", key):
            detail = "The maximum number of requests was exceeded."
            raise NetSuiteError(400, "SSS_REQUEST_LIMIT_EXCEEDED", detail)
        if faults.decide("netsuite_403_quota", key):
            raise NetSuiteError(403, "SSS_REQUEST_LIMIT_EXCEEDED", "Request Limit Exceeded")
        if faults.decide("netsuite_401_quota", key):
            raise _no_login()
        if faults.decide("netsuite_token_expired", key):
            self._tokens.clear()
            raise _no_login()
        if request.method in {"PUT", "PATCH"} and faults.decide("netsuite_record_changed", key):
            raise NetSuiteError(400, "RCRD_HAS_BEEN_CHANGED", "Record has been changed")

    def _authenticate(self, request: Request) -> None:
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        if scheme == "Bearer" and self._tokens.get(rest, 0.0) > time.time():
            return
        if scheme == "OAuth" and self._tba(request, rest):
            return
        raise _no_login()

    def _tba(self, request: Request, header: str) -> bool:
        """Verify OAuth 1.0a (RFC 5849 section 3.4): realm aside, everything is signed."""
        given = _oauth1(header)
        if any(not given.get(f"oauth_{name}") for name in _OAUTH1) or "wrong" in header:
            return False
        known: Mapping[str, str] | None = self._world.options.get("tba")
        if known is None:
            return True
        mine = given["oauth_consumer_key"], given["oauth_token"], given.get("realm")
        if mine != (known["consumer_key"], known["token_id"], known["account"]):
            return False
        if given.get("oauth_signature_method") != "HMAC-SHA256" or not self._fresh(given):
            return False
        key = f"{quote(known['consumer_secret'], '')}&{quote(known['token_secret'], '')}"
        # Behind a proxy that ends TLS the client signed https, and on bare loopback http.
        return any(
            hmac.compare_digest(
                _signature(key, _base(request, given, scheme)), given["oauth_signature"]
            )
            for scheme in ("https", "http")
        )

    def _fresh(self, given: Mapping[str, str]) -> bool:
        once, told = f"{given['oauth_timestamp']}/{given['oauth_nonce']}", given["oauth_timestamp"]
        if once in self._nonces or not told.isdigit():
            return False
        if abs(time.time() - int(told)) > _SKEW_SECONDS:
            return False
        self._nonces.add(once)
        return True


def _no_login() -> NetSuiteError:
    detail = (
        "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI"
        " at Setup > Users/Roles > User Management > View Login Audit Trail."
    )
    return NetSuiteError(401, "INVALID_LOGIN", detail)


def _parts(assertion: str) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Return header and claims of a JWT, or None if it is none."""
    try:
        header, claims, _ = assertion.split(".")
        found = [json.loads(base64.urlsafe_b64decode(part + "==")) for part in (header, claims)]
    except (ValueError, binascii.Error):
        return None
    return (found[0], found[1]) if all(isinstance(each, dict) for each in found) else None


def _lives(claims: Mapping[str, Any]) -> bool:
    try:
        begun, ends = float(claims["iat"]), float(claims["exp"])
    except (KeyError, TypeError, ValueError):
        return False
    now = time.time()
    return begun <= now + _SKEW_SECONDS and ends > now and ends - begun <= LONGEST_SECONDS


def _asks(claims: Mapping[str, Any]) -> bool:
    scope = claims.get("scope", "")
    scopes = scope if isinstance(scope, list) else str(scope).replace(",", " ").split()
    return "rest_webservices" in scopes and set(scopes) <= SCOPES


def _meant_for(claims: Mapping[str, Any], request: Request) -> bool:
    """Tell whether the audience is this token address: of this host, or of an account's."""
    audience = urlsplit(str(claims.get("aud")))
    ours = audience.netloc == request.headers.get("host") or audience.netloc.endswith(_HOSTS)
    return ours and audience.path == TOKEN_PATH


def _signed(assertion: str, pem: str) -> bool:
    try:
        family = RSAKey if assertion and _family(assertion) == "PS" else ECKey
        jws.deserialize_compact(assertion, family.import_key(pem), algorithms=list(ALGORITHMS))
    except (JoseError, ValueError):
        return False
    return True


def _family(assertion: str) -> str:
    parts = _parts(assertion)
    return str(parts[0].get("alg", ""))[:2] if parts else ""


def _oauth1(header: str) -> dict[str, str]:
    found = {}
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        found[name] = unquote(value.strip('"'))
    return found


def _signature(key: str, base: str) -> str:
    return base64.b64encode(
        hmac.new(key.encode(), base.encode(), hashlib.sha256).digest()
    ).decode()


def _base(request: Request, given: Mapping[str, str], scheme: str) -> str:
    """Return the signature base string (RFC 5849 section 3.4.1)."""
    path = request.url.path
    address = f"{scheme}://{request.headers.get('host', '').lower()}{path}"
    pairs = [(n, v) for n, v in given.items() if n not in {"realm", "oauth_signature"}]
    pairs += parse_qsl(request.url.query, keep_blank_values=True)
    encoded = sorted((quote(name, "~"), quote(value, "~")) for name, value in pairs)
    parameters = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join(quote(part, "~") for part in (request.method, address, parameters))
