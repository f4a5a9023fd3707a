"""The installation, made at the first start, and its tenants."""

from __future__ import annotations

from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select, update

from presswork.core.errors import NotFound
from presswork.server.platform.authority import Authority
from presswork.server.platform.context import Installation, TicketSigner
from presswork.server.platform.database import Session
from presswork.server.platform.events import News
from presswork.server.platform.secrets import Vault
from presswork.server.tenants.models import InstallationRow, Tenant

_CA_KEY = "ca-key"
_TICKET_KEY = "ticket-key"
_TICKET_KEY_OCTETS = 32


async def installation_exists(session: Session) -> bool:
    """Whether the database already belongs to an installation."""
    return (await session.scalar(select(InstallationRow.id).limit(1))) is not None


async def open_installation(session: Session, vault: Vault) -> Installation:
    """The installation of this database; made now where there is none, and its key for tickets where that is missing."""
    row = await session.scalar(select(InstallationRow).limit(1))
    if row is None:
        return await _create(session, vault)
    tenant_id = await session.scalar(select(Tenant.id).order_by(Tenant.id).limit(1))
    if tenant_id is None:
        raise NotFound("The database holds no tenant. Restore it from a backup.")
    key = vault.open(_CA_KEY, row.ca_key_sealed)
    authority = Authority.load(row.ca_certificate, key, clock=session.clock, randomness=session.randomness)
    return Installation(row.id, authority, _signer(session, vault, row, authority), tenant_id)


async def _create(session: Session, vault: Vault) -> Installation:
    installation_id = session.new_id()
    authority = Authority.create(installation_id, clock=session.clock, randomness=session.randomness)
    row = InstallationRow(
        id=installation_id,
        ca_certificate=authority.pem,
        ca_key_sealed=vault.seal(_CA_KEY, authority.key_der()),
        created_at=session.now(),
    )
    signer = _signer(session, vault, row, authority)
    session.add(row)
    tenant = await create_tenant(session, "Presswork")
    return Installation(installation_id, authority, signer, tenant.id)


def _signer(session: Session, vault: Vault, row: InstallationRow, authority: Authority) -> TicketSigner:
    """The key for tickets as it was stored in ``row``; made now, and put there, where it is missing."""
    if row.ticket_key_sealed is None or row.ticket_certificate is None:
        secret = session.randomness(_TICKET_KEY_OCTETS)
        public = Ed25519PrivateKey.from_private_bytes(secret).public_key()
        row.ticket_certificate = authority.issue_for_tickets(public).public_bytes(Encoding.PEM).decode("ascii")
        row.ticket_key_sealed = vault.seal(_TICKET_KEY, secret)
    key = Ed25519PrivateKey.from_private_bytes(vault.open(_TICKET_KEY, row.ticket_key_sealed))
    return TicketSigner(key, row.ticket_certificate)


async def create_tenant(session: Session, name: str) -> Tenant:
    """A new tenant, empty."""
    tenant = Tenant(id=session.new_id(), name=name, desired_revision=_new_revision(session), created_at=session.now())
    session.add(tenant)
    await session.flush()
    return tenant


async def rename_tenant(session: Session, tenant_id: UUID, name: str) -> None:
    """Another name for the organisation."""
    await session.execute(update(Tenant).where(Tenant.id == tenant_id).values(name=name))


async def tenant_name(session: Session, tenant_id: UUID) -> str:
    """The organisation's name, as its people read it."""
    return await session.scalar(select(Tenant.name).where(Tenant.id == tenant_id)) or ""


async def desired_revision(session: Session, tenant_id: UUID) -> str:
    """What all computers of the tenant are to have, as a word that changes when that does."""
    revision = await session.scalar(select(Tenant.desired_revision).where(Tenant.id == tenant_id))
    if revision is None:
        raise NotFound("There is no such tenant.")
    return revision


async def desired_changed(session: Session, tenant_id: UUID) -> None:
    """Something all computers of the tenant are to have changed: a new revision, and news to them."""
    await session.execute(update(Tenant).where(Tenant.id == tenant_id).values(desired_revision=_new_revision(session)))
    session.announce(News(tenant_id))


def _new_revision(session: Session) -> str:
    # Not a counter: after a restored backup a counter would give old numbers to new contents.
    return session.randomness(8).hex()
