"""Two tenants side by side in one database, so that a test can show what one sees of the other: nothing."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from presswork.core.clock import system_randomness
from presswork.core.ids import uuid7
from presswork.protocols.control.words import JobReport
from presswork.server import jobs, printers, queues
from presswork.server.computers import AgentPrincipal, Computer, confirm_account_sign_in, start_account_sign_in
from presswork.server.identity import User
from presswork.server.platform.authority import Authority
from presswork.server.platform.database import Database, Session, sqlite_url
from presswork.server.platform.events import Events
from presswork.server.platform.rates import AccountSignInLimits, SignInLimits
from presswork.server.platform.secrets import Vault
from presswork.server.schema import metadata, migrate
from presswork.server.tenants import Principal, Role, create_tenant
from presswork.testing.clock import StandingClock

PUBLIC_URL = "https://print.example.org"
SECRET = "5e" * 32
"""What a holder tells the next one when it commits a hand-over …"""
COMMITMENT = sha256(bytes.fromhex(SECRET)).hexdigest()
"""… and what the server knows of it."""
_NO_PASSWORD = "!"


@dataclass(frozen=True, slots=True)
class Organisation:
    """One tenant: somebody of each role, a computer, a printer, and a queue."""

    tenant_id: UUID
    user: Principal
    other: Principal
    """A second person with the role user."""
    administrator: Principal
    operator: Principal
    agent: AgentPrincipal
    printer_id: UUID
    queue_id: UUID


@dataclass(frozen=True, slots=True)
class World:
    """What services need, and two tenants. Time stands until ``clock.advance``."""

    clock: StandingClock
    database: Database
    events: Events
    authority: Authority
    vault: Vault
    sign_in_limits: SignInLimits
    account_limits: AccountSignInLimits
    here: Organisation
    there: Organisation

    def report(self, version: int = 1, **fields: object) -> JobReport:
        """What an agent tells of a job that waits; ``fields`` replace."""
        return JobReport.model_validate(
            {
                "job_id": uuid7(self.clock, system_randomness),
                "version": version,
                "queue_id": self.here.queue_id,
                "account": "ada",
                "owner_proof": "spooler",
                "name": "Report.pdf",
                "document_format": "application/pdf",
                "size": 1000,
                "pages": 3,
                "copies": 2,
                "state": "pending-held",
                "document_kept": True,
                "created_at": self.clock.now(),
                **fields,
            }
        )

    async def bind(self, person: Principal, account: str = "ada", agent: AgentPrincipal | None = None) -> None:
        """The account of the computer is this person."""
        agent = agent or self.here.agent
        limits = AccountSignInLimits(self.clock)
        async with self.database.writing() as session:
            started = await start_account_sign_in(session, agent, limits, account, public_url=PUBLIC_URL)
            await confirm_account_sign_in(session, person, limits, started.user_code)

    async def job(self, version: int = 1, **fields: object) -> UUID:
        """A job of the account ``ada`` on the computer here, as its agent reported it."""
        report = self.report(version, **fields)
        async with self.database.writing() as session:
            await jobs.apply_reports(session, self.here.agent, [report])
        return report.job_id


_made: list[tuple[bytes, tuple[Organisation, Organisation]]] = []


@asynccontextmanager
async def two_tenants(directory: Path, url: str | None = None) -> AsyncIterator[World]:
    """A world in a new database below ``directory``, or in the empty one at ``url``."""
    clock, events, file = StandingClock(), Events(), directory / "world.db"
    laid_down = await _lay_down(file) if url is None else None
    database = await asyncio.to_thread(
        Database, url or sqlite_url(file), clock=clock, randomness=system_randomness, events=events
    )
    try:
        if laid_down is None:
            await migrate(database)
        here, there = laid_down or await _organisations(database)
        authority = Authority.create(uuid7(clock, system_randomness), clock=clock, randomness=system_randomness)
        vault = Vault(system_randomness(32), system_randomness)
        limits = SignInLimits(clock), AccountSignInLimits(clock)
        yield World(clock, database, events, authority, vault, *limits, here, there)
    finally:
        await database.close()


async def _lay_down(file: Path) -> tuple[Organisation, Organisation]:
    """The same two in each new database: to make them takes longer than most tests do."""
    if not _made:
        _made.append(await _make())
    octets, organisations = _made[0]
    await asyncio.to_thread(file.write_bytes, octets)
    return organisations


async def _make() -> tuple[bytes, tuple[Organisation, Organisation]]:
    directory = await asyncio.to_thread(tempfile.TemporaryDirectory)
    try:
        file = Path(directory.name) / "world.db"
        database = await asyncio.to_thread(
            Database, sqlite_url(file), clock=StandingClock(), randomness=system_randomness, events=Events()
        )
        try:
            async with database.engine.begin() as connection:
                await connection.run_sync(metadata().create_all)
            organisations = await _organisations(database)
        finally:
            await database.close()
        return await asyncio.to_thread(file.read_bytes), organisations
    finally:
        await asyncio.to_thread(directory.cleanup)


async def _organisations(database: Database) -> tuple[Organisation, Organisation]:
    async with database.writing() as session:
        return await _organisation(session, "here"), await _organisation(session, "there")


async def _organisation(session: Session, name: str) -> Organisation:
    tenant = await create_tenant(session, name)
    people = {
        person: await _person(session, tenant.id, f"{person}@{name}.example", role)
        for person, role in (
            ("user", Role.USER),
            ("other", Role.USER),
            ("administrator", Role.ADMINISTRATOR),
            ("operator", Role.OPERATOR),
        )
    }
    agent = await _computer(session, tenant.id, f"{name}-pc")
    printer = await printers.add_printer(
        session, people["administrator"], name="Hall", device_uri="ipps://printer.example.org/ipp/print"
    )
    queue = await queues.add_queue(session, people["administrator"], name="Office", mode="hold")
    return Organisation(tenant_id=tenant.id, agent=agent, printer_id=printer.id, queue_id=queue.id, **people)


async def another_computer(session: Session, organisation: Organisation, name: str) -> AgentPrincipal:
    """One more computer of the organisation, enrolled and not heard of yet."""
    return await _computer(session, organisation.tenant_id, name)


async def _computer(session: Session, tenant_id: UUID, name: str) -> AgentPrincipal:
    computer = Computer(
        tenant_id=tenant_id,
        id=session.new_id(),
        name=name,
        platform="Debian 12",
        version="0.1.0",
        capabilities=(),
        desired_revision="1",
        created_at=session.now(),
        certificate_expires_at=session.now() + timedelta(days=30),
    )
    session.add(computer)
    await session.flush()
    return AgentPrincipal(tenant_id, computer.id, computer.name, "1", "192.0.2.2")


async def _person(session: Session, tenant_id: UUID, email: str, role: Role) -> Principal:
    user = User(
        tenant_id=tenant_id,
        id=session.new_id(),
        email=email,
        display_name=email.partition("@")[0].title(),
        role=role,
        password_hash=_NO_PASSWORD,
        disabled=False,
        created_at=session.now(),
    )
    session.add(user)
    await session.flush()
    return Principal(tenant_id, user.id, role, session.new_id(), user.display_name, email, "192.0.2.1")
