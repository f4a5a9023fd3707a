"""The certificate of 21338: signed by itself, its file written by the agent alone, renewed by itself."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from presswork.agent.directory import PUBLIC, write_durably
from presswork.core.errors import Fault, Invalid
from presswork.net.certificate import local_certificate
from presswork.net.tls import server_context

LIFETIME = timedelta(days=365)
CERTIFICATE = "client-control.crt"
_KEY = "client-control.key"
_RENEWED_BEFORE = LIFETIME / 3
_log = structlog.get_logger(__name__)


def control_context(directory: Path, now: datetime) -> ssl.SSLContext:
    """For serving 21338: with the certificate in ``public/``, or with a new one where that is missing, old or not ours."""
    certificate, key = directory / PUBLIC / CERTIFICATE, directory / _KEY
    if not _usable(certificate, key, now):
        renew_certificate(directory, now)
    return server_context(certificate, key)


def renew_when_due(directory: Path, context: ssl.SSLContext, now: datetime) -> None:
    """The same for a context in use: from here on it serves the new certificate."""
    certificate, key = directory / PUBLIC / CERTIFICATE, directory / _KEY
    if not _usable(certificate, key, now):
        renew_certificate(directory, now)
        context.load_cert_chain(certificate, key)


def try_to_renew(directory: Path, context: ssl.SSLContext, now: datetime) -> None:
    """The same; what stands in its way today may be gone tomorrow, and the old certificate is good for months."""
    try:
        renew_when_due(directory, context, now)
    except (OSError, Fault) as error:
        _log.error(
            "The certificate of the client channel could not be renewed; trying again tomorrow.", reason=str(error)
        )


def renew_certificate(directory: Path, now: datetime) -> None:
    """A new key (0600) and certificate (0644)."""
    certificate, key = local_certificate(now, LIFETIME)
    write_durably(directory / _KEY, key)
    write_durably(directory / PUBLIC / CERTIFICATE, certificate, 0o644)


def _usable(certificate: Path, key: Path, now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), None)
    except (FileNotFoundError, ValueError, TypeError):
        return False
    except OSError as error:
        raise Invalid(
            f"{error.filename} cannot be read: {error.strerror}. It has to belong to the agent's account."
        ) from error
    fits = private.public_key() == found.public_key()
    return fits and found.not_valid_before_utc <= now < found.not_valid_after_utc - _RENEWED_BEFORE
