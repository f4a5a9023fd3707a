"""The certificate of the key that signs tickets: by it a receiver knows the key, however it came to it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from presswork.core.errors import Distrusted

TICKETS: Final = "urn:presswork:tickets"
"""The one subject alternative name of that certificate (RFC 5280 §4.2.1.6): no other of the CA has it."""
_UNREADABLE = (
    ValueError,
    TypeError,
    InvalidSignature,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def ticket_key_of(certificate_pem: str, ca_pem: str, *, now: datetime) -> Ed25519PublicKey:
    """The key whose tickets count; ``now`` is the server's time, aware.

    ``Distrusted`` unless the CA issued the certificate for tickets and it is valid now; ``reason`` in the details says
    which: ``foreign``, ``not-for-tickets``, ``not-valid-now``.
    """
    try:
        certificate = x509.load_pem_x509_certificate(certificate_pem.encode("ascii"))
        certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(ca_pem.encode("ascii")))
        key = certificate.public_key()
        names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        raise _not_for_tickets() from None
    except _UNREADABLE:
        raise Distrusted("The certificate for tickets is not one of this installation.", reason="foreign") from None
    if names != [x509.UniformResourceIdentifier(TICKETS)] or not isinstance(key, Ed25519PublicKey):
        raise _not_for_tickets()
    if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
        raise Distrusted("The certificate for tickets is not valid now.", reason="not-valid-now")
    return key


def _not_for_tickets() -> Distrusted:
    return Distrusted("The certificate was issued for something else than tickets.", reason="not-for-tickets")
