"""The certificate of the server's own port: from the own CA and renewed by itself, or from files somebody else renews."""

from __future__ import annotations

import os
import socket
import ssl
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from presswork.core.clock import Clock
from presswork.core.errors import Invalid
from presswork.server.platform.authority import Authority

TLS_DIRECTORY = "tls"
"""Where the own certificate is, in the data directory."""


def own_chain(directory: Path) -> Path:
    """The file of the own certificate in ``directory``."""
    return directory / "server.crt"


class OwnCertificate:
    """Kept in ``directory``; a third of its life before it ends, or when the host names change, comes a new one."""

    def __init__(self, directory: Path, authority: Authority, clock: Clock, host: str) -> None:
        self._chain = own_chain(directory)
        self._key = directory / "server.key"
        self._authority = authority
        self._clock = clock
        self._hosts = sorted({host, "localhost", socket.gethostname(), "127.0.0.1", "::1"})

    def refresh(self, context: ssl.SSLContext) -> str:
        """See to it that ``context`` shows a certificate that is good for a while. Blocks: files and a signature.

        Gives the certificate's SHA-256 as browsers show it: pairs of hexadecimal digits.
        """
        if not self._good():
            self._issue()
        _load(context, self._chain, self._key)
        return self._load().fingerprint(hashes.SHA256()).hex(":").upper()

    def _good(self) -> bool:
        try:
            certificate = self._load()
            certificate.verify_directly_issued_by(self._authority.certificate)
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            server_context().load_cert_chain(self._chain, self._key)
        except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
            return False
        shown = {str(name.value) for name in names}
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return shown == set(self._hosts) and begin <= self._clock.now() < _two_thirds(begin, end)

    def _load(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self._chain.read_bytes())

    def _issue(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._authority.issue_for_server(key.public_key(), self._hosts)
        _write(self._key, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        _write(self._chain, certificate.public_bytes(Encoding.PEM) + self._authority.pem.encode("ascii"))


class FileCertificate:
    """Two files of somebody else's; read again when they change."""

    def __init__(self, certificate: Path | None, private_key: Path | None) -> None:
        if certificate is None or private_key is None:
            raise Invalid('With tls "file", both a certificate and a private key have to be named.')
        self._certificate = certificate
        self._key = private_key
        self._read_at: tuple[int, int] | None = None

    def refresh(self, context: ssl.SSLContext) -> None:
        """Read the files where they are newer than what ``context`` shows. Blocks. Gives no fingerprint: browsers know it."""
        try:
            written = (self._certificate.stat().st_mtime_ns, self._key.stat().st_mtime_ns)
            if written != self._read_at:
                _load(context, self._certificate, self._key)
                self._read_at = written
        except (OSError, ssl.SSLError) as error:
            raise Invalid(f"The server's certificate or key cannot be read: {error}") from error


def server_context() -> ssl.SSLContext:
    """For the server's port: TLS 1.2 and up, HTTP/1.1. A certificate comes from ``refresh``."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _load(context: ssl.SSLContext, chain: Path, key: Path) -> None:
    server_context().load_cert_chain(chain, key)  # first elsewhere: a pair that does not match would spoil the context
    context.load_cert_chain(chain, key)


def _two_thirds(begin: datetime, end: datetime) -> datetime:
    return begin + (end - begin) * 2 / 3


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o700, exist_ok=True)
    new = file.with_suffix(file.suffix + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
        opened.flush()
        os.fsync(descriptor)
    new.replace(file)
