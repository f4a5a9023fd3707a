"""The CA: what it signs, what it recognises, and what it refuses."""

from __future__ import annotations

import base64
import datetime
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from presswork.core.clock import system_randomness
from presswork.core.errors import Distrusted, Invalid
from presswork.protocols.ticket import ticket_key_of
from presswork.server.platform.authority import Authority, public_key_of_request, serial_text
from presswork.testing.clock import StandingClock

TENANT, COMPUTER = UUID(int=1), UUID(int=2)


def _authority(clock: StandingClock | None = None) -> Authority:
    return Authority.create(UUID(int=9), clock=clock or StandingClock(), randomness=system_randomness)


def _request(key: CertificateIssuerPrivateKeyTypes, name: str = "ignored") -> str:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    request = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, algorithm)
    return request.public_bytes(serialization.Encoding.PEM).decode()


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def test_a_computers_certificate_says_who_it_is() -> None:
    authority, key = _authority(), ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER)
    shown = authority.recognise(_der(certificate))
    assert (shown.tenant_id, shown.computer_id, shown.serial) == (TENANT, COMPUTER, serial_text(certificate))
    assert shown.public_key == key.public_key()
    now = StandingClock().now()
    assert shown.not_before == (now - datetime.timedelta(days=1)).replace(microsecond=0)
    assert shown.not_after == (now + datetime.timedelta(days=30)).replace(microsecond=0)


def test_others_can_verify_it_by_the_rules_of_rfc_5280() -> None:
    clock = StandingClock()
    authority, key = _authority(clock), ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER)
    policy = PolicyBuilder().store(Store([authority.certificate])).time(clock.now())
    verified = policy.build_client_verifier().verify(certificate, [])
    assert verified.subjects == [x509.UniformResourceIdentifier(COMPUTER.urn)]
    server_key = ec.generate_private_key(ec.SECP256R1()).public_key()
    server = authority.issue_for_server(server_key, ["print.example.org", "127.0.0.1"])
    chain = policy.build_server_verifier(x509.DNSName("print.example.org")).verify(server, [])
    assert chain == [server, authority.certificate]


def test_the_subject_of_a_request_is_ignored() -> None:
    authority, key = _authority(), ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue_for_computer(_request(key, "root"), tenant_id=TENANT, computer_id=COMPUTER)
    assert [attribute.value for attribute in certificate.subject] == [str(TENANT), str(COMPUTER)]


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["rsa", "p-384", "ed25519"],
)
def test_other_kinds_of_keys_are_refused(key: CertificateIssuerPrivateKeyTypes) -> None:
    with pytest.raises(Invalid, match="P-256"):
        public_key_of_request(_request(key))


@pytest.mark.parametrize(
    "text", ["", "ä", "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----"]
)
def test_what_is_no_request_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        public_key_of_request(text)


def test_a_request_has_to_be_signed_by_its_own_key() -> None:
    der = bytearray(
        x509.load_pem_x509_csr(_request(ec.generate_private_key(ec.SECP256R1())).encode()).public_bytes(
            serialization.Encoding.DER
        )
    )
    der[-1] ^= 1
    pem = x509.load_der_x509_csr(bytes(der)).public_bytes(serialization.Encoding.PEM).decode()
    with pytest.raises(Invalid, match="of its own"):
        public_key_of_request(pem)


P256 = bytes.fromhex("06082a8648ce3d030107")
SHA256_ECDSA = bytes.fromhex("06082a8648ce3d040302")


@pytest.mark.parametrize(
    ("octets", "others"),
    [(P256, P256[:-1] + b"\x7f"), (SHA256_ECDSA, SHA256_ECDSA[:-1] + b"\x7f"), (b"\x02\x01\x00", b"\x02\x01\x05")],
    ids=["curve", "signature", "version"],
)
def test_a_request_of_a_kind_nobody_knows_is_refused(octets: bytes, others: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    der = x509.load_pem_x509_csr(_request(key).encode()).public_bytes(serialization.Encoding.DER)
    changed = base64.encodebytes(der.replace(octets, others)).decode()
    with pytest.raises(Invalid):
        public_key_of_request(f"-----BEGIN CERTIFICATE REQUEST-----\n{changed}-----END CERTIFICATE REQUEST-----\n")


@pytest.mark.parametrize(
    ("octets", "others"),
    [(P256, P256[:-1] + b"\x7f"), (SHA256_ECDSA, SHA256_ECDSA[:-1] + b"\x7f"), (b"\x02\x01\x02", b"\x02\x01\x05")],
    ids=["curve", "signature", "version"],
)
def test_a_certificate_of_a_kind_nobody_knows_is_not_recognised(octets: bytes, others: bytes) -> None:
    authority, key = _authority(), ec.generate_private_key(ec.SECP256R1())
    der = _der(authority.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER))
    with pytest.raises(Distrusted):
        authority.recognise(der.replace(octets, others))


def test_a_certificate_of_another_authority_is_not_recognised() -> None:
    ours, theirs = _authority(), _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = theirs.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER)
    with pytest.raises(Distrusted) as refused:
        ours.recognise(_der(certificate))
    assert refused.value.details == {"reason": "foreign"}


def test_only_certificates_of_computers_are_recognised() -> None:
    authority = _authority()
    server = authority.issue_for_server(ec.generate_private_key(ec.SECP256R1()).public_key(), ["localhost"])
    for certificate in (server, authority.certificate):
        with pytest.raises(Distrusted):
            authority.recognise(_der(certificate))


def test_the_certificate_for_tickets_is_for_nothing_else() -> None:
    clock, authority = StandingClock(), _authority()
    key = ed25519.Ed25519PrivateKey.generate()
    certificate = authority.issue_for_tickets(key.public_key())
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    assert ticket_key_of(pem, authority.pem, now=clock.now()) == key.public_key()
    assert certificate.not_valid_after_utc == authority.certificate.not_valid_after_utc
    with pytest.raises(Distrusted):
        authority.recognise(_der(certificate))
    policy = PolicyBuilder().store(Store([authority.certificate])).time(clock.now())
    with pytest.raises(VerificationError, match="EKU"):
        policy.build_client_verifier().verify(certificate, [])


def test_the_certificate_of_a_computer_is_not_for_tickets() -> None:
    authority, key = _authority(), ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER)
    server = authority.issue_for_server(ec.generate_private_key(ec.SECP256R1()).public_key(), ["localhost"])
    for one in (certificate, server):
        with pytest.raises(Distrusted) as refused:
            ticket_key_of(
                one.public_bytes(serialization.Encoding.PEM).decode(), authority.pem, now=StandingClock().now()
            )
        assert refused.value.details == {"reason": "not-for-tickets"}


def test_octets_that_are_no_certificate_are_not_recognised() -> None:
    authority, key = _authority(), ec.generate_private_key(ec.SECP256R1())
    der = _der(authority.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER))
    for broken in (b"", b"\x30", der[:-1], der + b"\x00", der[:100] + b"\xff" + der[101:]):
        with pytest.raises(Distrusted):
            authority.recognise(broken)


def test_it_is_the_same_after_it_was_stored() -> None:
    clock, authority = StandingClock(), _authority()
    again = Authority.load(authority.pem, authority.key_der(), clock=clock, randomness=system_randomness)
    assert again.fingerprint == authority.fingerprint
    assert len(authority.fingerprint) == 43
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = again.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER)
    assert authority.recognise(_der(certificate)).computer_id == COMPUTER


def test_a_computer_may_not_sign_for_others() -> None:
    authority, key = _authority(), ec.generate_private_key(ec.SECP256R1())
    certificate = authority.issue_for_computer(_request(key), tenant_id=TENANT, computer_id=COMPUTER)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert not constraints.value.ca
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usage) == {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH}
