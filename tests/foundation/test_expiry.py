"""What a credential's own values tell of its end."""

import base64
import json
from datetime import UTC, datetime

import pytest

from interlock.foundation.secrets.expiry import expiries, without_notes
from interlock.testing.certificates import authority, certificate


def jwt(claims: object) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2lnbmF0dXJl"


def test_a_certificate_tells_its_end_and_a_chain_the_first_one() -> None:
    ours = authority()
    early, late = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
    chain = certificate(ours, "a", late) + certificate(ours, "b", early)
    (found,) = expiries({"certificate": chain.decode()})

    assert (found.what, found.at) == ("the certificate in `certificate`", early)


def test_a_token_tells_its_end() -> None:
    (found,) = expiries({"token": jwt({"exp": 1_800_000_000})})

    assert found.at == datetime.fromtimestamp(1_800_000_000, UTC)


def test_a_token_without_an_end_has_none() -> None:
    assert list(expiries({"token": jwt({"sub": "us"})})) == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2027-03-31", datetime(2027, 4, 1, tzinfo=UTC)),
        ("2027-03-31T12:00:00Z", datetime(2027, 3, 31, 12, tzinfo=UTC)),
        ("2027-03-31T12:00:00+02:00", datetime(2027, 3, 31, 10, tzinfo=UTC)),
        ("next year", None),
    ],
)
def test_an_end_may_be_noted_beside_the_values(value: str, expected: datetime | None) -> None:
    (one,) = expiries({"expires": value, "api_key": "x"})
    (other,) = expiries({"api_key_expires": value})

    assert one.at == other.at == expected
    assert other.what == "`api_key`, as noted beside it"


@pytest.mark.parametrize(
    "value",
    [
        "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----",
        jwt({"exp": "soon"}),
        jwt({"exp": 10**400}),
    ],
)
def test_an_end_that_cannot_be_read_is_an_end_and_unknown(value: str) -> None:
    (found,) = expiries({"it": value})

    assert found.at is None


@pytest.mark.parametrize("value", ["", "sk_live_1", "eyJhbGciOi", "-----BEGIN PRIVATE KEY-----"])
def test_what_has_no_end_tells_none(value: str) -> None:
    assert list(expiries({"it": value})) == []


def test_a_note_of_an_end_is_nothing_that_one_signs_or_logs_in_with() -> None:
    fields = {"now": "whsec_a", "expires": "2027-01-01", "now_expires": "2027-01-01"}

    assert without_notes(fields) == {"now": "whsec_a"}
