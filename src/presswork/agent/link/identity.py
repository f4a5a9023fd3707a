"""Who this computer is to the server: key, certificate, CA and address, each a file of the agent's directory.

agent.key        EC P-256, PEM, 0600; made here, never leaves
agent.crt        the certificate the server's CA gave it; the CN is the computer id, the O the tenant id
ca.crt           the CA of the installation, compared with the enrolment code's fingerprint
server.json      the server's address
"""

from __future__ import annotations

import base64
import json
import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from presswork.agent.directory import write_durably
from presswork.core.errors import Distrusted, Invalid

KEY, CERTIFICATE, CA, SERVER = "agent.key", "agent.crt", "ca.crt", "server.json"
_BROKEN = "Get a new enrolment code from your administrator and run: presswork agent enrol URL CODE"


@dataclass(frozen=True, slots=True)
class Identity:
    """An enrolled computer."""

    server_url: str
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    ca_pem: str

    @property
    def computer_id(self) -> UUID:
        """The computer as the server knows it."""
        return UUID(_subject(self.certificate, NameOID.COMMON_NAME))

    @property
    def tenant_id(self) -> UUID:
        """The organisation it belongs to."""
        return UUID(_subject(self.certificate, NameOID.ORGANIZATION_NAME))

    @property
    def token(self) -> str:
        """The certificate as the access token: DER, base64url without padding."""
        der = self.certificate.public_bytes(Encoding.DER)
        return base64.urlsafe_b64encode(der).rstrip(b"=").decode()

    def renewal_due(self, now: datetime) -> bool:
        """Whether less than a third of the certificate's life is left. ``now`` is the server's time."""
        begin, end = self.certificate.not_valid_before_utc, self.certificate.not_valid_after_utc
        return end - now < (end - begin) / 3


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key as agents have them."""
    return ec.generate_private_key(ec.SECP256R1())


def certificate_request(key: ec.EllipticCurvePrivateKey) -> str:
    """PKCS #10, PEM, for ``key``. Its subject is empty: who this computer is, the server says."""
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
    return request.public_bytes(Encoding.PEM).decode()


def certificate_for(key: ec.EllipticCurvePrivateKey, certificate_pem: str, ca_pem: str) -> x509.Certificate:
    """The certificate the server sent; ``Distrusted`` unless it is for ``key`` and of the CA this computer trusts."""
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode())
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(ca_pem.encode()))
        UUID(_subject(certificate, NameOID.COMMON_NAME))
        foreign = certificate.public_key() != key.public_key()
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise Distrusted("The server answered with a certificate that its own CA has not signed.") from error
    if foreign:
        raise Distrusted("The server answered with a certificate for another key than this computer's.")
    return certificate


def load_identity(directory: Path) -> Identity | None:
    """The identity in ``directory``; None where this computer was never enrolled. ``Invalid`` when it cannot be used."""
    try:
        key_pem = _read_private(directory / KEY)
        certificate_pem = (directory / CERTIFICATE).read_text()
        ca_pem = (directory / CA).read_text()
        server_url = json.loads((directory / SERVER).read_text())["url"]
        key = load_pem_private_key(key_pem, None)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"The identity files in {directory} are damaged. {_BROKEN}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(server_url, str):
        raise Invalid(f"The identity files in {directory} are damaged. {_BROKEN}")
    try:
        certificate = certificate_for(key, certificate_pem, ca_pem)
    except Distrusted as mismatch:
        raise Invalid(f"The identity files in {directory} do not belong together. {_BROKEN}") from mismatch
    return Identity(server_url, key, certificate, ca_pem)


Stamp = tuple[int, int]


def identity_stamp(directory: Path) -> Stamp | None:
    """Another one after every enrolment, and the same until then. None where there is no identity."""
    try:
        status = (directory / SERVER).lstat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns


def save_identity(directory: Path, identity: Identity) -> None:
    """Write all of it; durable when it returns. The address comes last: until then there is no new identity."""
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / SERVER).unlink(missing_ok=True)
    write_durably(directory / KEY, key)
    write_durably(directory / CA, identity.ca_pem.encode())
    save_certificate(directory, identity.certificate)
    write_durably(directory / SERVER, json.dumps({"url": identity.server_url}).encode())


def save_certificate(directory: Path, certificate: x509.Certificate) -> None:
    """Replace the certificate alone (renewal keeps the key)."""
    write_durably(directory / CERTIFICATE, certificate.public_bytes(Encoding.PEM))


def _read_private(path: Path) -> bytes:
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise Invalid(f"Others on this computer can read {path}. Run: chmod 600 {path} (and better, enrol again)")
        return file.read()


def _subject(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = certificate.subject.get_attributes_for_oid(oid)
    if len(values) != 1:
        raise ValueError("not exactly one value in the subject")
    return str(values[0].value)
