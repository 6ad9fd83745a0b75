"""Standard Webhooks: the published vector, the reference library, and what must be refused."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from interlock.foundation.errors import UsageError
from interlock.foundation.signatures import (
    NotAuthenticError,
    check_signature,
    key_of,
    signed,
)

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_" + base64.b64encode(b"another secret of 32 bytes......").decode()
BODY = b'{"test": 2432232314}'
AT = datetime.fromtimestamp(1614265330, UTC)


def test_the_published_vector_is_reproduced() -> None:
    headers = signed([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", AT, BODY)

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert headers["webhook-timestamp"] == "1614265330"


_secrets = st.binary(min_size=24, max_size=64).map(
    lambda key: f"whsec_{base64.b64encode(key).decode()}"
)
_bodies = st.text().map(str.encode)
_ids = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=64)


@given(secret=_secrets, other=_secrets, body=_bodies, identity=_ids)
def test_the_reference_library_accepts_what_we_sign_with_either_secret_of_a_rotation(
    secret: str, other: str, body: bytes, identity: str
) -> None:
    now = datetime.now(UTC)
    headers = signed([secret, other], identity, now, body)

    for each in (secret, other):
        Webhook(each).verify(body, headers, json_parse=False)
        assert check_signature([each], headers, body, now) == identity


@given(secret=_secrets, body=_bodies, identity=_ids)
def test_we_accept_what_the_reference_library_signs(
    secret: str, body: bytes, identity: str
) -> None:
    headers = {
        "Webhook-Id": identity,
        "Webhook-Timestamp": str(int(AT.timestamp())),
        "Webhook-Signature": Webhook(secret).sign(identity, AT, body.decode()),
    }

    assert check_signature([secret], headers, body, AT) == identity


@given(body=_bodies, at=st.integers(min_value=0, max_value=400))
def test_another_byte_in_the_body_is_refused(body: bytes, at: int) -> None:
    headers = signed([SECRET], "msg_1", AT, body)
    at = min(at, len(body))
    changed = body[:at] + b"!" + body[at:]

    with pytest.raises(NotAuthenticError, match="no signature"):
        check_signature([SECRET], headers, changed, AT)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_without_one_of_its_headers_a_delivery_is_refused(name: str) -> None:
    headers = signed([SECRET], "msg_1", AT, BODY)
    del headers[name]

    with pytest.raises(NotAuthenticError, match=name):
        check_signature([SECRET], headers, BODY, AT)


@pytest.mark.parametrize("minutes", [-6, 6])
def test_a_delivery_that_is_too_old_or_from_the_future_is_refused(minutes: int) -> None:
    headers = signed([SECRET], "msg_1", AT, BODY)

    with pytest.raises(NotAuthenticError, match="too far"):
        check_signature([SECRET], headers, BODY, AT + timedelta(minutes=minutes))


@pytest.mark.parametrize("timestamp", ["soon", "1614265330.5", "-1", "\u0661", "9" * 5000])
def test_a_timestamp_that_is_no_number_of_seconds_is_refused(timestamp: str) -> None:
    headers = {**signed([SECRET], "msg_1", AT, BODY), "webhook-timestamp": timestamp}

    with pytest.raises(NotAuthenticError):
        check_signature([SECRET], headers, BODY, AT)


def test_a_signature_by_somebody_else_is_refused() -> None:
    headers = signed([OTHER], "msg_1", AT, BODY)

    with pytest.raises(NotAuthenticError, match="no signature"):
        check_signature([SECRET], headers, BODY, AT)


@pytest.mark.parametrize("signature", ["v1", "v2,AAAA", "v1,\u00e4", ", ,", "v1a,AAAA v1,"])
def test_a_signature_of_another_form_is_refused_and_nothing_breaks(signature: str) -> None:
    headers = {**signed([SECRET], "msg_1", AT, BODY), "webhook-signature": signature}

    with pytest.raises(NotAuthenticError):
        check_signature([SECRET], headers, BODY, AT)


@pytest.mark.parametrize("secret", ["whsec_****", "whsec_c2hvcnQ=", "whsec_" + "QUFB" * 30, ""])
def test_a_secret_of_another_form_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(UsageError) as refused:
        key_of(secret)

    assert not secret or secret not in str(refused.value)
