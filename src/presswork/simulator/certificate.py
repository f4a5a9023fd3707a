"""A certificate of its own, as printers have them: self-signed, new at every start."""

from __future__ import annotations

import ipaddress
import ssl
import tempfile
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from presswork.core.clock import Clock


def own_certificate(name: str, clock: Clock) -> tuple[ssl.SSLContext, str]:
    """A server context with a fresh certificate, and the certificate's SHA-256 (of DER, hexadecimal)."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "printer")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _context(certificate, key), certificate.fingerprint(hashes.SHA256()).hex()


def _context(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """The ssl module reads keys from files only: a private one, gone at once."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    pem = serialization.Encoding.PEM
    unencrypted = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with tempfile.TemporaryDirectory(prefix="presswork-simulator-") as directory:
        path = Path(directory) / "certificate.pem"
        path.touch(mode=0o600)
        path.write_bytes(unencrypted + certificate.public_bytes(pem))
        context.load_cert_chain(path)
    return context
