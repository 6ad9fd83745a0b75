import base64
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qs, unquote

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from interlock.connectors.kit.exchange import Call, Intent
from interlock.connectors.netsuite.login import account_of, base_string

TOKEN_URL = "https://1234567-sb1.suitetalk.api.netsuite.com/services/rest/auth/oauth2/v1/token"


def test_the_assertion_is_signed_ps256_for_the_token_url(account: Any) -> None:
    account.open().find("customer", "externalId", "001A")
    form = parse_qs(account.logins[0].content.decode())
    assert form["grant_type"] == ["client_credentials"]
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert form["client_assertion_type"] == [kind]
    key = RSAKey.import_key(account.key)
    token = jwt.decode(form["client_assertion"][0], key, algorithms=["PS256"])
    assert token.header == {"alg": "PS256", "typ": "JWT", "kid": "cert-1"}
    now = int(account.clock.now().timestamp())
    assert token.claims == {
        "iss": "app",
        "scope": "rest_webservices",
        "aud": TOKEN_URL,
        "iat": now,
        "exp": now + 300,
    }


def test_a_token_serves_until_shortly_before_its_end(account: Any) -> None:
    connector = account.open()
    connector.find("customer", "externalId", "001A")
    connector.find("customer", "externalId", "001A")
    assert len(account.logins) == 1
    account.clock.advance_to(account.clock.now().replace(hour=11))
    connector.find("customer", "externalId", "001A")
    assert len(account.logins) == 2


def test_tba_signs_the_query_too_and_names_the_realm_in_upper_case(account: Any) -> None:
    account.scheme = "oauth1-tba"
    account.open().find("customer", "externalId", "001A")
    sent = account.requests[0]
    said = dict(
        part.strip().split("=", 1) for part in sent.headers["authorization"][6:].split(",")
    )
    oauth = {name: unquote(value.strip('"')) for name, value in said.items()}
    assert oauth.pop("realm") == "1234567_SB1"
    signature = oauth.pop("oauth_signature")
    call = Call(
        intent=Intent.READ,
        method="GET",
        path="/services/rest/record/v1/customer/eid:001A",
        query=[("expandSubResources", "true")],
    )
    base = base_string(call, "https://1234567-sb1.suitetalk.api.netsuite.com", oauth)
    assert "expandSubResources%3Dtrue%26oauth_consumer_key%3Dconsumer-key-1" in base
    digest = hmac.new(b"consumer-secret-1&token-secret-1", base.encode(), hashlib.sha256)
    assert signature == base64.b64encode(digest.digest()).decode()


def test_every_request_has_its_own_nonce(account: Any) -> None:
    account.scheme = "oauth1-tba"
    connector = account.open()
    connector.find("customer", "externalId", "001A")
    connector.find("customer", "externalId", "001A")
    assert len({request.headers["authorization"] for request in account.requests}) == 2


@pytest.mark.parametrize(
    ("url", "realm"),
    [
        ("https://1234567-sb1.suitetalk.api.netsuite.com", "1234567_SB1"),
        ("https://tstdrv42.suitetalk.api.netsuite.com/", "TSTDRV42"),
    ],
)
def test_the_realm_is_the_account_of_the_host(url: str, realm: str) -> None:
    assert account_of(url) == realm
