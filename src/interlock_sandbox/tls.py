"""A certificate authority of the sandbox's own, for clients that speak nothing but https.

simple-salesforce and the NetSuite clients strip or fix the scheme. They trust the simulated
vendors once told to trust ``ca.pem`` (REQUESTS_CA_BUNDLE, SSL_CERT_FILE); nobody else does.
"""

import datetime as dt
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HOSTS: Final = (
    "localhost",
    "*.salesforce.com",
    "*.my.salesforce.com",
    "*.sandbox.my.salesforce.com",
    "*.suitetalk.api.netsuite.com",
    "*.restlets.api.netsuite.com",
    "api.stripe.com",
    "rest.avatax.com",
    "sandbox-rest.avatax.com",
)
"""The names under which the vendors' own clients look for the simulated vendors."""
VALID: Final = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Where the files are."""

    authority: Path
    """What a client must trust."""
    certificate: Path
    key: Path


def certificates(directory: Path) -> Certificates:
    """Return the certificates in `directory`; they are made on first use and never leave it."""
    found = Certificates(
        authority=directory / "ca.pem",
        certificate=directory / "server.pem",
        key=directory / "server.key",
    )
    if not found.certificate.exists():
        directory.mkdir(parents=True, exist_ok=True)
        _make(found)
    return found


def _make(files: Certificates) -> None:
    authority_key, server_key = _key(), _key()
    issuer = _name("Interlock sandbox authority")
    authority = (
        _begun(issuer, issuer, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_may(signing=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    names = [x509.DNSName(host) for host in HOSTS]
    loopback = [x509.IPAddress(ipaddress.ip_address(host)) for host in ("127.0.0.1", "::1")]
    server = (
        _begun(_name("localhost"), issuer, server_key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_may(signing=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([*names, *loopback]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    files.authority.write_bytes(authority.public_bytes(pem))
    _write_private(files.key, server_key)
    # Last: its presence says that all are there.
    files.certificate.write_bytes(server.public_bytes(pem))


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + VALID)
        .add_extension(identifier, critical=False)
    )


def _may(*, signing: bool) -> x509.KeyUsage:
    """Return what a key may be used for: signing certificates, or serving."""
    return x509.KeyUsage(
        digital_signature=not signing,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signing,
        crl_sign=signing,
        encipher_only=False,
        decipher_only=False,
    )


def _write_private(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    raw = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(raw)
