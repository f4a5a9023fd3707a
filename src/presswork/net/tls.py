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


_NO_CHECK_TIME = 0x200000
"""``X509_V_FLAG_NO_CHECK_TIME`` of OpenSSL, which Python has no name for."""


def among_agents(certificate: Path, private_key: Path, ca_pem: str, *, server_side: bool) -> ssl.SSLContext:
    """For connections between agents: TLS 1.3, certificates of this CA on both sides, nothing resumed, no host names.

    OpenSSL judges no time here: the caller compares the peer's certificate with the server's time, and whose it is.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= _NO_CHECK_TIME
    context.load_verify_locations(cadata=ca_pem)
    context.load_cert_chain(certificate, private_key)
    if server_side:
        context.num_tickets = 0
    return context
