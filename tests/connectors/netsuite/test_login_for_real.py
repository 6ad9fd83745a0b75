"""We log in where every signature is verified, and are refused when one is not ours."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from tests.sandbox.serving import Stand, stand

from interlock.connectors.catalogue import open_connector
from interlock.connectors.port import CallFailed, Connection, Kind, Record
from interlock.foundation.clock import SystemClock
from interlock.testing.vendors import LOOPBACK

TBA = {
    "consumer_key": "consumer-key-1",
    "consumer_secret": "consumer secret/1",
    "token_id": "token-id-1",
    "token_secret": "token&secret=1",
}
Ask = Callable[[], Record | None]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def asking(url: str, scheme: str, credential: dict[str, str], **options: str) -> Ask:
    """Return what asks for a customer of ours once."""

    def ask() -> Record | None:
        connection = Connection(
            system="erp",
            url=url,
            credential=credential,
            scheme=scheme,
            timeout=timedelta(seconds=60),
            options=options,
            outbound=LOOPBACK,
        )
        connector = open_connector(connection, SystemClock(), name="netsuite")
        try:
            return connector.find("customer", "externalId", "nobody")
        finally:
            connector.close()  # type: ignore[attr-defined]  # every connector has it

    return ask


def private(key: Key) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def public(key: Key) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def elliptic() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def of_rsa() -> Key:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def served() -> Iterator[Stand]:
    with stand() as found:
        yield found


@pytest.mark.parametrize(("algorithm", "make"), [("PS256", of_rsa), ("ES256", elliptic)])
def test_an_assertion_is_believed_for_its_signature_client_and_certificate(
    served: Stand, algorithm: str, make: Callable[[], Key]
) -> None:
    mine, other = make(), make()
    known = {"client_id": "app", "certificate_id": "cert-1"}
    served.fresh("netsuite", {"m2m": {**known, "certificate": public(mine)}})

    def asks(**changed: str) -> Ask:
        credential = {**known, "private_key": private(mine), **changed}
        scheme = "oauth2-client-credentials"
        return asking(served.url, scheme, credential, algorithm=algorithm)

    assert asks()() is None
    for wrong in (
        {"private_key": private(other)},
        {"client_id": "somebody"},
        {"certificate_id": "cert-2"},
    ):
        with pytest.raises(CallFailed) as refused:
            asks(**wrong)()
        assert refused.value.outcome.kind is Kind.AUTH


def test_an_assertion_for_another_account_is_refused(served: Stand) -> None:
    served.fresh("netsuite")
    credential = {"client_id": "app", "certificate_id": "cert-1", "private_key": private(of_rsa())}
    elsewhere = "https://tokens.example/services/rest/auth/oauth2/v1/token"

    ask = asking(served.url, "oauth2-client-credentials", credential, audience=elsewhere)

    with pytest.raises(CallFailed) as refused:
        ask()
    assert refused.value.outcome.kind is Kind.AUTH


def test_a_token_based_request_is_believed_for_its_signature(served: Stand) -> None:
    account = {"account": "1234567_SB1", **TBA}
    served.fresh("netsuite", {"tba": account})

    assert asking(served.url, "oauth1-tba", TBA, account="1234567_SB1")() is None
    for wrong in ({**TBA, "token_secret": "other"}, {**TBA, "consumer_secret": "other"}):
        with pytest.raises(CallFailed) as refused:
            asking(served.url, "oauth1-tba", wrong, account="1234567_SB1")()
        assert refused.value.outcome.kind is Kind.AUTH
    with pytest.raises(CallFailed):
        asking(served.url, "oauth1-tba", TBA, account="7654321")()
