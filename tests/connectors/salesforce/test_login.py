import base64
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

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

from interlock.foundation.errors import UsageError

ID = "0015g00000AbCdEAAV"


def login(org: Any) -> tuple[dict[str, list[str]], Any]:
    org.open().read("Account", ID)
    request = org.requests[0]
    assert request.url.path == "/services/oauth2/token"
    return parse_qs(request.content.decode()), request


def test_client_credentials_go_in_the_header_and_not_in_the_form(org: Any) -> None:
    form, request = login(org)
    assert form == {"grant_type": ["client_credentials"]}
    scheme, _, packed = request.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(packed) == b"app:s3cret-of-the-app"


def test_an_assertion_lives_three_minutes_and_names_app_user_and_audience(org: Any) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    org.scheme = "oauth2-jwt-bearer"
    org.credential = {"client_id": "app", "username": "svc@example.com", "private_key": pem}
    form, _ = login(org)
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    token = jwt.decode(form["assertion"][0], RSAKey.import_key(public), algorithms=["RS256"])
    until = org.clock.now() + timedelta(minutes=3)
    assert token.claims == {
        "iss": "app",
        "sub": "svc@example.com",
        "aud": "https://login.salesforce.com",
        "exp": int(until.timestamp()),
    }


def test_what_the_scheme_needs_is_named_when_it_is_missing(org: Any) -> None:
    org.credential = {"client_id": "app"}
    with pytest.raises(UsageError, match="client_secret"):
        org.open()
