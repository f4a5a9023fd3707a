"""How a computer joins and keeps belonging: codes, certificates, and what proves an agent."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select, update

from presswork.core.errors import Distrusted, Forbidden, Gone, Invalid, NotSignedIn, Unsupported
from presswork.protocols.control.agent import PROTOCOL_MAJOR, Enrolled, EnrolRequest, Hello, RenewRequest
from presswork.server import audit
from presswork.server.computers.models import Computer, ComputerCertificateRow, EnrolmentCode
from presswork.server.computers.principal import AgentPrincipal
from presswork.server.computers.proof import ProofChecker, SignedRequest
from presswork.server.platform.authority import Authority, public_key_of_request, serial_text
from presswork.server.platform.database import Session, scoped
from presswork.server.platform.secrets import token_hash
from presswork.server.tenants import Principal, Role

CODE_LIFE = timedelta(hours=24)
CODE_LIFE_MAXIMUM = timedelta(days=7)
_SECRET_CHARACTERS = 20


@dataclass(frozen=True, slots=True)
class NewEnrolmentCode:
    """A code, shown once."""

    code: str
    expires_at: datetime


async def create_enrolment_code(
    session: Session, principal: Principal, authority: Authority, *, life: timedelta = CODE_LIFE
) -> NewEnrolmentCode:
    """A one-use code with which one computer joins: ``<secret>.<fingerprint of the CA>``. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    if not timedelta(0) < life <= CODE_LIFE_MAXIMUM:
        raise Invalid("A code is good for at most 7 days.", field="life")
    # 100 bits in letters that can be read aloud; 13 octets give 21 letters, of which 20 are used.
    secret = base64.b32encode(session.randomness(13)).decode("ascii").lower()[:_SECRET_CHARACTERS]
    now = session.now()
    row = EnrolmentCode(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        secret_hash=token_hash(secret),
        created_by=principal.user_id,
        created_at=now,
        expires_at=now + life,
    )
    session.add(row)
    await audit.record(session, principal, "enrolment-code.created", target_id=row.id)
    return NewEnrolmentCode(f"{secret}.{authority.fingerprint}", row.expires_at)


async def enrol(session: Session, authority: Authority, request: EnrolRequest, *, address: str) -> Enrolled:
    """A computer joins the tenant of its code.

    ``Distrusted`` for a code that is not one of this server, ``Gone`` for one that was used or is too old, ``Invalid``
    for a request without a P-256 key of its own.
    """
    check_protocol(request.hello)
    public_key_of_request(request.certificate_request)  # before the code is used up
    code = await _use_code(session, authority, request.code)
    computer_id = session.new_id()
    certificate = authority.issue_for_computer(
        request.certificate_request, tenant_id=code.tenant_id, computer_id=computer_id
    )
    computer = Computer(
        tenant_id=code.tenant_id,
        id=computer_id,
        name=request.hello.computer_name,
        platform=request.hello.platform,
        version=request.hello.version,
        capabilities=tuple(sorted(request.hello.capabilities)),
        desired_revision=session.randomness(8).hex(),
        created_at=session.now(),
        certificate_expires_at=certificate.not_valid_after_utc,
    )
    session.add(computer)
    await session.flush()
    _keep(session, certificate, computer)
    actor = audit.Actor(code.tenant_id, "computer", computer_id, computer.name, address)
    await audit.record(
        session, actor, "computer.enrolled", target_id=computer_id, target_name=computer.name, code=str(code.id)
    )
    return _enrolled(session, authority, certificate, computer)


async def renew(session: Session, authority: Authority, agent: AgentPrincipal, request: RenewRequest) -> Enrolled:
    """A new certificate for the same computer; for a new key as well, which the old one vouches for."""
    computer = (await session.scalars(scoped(Computer, agent).where(Computer.id == agent.computer_id))).one()
    certificate = authority.issue_for_computer(
        request.certificate_request, tenant_id=agent.tenant_id, computer_id=agent.computer_id
    )
    _keep(session, certificate, computer)
    computer.certificate_expires_at = certificate.not_valid_after_utc
    await audit.record(session, agent.actor, "computer.renewed", target_id=computer.id, target_name=computer.name)
    return _enrolled(session, authority, certificate, computer)


async def verify_agent(
    session: Session,
    authority: Authority,
    proofs: ProofChecker,
    request: SignedRequest,
    *,
    address: str = "",
    may_be_expired: bool = False,
) -> AgentPrincipal:
    """Which agent signed the request.

    Raises ``NotSignedIn`` (unsigned; made at another time; certificate expired, unless ``may_be_expired``),
    ``Distrusted`` (a certificate of somebody else; a proof for another request or by another key, or used before),
    ``Forbidden`` (the computer was removed). ``details["reason"]`` tells programs which.
    """
    shown = authority.recognise(request.certificate())
    jti = proofs.check(request, shown.public_key)
    row = (
        await session.execute(
            select(Computer.name, Computer.revoked_at)
            .join(ComputerCertificateRow, ComputerCertificateRow.computer_id == Computer.id)
            .where(
                Computer.tenant_id == shown.tenant_id,
                Computer.id == shown.computer_id,
                ComputerCertificateRow.serial == shown.serial,
            )
        )
    ).one_or_none()
    if row is None:
        raise Distrusted("This computer is not known here. Enrol it again.", reason="foreign")
    if row.revoked_at is not None:
        raise Forbidden("This computer was removed by an administrator. Enrol it again.", reason="revoked")
    now = session.now()
    if now < shown.not_before or (now >= shown.not_after and not may_be_expired):
        raise NotSignedIn("The computer's certificate is not valid now. Renew it.", reason="certificate-expired")
    proofs.use(shown.serial, jti)
    return AgentPrincipal(shown.tenant_id, shown.computer_id, row.name, shown.serial, address)


def check_protocol(hello: Hello) -> None:
    """``Unsupported`` where the agent speaks another major version of the protocol."""
    if hello.protocol != PROTOCOL_MAJOR:
        raise Unsupported(
            "Agent and server do not speak the same protocol. Update the older of the two.",
            server_protocol=str(PROTOCOL_MAJOR),
        )


async def _use_code(session: Session, authority: Authority, code: str) -> EnrolmentCode:
    secret, _, fingerprint = code.strip().partition(".")
    if not hmac.compare_digest(fingerprint.encode(), authority.fingerprint.encode()):
        raise Distrusted("This enrolment code belongs to another server. Ask your administrator for a new one.")
    row = await session.scalar(select(EnrolmentCode).where(EnrolmentCode.secret_hash == token_hash(secret.lower())))
    if row is None:
        raise Distrusted("This enrolment code is not known. Ask your administrator for a new one.")
    now = session.now()
    used = await session.scalar(
        update(EnrolmentCode)
        .where(EnrolmentCode.id == row.id, EnrolmentCode.used_at.is_(None), EnrolmentCode.expires_at > now)
        .values(used_at=now)
        .returning(EnrolmentCode.id)
    )
    if used is None:
        raise Gone("This enrolment code was used already or is too old. Ask your administrator for a new one.")
    return row


def _keep(session: Session, certificate: x509.Certificate, computer: Computer) -> None:
    session.add(
        ComputerCertificateRow(
            tenant_id=computer.tenant_id,
            serial=serial_text(certificate),
            computer_id=computer.id,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
        )
    )


def _enrolled(session: Session, authority: Authority, certificate: x509.Certificate, computer: Computer) -> Enrolled:
    return Enrolled(
        computer_id=computer.id,
        tenant_id=computer.tenant_id,
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode("ascii"),
        ca_certificate=authority.pem,
        server_time=session.now(),
    )
