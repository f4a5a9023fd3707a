"""TLS contexts."""

from __future__ import annotations

import ssl
from pathlib import Path

LOCAL_NAME = "localhost"
"""The name that the certificate of a local service carries."""


def server_context(certificate: Path, private_key: Path) -> ssl.SSLContext:
    """For a service of this project on this computer: TLS 1.3 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, private_key)
    return context


def pinned_context(certificate_pem: str) -> ssl.SSLContext:
    """For a client that trusts this one certificate and nobody else; the peer must be ``LOCAL_NAME``. TLS 1.3 only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=certificate_pem)
    return context


def trusting_context(ca_pem: str) -> ssl.SSLContext:
    """For a client of a Presswork server: the installation's own CA or the system's trust store vouches for it."""
    context = ssl.create_default_context()
    context.load_verify_locations(cadata=ca_pem)
    return context


def unverified_context() -> ssl.SSLContext:
    """Checks no certificate. Only to fetch what is then compared with a fingerprint known beforehand; send no secret over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
