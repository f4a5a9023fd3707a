"""A one-use code becomes an identity; a certificate is renewed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import re
from pathlib import Path

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from presswork.agent.link.identity import (
    Identity,
    certificate_for,
    certificate_request,
    new_key,
    save_certificate,
    save_identity,
)
from presswork.agent.link.requests import Requests, server_origin
from presswork.agent.link.server_time import ServerTime
from presswork.core.errors import Distrusted, Invalid
from presswork.net.tls import trusting_context, unverified_context
from presswork.protocols.control.agent import Enrolled, EnrolRequest, Hello, RenewRequest

_CODE = re.compile(r"[0-9A-Za-z_-]{16,64}\.(?P<fingerprint>[0-9A-Za-z_-]{43})")
_log = structlog.get_logger(__name__)


async def enrol(directory: Path, url: str, code: str, hello: Hello, time: ServerTime) -> Identity:
    """Make this computer known to the server at ``url``; the identity is durable when it returns.

    The code is sent only over a connection that the CA with the code's fingerprint vouches for (or the system's trust
    store). Raises ``Invalid`` for a malformed address or code, ``Distrusted`` when the server is not the one that the
    code is from, ``ServerRefused`` when the code is used or over, ``ServerUnreachable``.
    """
    origin = server_origin(url)
    ca_pem = await _authority(origin, _fingerprint(code), time)
    key = new_key()
    request = EnrolRequest(code=code.strip(), certificate_request=certificate_request(key), hello=hello)
    context = await asyncio.to_thread(trusting_context, ca_pem)
    async with Requests(origin, context, time) as requests:
        enrolled = await requests.post("/api/agent/enrol", request, Enrolled)
    time.learn(enrolled.server_time)
    identity = Identity(origin, key, certificate_for(key, enrolled.certificate, ca_pem), ca_pem)
    await asyncio.to_thread(save_identity, directory, identity)
    return identity


async def renew(directory: Path, identity: Identity, requests: Requests) -> Identity:
    """A new certificate for the same key, also when the old one is over; durable when it returns. Faults as ``enrol``."""
    request = RenewRequest(certificate_request=certificate_request(identity.key))
    renewed = await requests.post("/api/agent/renew", request, Enrolled)
    certificate = certificate_for(identity.key, renewed.certificate, identity.ca_pem)
    await asyncio.to_thread(save_certificate, directory, certificate)
    _log.info("The certificate of this computer was renewed.", until=certificate.not_valid_after_utc.isoformat())
    return Identity(identity.server_url, identity.key, certificate, identity.ca_pem)


def _fingerprint(code: str) -> str:
    matched = _CODE.fullmatch(code.strip())
    if matched is None:
        raise Invalid("This is not an enrolment code. Copy the whole code from the console, with the point in it.")
    return matched["fingerprint"]


async def _authority(origin: str, fingerprint: str, time: ServerTime) -> str:
    """The CA certificate, fetched from nobody in particular and compared with the fingerprint."""
    async with Requests(origin, unverified_context(), time) as requests:
        fetched = await requests.get("/api/ca")
    try:
        certificate = x509.load_pem_x509_certificate(fetched)
    except (ValueError, x509.InvalidVersion):
        raise Distrusted(f"What answers at {origin} is not a Presswork server; the code was not sent to it.") from None
    digest = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
    found = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    if not hmac.compare_digest(found, fingerprint):
        raise Distrusted(
            f"The server at {origin} is not the one this code is from; the code was not sent to it. "
            "Check the address; if it is right, somebody may stand between."
        )
    return certificate.public_bytes(Encoding.PEM).decode()
