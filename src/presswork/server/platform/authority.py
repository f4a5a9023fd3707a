"""The installation's own certificate authority: X.509 (RFC 5280) by ``cryptography``, keys on P-256.

It signs what the parts of one installation show each other. Certificates of computers bind a computer's id (CN) and its
tenant (O) to the computer's key; what a certificate request says about its subject is ignored.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Distrusted, Invalid
from presswork.protocols.ticket import TICKETS
from presswork.server.platform.secrets import base64url

CA_LIFE = timedelta(days=3650)
COMPUTER_LIFE = timedelta(days=30)
SERVER_LIFE = timedelta(days=90)
BACKDATED = timedelta(days=1)
"""Certificates begin a day early: the clock of a computer may be behind."""
_SIGNS_TICKETS = x509.ObjectIdentifier("2.25.322168271023838183210446302516769679262")
"""A purpose of our own (from a UUID: ITU-T X.667): by it TLS refuses the certificate at either end of a connection."""
_UNREADABLE = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What ``cryptography`` raises for certificates and requests of others; it reads most of them only when asked for a part."""


@dataclass(frozen=True, slots=True)
class ComputerCertificate:
    """What a certificate of this authority says, its signature being verified. Its time is not judged yet."""

    tenant_id: UUID
    computer_id: UUID
    serial: str
    not_before: datetime
    not_after: datetime
    public_key: ec.EllipticCurvePublicKey


class Authority:
    """Issues and recognises certificates of this installation."""

    def __init__(
        self,
        certificate: x509.Certificate,
        key: ec.EllipticCurvePrivateKey,
        *,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self.certificate = certificate
        self._key = key
        self._clock = clock
        self._randomness = randomness

    @classmethod
    def create(cls, installation_id: UUID, *, clock: Clock, randomness: Randomness) -> Authority:
        """A new authority with a key of its own, for ten years."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Presswork"),
                x509.NameAttribute(NameOID.COMMON_NAME, f"Presswork installation {installation_id}"),
            ]
        )
        now = clock.now()
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(_serial(randomness))
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + CA_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(certificate, key, clock=clock, randomness=randomness)

    @classmethod
    def load(cls, certificate_pem: str, key_der: bytes, *, clock: Clock, randomness: Randomness) -> Authority:
        """The authority as it was stored."""
        key = serialization.load_der_private_key(key_der, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise Distrusted("The stored key of the certificate authority is not of its kind. Restore the database.")
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode("ascii"))
        return cls(certificate, key, clock=clock, randomness=randomness)

    def key_der(self) -> bytes:
        """The private key (PKCS #8), to be sealed."""
        return self._key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    @property
    def pem(self) -> str:
        """The CA certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the CA certificate (DER) in base64url: 43 characters, as an enrolment code carries it."""
        return base64url(self.certificate.fingerprint(hashes.SHA256()))

    def issue_for_computer(self, request_pem: str, *, tenant_id: UUID, computer_id: UUID) -> x509.Certificate:
        """A certificate for the key of a PKCS #10 request. ``Invalid`` where the request is not one of a P-256 key."""
        key = public_key_of_request(request_pem)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, str(tenant_id)),
                x509.NameAttribute(NameOID.COMMON_NAME, str(computer_id)),
            ]
        )
        # Among agents both ends show this certificate, so it serves both ends of a connection.
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(computer_id.urn)])
        return self._issue(name, key, usages, alternative, COMPUTER_LIFE)

    def issue_for_server(self, key: ec.EllipticCurvePublicKey, hosts: Sequence[str]) -> x509.Certificate:
        """A certificate for this server's own port, for the given host names and addresses."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Presswork server")])
        alternative = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        return self._issue(name, key, [ExtendedKeyUsageOID.SERVER_AUTH], alternative, SERVER_LIFE)

    def issue_for_tickets(self, key: ed25519.Ed25519PublicKey) -> x509.Certificate:
        """A certificate for the key that signs tickets, and for nothing else.

        It ends with the CA's own: the two keys lie in the same place, so that a shorter life would protect from nothing.
        """
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Presswork tickets")])
        alternative = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(TICKETS)])
        left = self.certificate.not_valid_after_utc - self._clock.now()
        return self._issue(name, key, [_SIGNS_TICKETS], alternative, left)

    def recognise(self, certificate_der: bytes) -> ComputerCertificate:
        """What a computer's certificate says; ``Distrusted`` where this authority did not sign it for a computer."""
        try:
            certificate = x509.load_der_x509_certificate(certificate_der)
            certificate.verify_directly_issued_by(self.certificate)
            key = certificate.public_key()
            tenant_id = UUID(_only(certificate.subject, NameOID.ORGANIZATION_NAME))
            computer_id = UUID(_only(certificate.subject, NameOID.COMMON_NAME))
        except _UNREADABLE:
            raise _not_ours() from None
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise _not_ours()
        return ComputerCertificate(
            tenant_id=tenant_id,
            computer_id=computer_id,
            serial=serial_text(certificate),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            public_key=key,
        )

    def _issue(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey,
        usages: list[x509.ObjectIdentifier],
        alternative: x509.SubjectAlternativeName,
        life: timedelta,
    ) -> x509.Certificate:
        now = self._clock.now()
        ca_key_id = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.certificate.subject)
            .public_key(key)
            .serial_number(_serial(self._randomness))
            .not_valid_before(now - BACKDATED)
            .not_valid_after(now + life)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(alternative, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_key_id), critical=False)
            .sign(self._key, hashes.SHA256())
        )


def public_key_of_request(request_pem: str) -> ec.EllipticCurvePublicKey:
    """The key of a PKCS #10 request that was signed with it; ``Invalid`` for any other kind of key, or none."""
    try:
        request = x509.load_pem_x509_csr(request_pem.encode("ascii"))
        signed = request.is_signature_valid
        key = request.public_key()
    except _UNREADABLE:
        raise Invalid("The certificate request cannot be read.", field="certificate_request") from None
    if not signed or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Invalid("The certificate request is not signed by a P-256 key of its own.", field="certificate_request")
    return key


def serial_text(certificate: x509.Certificate) -> str:
    """The serial number as it is stored: hexadecimal."""
    return format(certificate.serial_number, "x")


def _serial(randomness: Randomness) -> int:
    return int.from_bytes(randomness(19), "big") | 1  # positive, below 20 octets (RFC 5280 §4.1.2.2)


def _only(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    values = name.get_attributes_for_oid(oid)
    if len(values) != 1:
        raise ValueError(oid.dotted_string)
    return str(values[0].value)


def _not_ours() -> Distrusted:
    return Distrusted("The certificate is not one of this installation. Enrol the computer again.", reason="foreign")


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host.encode("idna").decode("ascii"))


def _key_usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )
