"""Who this computer is to others of its organisation, and whom it believes."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from presswork.agent.link.identity import CA, CERTIFICATE, KEY, SERVER, Identity, load_identity
from presswork.core.errors import Distrusted, Fault
from presswork.net.tls import among_agents
from presswork.protocols.ticket import TicketRefused, ticket_key_of

_FILES = (SERVER, CERTIFICATE, KEY, CA)
_UNREADABLE = (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.InvalidVersion)
Stamp = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Peer:
    """A computer that showed its certificate, which is of this installation and valid."""

    tenant_id: UUID
    computer_id: UUID


@dataclass(frozen=True, slots=True)
class Credentials:
    """One identity of this computer, ready to be used."""

    identity: Identity
    tenant_id: UUID
    ca: x509.Certificate
    as_server: ssl.SSLContext
    as_client: ssl.SSLContext


class Trust:
    """The identity in the agent's directory, as it is now: a renewal or a new enrolment counts from the next connection on."""

    def __init__(
        self,
        directory: Path,
        ticket_certificate: Callable[[], str],
        server_now: Callable[[], datetime],
        *,
        removed: Container[UUID] = frozenset(),
    ) -> None:
        """``ticket_certificate``: that of the desired state; ``server_now``: the server's time as far as it is known.

        ``removed``: computers that do not belong to the organisation any more, as far as it is known.
        """
        self._directory = directory
        self._ticket_certificate = ticket_certificate
        self.server_now = server_now
        self._removed = removed
        self._stamp: Stamp | None = None
        self._credentials: Credentials | None = None

    async def credentials(self) -> Credentials | None:
        """None where this computer is not enrolled, or its identity cannot be used."""
        return await asyncio.to_thread(self._now)

    def _now(self) -> Credentials | None:
        stamp = _stamp(self._directory)
        if stamp is None or stamp != self._stamp:
            self._credentials, self._stamp = self._load(stamp), stamp
        return self._credentials

    def _load(self, stamp: Stamp | None) -> Credentials | None:
        try:
            identity = None if stamp is None else load_identity(self._directory)
            if identity is None:
                return None
            files = (self._directory / CERTIFICATE, self._directory / KEY, identity.ca_pem)
            return Credentials(
                identity,
                UUID(_only(identity.certificate, NameOID.ORGANIZATION_NAME)),
                x509.load_pem_x509_certificate(identity.ca_pem.encode()),
                among_agents(*files, server_side=True),
                among_agents(*files, server_side=False),
            )
        except (Fault, OSError, ValueError):  # half of a new one, or a damaged one: the link says so
            return None

    def peer(self, credentials: Credentials, certificate_der: bytes | None) -> Peer:
        """Who showed this certificate; ``Distrusted`` unless it is a computer of ours with a certificate valid now.

        TLS has verified the certificate's chain and key, but neither its time nor whose it is. ``reason`` says what is wrong.
        """
        try:
            certificate = x509.load_der_x509_certificate(certificate_der or b"")
            certificate.verify_directly_issued_by(credentials.ca)
            peer = Peer(
                UUID(_only(certificate, NameOID.ORGANIZATION_NAME)), UUID(_only(certificate, NameOID.COMMON_NAME))
            )
        except _UNREADABLE:
            raise Distrusted(
                "The other computer showed no certificate of this installation.", reason="foreign"
            ) from None
        if peer.tenant_id != credentials.tenant_id:
            raise Distrusted("The other computer belongs to another organisation.", reason="foreign-tenant")
        if peer.computer_id in self._removed:
            raise Distrusted("The other computer was removed by an administrator.", reason="removed")
        if not certificate.not_valid_before_utc <= self.server_now() <= certificate.not_valid_after_utc:
            raise Distrusted("The certificate of the other computer is out of date.", reason="certificate-expired")
        return peer

    def check(self, credentials: Credentials, certificate_der: bytes | None, computer_id: UUID) -> None:
        """``Distrusted`` unless it is that computer's certificate, valid now."""
        if self.peer(credentials, certificate_der).computer_id != computer_id:
            raise Distrusted("Another computer answers than the one that was called.", reason="another-computer")

    def ticket_key(self, credentials: Credentials) -> Ed25519PublicKey:
        """The key that signs tickets; ``TicketRefused`` where this computer knows none of its CA that is valid now."""
        try:
            return ticket_key_of(self._ticket_certificate(), credentials.identity.ca_pem, now=self.server_now())
        except Distrusted as fault:
            raise TicketRefused(
                "This computer knows no key for tickets; its server has to tell it.", reason=fault.details["reason"]
            ) from None


def _stamp(directory: Path) -> Stamp | None:
    try:
        found = [os.lstat(directory / name) for name in _FILES]
    except OSError:
        return None
    return tuple((one.st_ino, one.st_mtime_ns) for one in found)


def _only(certificate: x509.Certificate, oid: x509.ObjectIdentifier) -> str:
    values = certificate.subject.get_attributes_for_oid(oid)
    if len(values) != 1:
        raise ValueError(oid.dotted_string)
    return str(values[0].value)
