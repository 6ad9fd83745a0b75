"""Certificates for servers of tests: an authority of our own, and what it signs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LIFE = timedelta(days=36500)


@dataclass(frozen=True, slots=True)
class Authority:
    """Who signs."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> str:
        """Its certificate, to be trusted."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()


def authority() -> Authority:
    """Return a new one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")])
    made = _builder(name, name, key.public_key(), datetime.now(UTC) + _LIFE)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    return Authority(key, made.sign(key, hashes.SHA256()))


def certificate(by: Authority, host: str, until: datetime) -> bytes:
    """Return key and certificate of `host` as PEM, valid since long ago and up to `until`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    made = _builder(name, by.certificate.subject, key.public_key(), until)
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    signed = made.sign(by.key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + signed.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
    )
