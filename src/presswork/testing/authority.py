"""A CA as a server has one, and computers enrolled with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from presswork.agent.link.identity import Identity, new_key
from presswork.protocols.ticket import TICKETS

COMPUTER = UUID("01970000-0000-7000-8000-000000000001")
TENANT = UUID("01970000-0000-7000-8000-0000000000ff")
LIFE = timedelta(days=30)


class Authority:
    """Issues certificates that begin at ``begin`` and live 30 days."""

    def __init__(self, begin: datetime | None = None) -> None:
        self.begin = begin or datetime.now(UTC) - timedelta(days=1)
        self.key = new_key()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test CA")])
        self.pem = pem(self._sign(self._name, self.key.public_key(), ca=True))

    def certify(
        self, key: ec.EllipticCurvePrivateKey, name: str = str(COMPUTER), tenant_id: UUID = TENANT
    ) -> x509.Certificate:
        """A certificate for ``key`` with ``name`` as its CN, and the tenant as its O."""
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, str(tenant_id)),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        return self._sign(subject, key.public_key(), ca=False)

    def identity(
        self,
        server_url: str = "https://print.example.org",
        computer_id: UUID = COMPUTER,
        tenant_id: UUID = TENANT,
    ) -> Identity:
        """A computer enrolled with this CA."""
        key = new_key()
        return Identity(server_url, key, self.certify(key, str(computer_id), tenant_id), self.pem)

    def ticket_certificate(self, key: Ed25519PrivateKey) -> str:
        """As the agent gets it in its desired state: the certificate of a key that signs tickets."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test tickets")])
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(TICKETS)])
        return pem(self._sign(subject, key.public_key(), ca=False, names=names))

    def _sign(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey | Ed25519PublicKey,
        *,
        ca: bool,
        names: x509.SubjectAlternativeName | None = None,
    ) -> x509.Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.begin)
            .not_valid_after(self.begin + LIFE)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return builder.sign(self.key, SHA256())


def pem(certificate: x509.Certificate) -> str:
    """The certificate as files and messages hold it."""
    return certificate.public_bytes(Encoding.PEM).decode()
