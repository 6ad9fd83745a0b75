import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.sandbox.netsuite.conftest import (
    AUDIENCE,
    RECORDS,
    Suite,
    assertion,
    claims,
    code,
    token_answer,
)


def seconds_from_now(seconds: int) -> int:
    return int(time.time()) + seconds


@pytest.mark.parametrize(
    ("changed", "alg", "error"),
    [
        ({"scope": "restlets"}, "PS256", "invalid_grant"),
        ({"aud": "https://elsewhere/"}, "PS256", "invalid_grant"),
        ({"aud": f"('{AUDIENCE}',)"}, "PS256", "invalid_grant"),
        ({"aud": AUDIENCE.replace(".com", ".example")}, "PS256", "invalid_grant"),
        ({"scope": "rest_webservices everything"}, "PS256", "invalid_grant"),
        ({"iat": partial(seconds_from_now, 2000)}, "PS256", "invalid_grant"),
        ({"iat": None}, "PS256", "invalid_grant"),
        ({"exp": partial(seconds_from_now, -1)}, "PS256", "invalid_grant"),
        ({"exp": partial(seconds_from_now, 9000)}, "PS256", "invalid_grant"),
        ({"iss": "wrong-client"}, "PS256", "invalid_client"),
        ({}, "RS256", "invalid_client"),
    ],
)
def test_an_assertion_has_to_be_as_documented(
    suite: Suite, changed: dict[str, object], alg: str, error: str
) -> None:
    # Now, and not when this was read: the tests before this one may take an hour.
    said = claims(**{k: v() if callable(v) else v for k, v in changed.items()})
    answer = token_answer(suite.url, assertion(said, alg))

    assert (answer.status_code, answer.json()) == (400, {"error": error})
    assert token_answer(suite.url, "no.jwt").json() == {"error": "invalid_request"}


def test_a_configured_certificate_verifies_the_signature(suite: Suite) -> None:
    mine, other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in "ab")
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = mine.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    suite.control("options", {"m2m": {"certificate": public, "client_id": "client"}})

    def signed(key: rsa.RSAPrivateKey) -> httpx2.Response:
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        header = {"alg": "PS256", "typ": "JWT", "kid": "certificate"}
        made = jwt.encode(header, claims(), RSAKey.import_key(pem), algorithms=["PS256"])
        return token_answer(suite.url, made)

    assert signed(mine).status_code == 200
    assert signed(other).json() == {"error": "invalid_client"}
    assert token_answer(suite.url, assertion(claims())).json() == {"error": "invalid_client"}


def test_without_a_token_nobody_comes_in(suite: Suite) -> None:
    answer = httpx2.get(f"{suite.url}{RECORDS}/customer", headers={"Authorization": "Bearer x"})

    assert code(answer) == (401, "INVALID_LOGIN")


@pytest.mark.parametrize(
    ("fault", "status", "name"),
    [
        ("netsuite_429", 429, "CONCURRENCY_LIMIT_EXCEEDED"),
        ("netsuite_400_quota", 400, "SSS_REQUEST_LIMIT_EXCEEDED"),
        ("netsuite_403_quota", 403, "SSS_REQUEST_LIMIT_EXCEEDED"),
        ("netsuite_401_quota", 401, "INVALID_LOGIN"),
        ("netsuite_record_changed", 400, "RCRD_HAS_BEEN_CHANGED"),
    ],
)
def test_a_fault_refuses_twice_changes_nothing_and_is_counted(
    suite: Suite, fault: str, status: int, name: str
) -> None:
    suite.control("faults", {"rates": {fault: 1.0}})

    assert [code(suite.invoice("006")) for _ in range(2)] == [(status, name)] * 2
    assert not suite.control("ledger").get("invoice")
    assert suite.invoice("006").status_code == 204
    assert suite.control("faults")["fired"] == {fault: 2}


def test_an_expired_token_is_refused_until_there_is_another(suite: Suite) -> None:
    suite.control("faults", {"rates": {"netsuite_token_expired": 1.0}})
    assert code(suite.invoice("006")) == (401, "INVALID_LOGIN")
    suite.control("faults", {"rates": {}})
    assert code(suite.invoice("006")) == (401, "INVALID_LOGIN")

    token = token_answer(suite.url, assertion(claims())).json()["access_token"]
    suite.client.headers["Authorization"] = f"Bearer {token}"

    assert suite.invoice("006").status_code == 204


def test_the_account_takes_only_so_many_requests_at_once(suite: Suite) -> None:
    suite.control("options", {"concurrency": 0})
    assert code(suite.send("GET", f"{RECORDS}/customer")) == (429, "CONCURRENCY_LIMIT_EXCEEDED")
    suite.control("options", {"concurrency": 5})

    def ask(_: int) -> int:
        return suite.send("GET", f"{RECORDS}/customer").status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(40))) == {200}
    limits = suite.send("GET", "/services/rest/system/v1/governanceLimits").json()
    assert limits["accountConcurrencyLimit"] == 5


def test_an_asynchronous_write_is_done_later_and_its_key_makes_it_once(suite: Suite) -> None:
    headers = {"Prefer": "respond-async", "X-NetSuite-Idempotency-Key": "key-1"}
    given = {"companyName": "Later"}

    first = suite.send("POST", f"{RECORDS}/customer", given, **headers)
    again = suite.send("POST", f"{RECORDS}/customer", given, **headers)

    assert first.status_code == 202
    job = first.headers["location"]
    assert code(again) == (400, "IDEMPOTENCY_ERROR")
    assert (again.json()["title"], again.headers["location"]) == ("Conflict", job)
    deadline = time.monotonic() + 60
    while not suite.send("GET", job).json()["completed"] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert suite.send("GET", job).json()["progress"] == "succeeded"
    result = suite.send("GET", f"{job}/task/1/result")
    made = suite.read("customer", suite.ref(result))
    assert made["companyName"] == "Later"
    assert len(suite.control("ledger")["customer"]) == 2


def test_a_synchronous_write_ignores_the_idempotency_key(suite: Suite) -> None:
    key = {"X-NetSuite-Idempotency-Key": "key-1"}

    refs = {
        suite.ref(suite.send("POST", f"{RECORDS}/customer", {"companyName": "A"}, **key))
        for _ in "ab"
    }

    assert len(refs) == 2
