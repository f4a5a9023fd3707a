"""A small organisation in a server's database: people, printers, a queue, a computer and documents in every state."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from presswork.core.clock import Clock, SystemClock, system_randomness
from presswork.core.ids import uuid7
from presswork.core.settings import ServerSettings
from presswork.protocols.control.agent import Hello
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import JobReport, PrinterReport
from presswork.server import computers, identity, jobs, printers, queues
from presswork.server.computers import AgentPrincipal, Computer
from presswork.server.identity import Role, SignedIn
from presswork.server.platform.context import ServerContext
from presswork.server.platform.rates import AccountSignInLimits, SignInLimits
from presswork.server.platform.secrets import new_token
from presswork.server.start import DATABASE, open_context
from presswork.testing.migrated import lay_down
from presswork.testing.server import PASSWORD
from presswork.testing.tenants import COMMITMENT, SECRET


@asynccontextmanager
async def server_context(
    directory: Path, *, public_url: str = "http://localhost:8443", clock: Clock | None = None
) -> AsyncIterator[ServerContext]:
    """A new, empty server without its sockets, in ``directory``."""
    settings = ServerSettings(directory=directory / "server")
    await lay_down(settings.directory / DATABASE)
    context = await open_context(
        settings, public_url=public_url, clock=clock or SystemClock(), randomness=system_randomness
    )
    try:
        yield context
    finally:
        await context.database.close()


@dataclass
class Organisation:
    """Who and what there is; ``people`` are sessions by the first name, in lower case."""

    context: ServerContext
    people: dict[str, SignedIn]
    printers: list[UUID]
    queue_id: UUID
    agent: AgentPrincipal

    async def document(
        self,
        name: str,
        *,
        owner: str = "bob",
        state: str = "pending-held",
        outcome: str | None = None,
        kept: bool = True,
        age: timedelta = timedelta(minutes=5),
        pages: int | None = 3,
        copies: int = 1,
        sides: str = "one-sided",
        printer: int | None = None,
        reasons: tuple[str, ...] = (),
        story: tuple[tuple[JobEvent, dict[str, str]], ...] = (),
    ) -> UUID:
        """A document of ``owner`` on the computer, as its agent reports it."""
        now = self.context.clock.now()
        created = now - age
        job_id = uuid7(_At(created), system_randomness)
        told = story or (
            (JobEvent.RECEIVED, {"account": owner, "computer": self.agent.computer_name}),
            (JobEvent.HELD, {}),
        )
        report = JobReport.model_validate(
            {
                "job_id": job_id,
                "version": len(told),
                "queue_id": self.queue_id,
                "account": owner,
                "owner_proof": "peer",
                "user_id": self.people[owner].principal.user_id,
                "name": name,
                "document_format": "application/pdf",
                "size": 123_456,
                "pages": pages,
                "copies": copies,
                "sides": sides,
                "state": state,
                "state_reasons": reasons,
                "outcome": outcome,
                "printer_id": None if printer is None else self.printers[printer],
                "document_kept": kept,
                "created_at": created,
                "ended_at": created + timedelta(minutes=1) if state in {"completed", "canceled", "aborted"} else None,
                "timeline": [
                    TimelineEntry(
                        sequence=number, at=created + timedelta(seconds=7 * number), event=event, values=values
                    )
                    for number, (event, values) in enumerate(told, start=1)
                ],
            }
        )
        async with self.context.database.writing() as session:
            await jobs.apply_reports(session, self.agent, [report])
        return job_id

    async def handed_over(self, job_id: UUID, *, to: str = "Box-1", online: bool = True) -> AgentPrincipal:
        """That document waits on another computer by now, a site node: who it is."""
        node = await _computer(self.context, to)
        async with self.context.database.writing() as session:
            job = await jobs.held_for_release(session, self.agent, job_id)
            assert job is not None
            await jobs.grant_hand_over(session, job, node.computer_id, COMMITMENT)
            if online:
                hello = Hello(version="0.1.0", computer_name=to, platform="Debian GNU/Linux 12")
                await computers.note_presence(session, node, hello, sync_after=3600)
        told: tuple[tuple[JobEvent, dict[str, str]], ...] = (
            (JobEvent.RECEIVED, {"account": "bob", "computer": self.agent.computer_name}),
            (JobEvent.HELD, {}),
            (JobEvent.MOVING, {"computer": to}),
            (JobEvent.TAKEN_OVER, {"computer": to}),
        )
        moved = {
            "job_id": job_id,
            "version": 9,
            "fence": 2,
            "secret": SECRET,
            "queue_id": self.queue_id,
            "account": "bob",
            "owner_proof": "peer",
            "user_id": self.people["bob"].principal.user_id,
            "name": job.name,
            "document_format": job.document_format,
            "size": job.size,
            "pages": job.pages,
            "state": "pending-held",
            "state_reasons": ("job-held-for-release",),
            "document_kept": True,
            "created_at": job.created_at,
            "timeline": [
                TimelineEntry(sequence=number, at=self.context.clock.now(), event=event, values=values)
                for number, (event, values) in enumerate(told, start=1)
            ],
        }
        async with self.context.database.writing() as session:
            await jobs.apply_reports(session, node, [JobReport.model_validate(moved)])
        return node


async def furnish(context: ServerContext, *, computer: str = "bob-laptop") -> Organisation:
    """Ada (operator), Bob and Carla (users), two printers, the queue ``Office``, and a computer that is online."""
    tenant_id = context.installation.tenant_id
    async with context.database.writing() as session:
        ada = await identity.set_up(
            session,
            tenant_id=tenant_id,
            token=await identity.new_set_up_token(session, tenant_id),
            organisation="Analytical Engines",
            email="ada@example.org",
            display_name="Ada Lovelace",
            password=PASSWORD,
            address="192.0.2.1",
        )
    people = {"ada": ada}
    for name in ("Bob Babbage", "Carla Cray"):
        people[name.split()[0].lower()] = await _person(context, ada, name)
    places: list[UUID] = []
    async with context.database.writing() as session:
        for name, location, uri in (
            ("Kitchen", "2nd floor, beside the coffee", "ipps://kitchen.example.org/ipp/print"),
            ("Reception", "Ground floor", "socket://192.0.2.9:9100"),
        ):
            place = await printers.add_printer(session, ada.principal, name=name, location=location, device_uri=uri)
            places.append(place.id)
        queue = await queues.add_queue(session, ada.principal, name="Office", mode="hold", info="Prints anywhere")
    agent = await _computer(context, computer)
    async with context.database.writing() as session:
        hello = Hello(version="0.1.0", computer_name=computer, platform="Debian GNU/Linux 12")
        await computers.note_presence(session, agent, hello, sync_after=3600)
        await printers.report(session, agent, [_seen(places[0], context.clock.now())])
    here = Organisation(context, people, places, queue.id, agent)
    for owner in ("bob", "carla"):
        await sign_in_account(here, owner)
    return here


async def sign_in_account(here: Organisation, owner: str, account: str | None = None) -> None:
    """The account of the computer named like the person (or ``account``) becomes that person."""
    limits = AccountSignInLimits(here.context.clock)
    async with here.context.database.writing() as session:
        started = await computers.start_account_sign_in(
            session, here.agent, limits, account or owner, public_url=here.context.public_url
        )
        await computers.confirm_account_sign_in(session, here.people[owner].principal, limits, started.user_code)


async def _person(context: ServerContext, ada: SignedIn, name: str) -> SignedIn:
    email = f"{name.split(maxsplit=1)[0].lower()}@example.org"
    async with context.database.writing() as session:
        await identity.create_user(
            session, ada.principal, email=email, display_name=name, role=Role.USER, password=PASSWORD
        )
    async with context.database.writing() as session:
        return await identity.sign_in(
            session,
            SignInLimits(context.clock),
            tenant_id=context.installation.tenant_id,
            email=email,
            password=PASSWORD,
            address="192.0.2.2",
        )


async def _computer(context: ServerContext, name: str) -> AgentPrincipal:
    now = context.clock.now()
    tenant_id = context.installation.tenant_id
    async with context.database.writing() as session:
        row = Computer(
            tenant_id=tenant_id,
            id=session.new_id(),
            name=name,
            platform="",
            version="",
            capabilities=(),
            desired_revision=new_token(context.randomness)[:16],
            created_at=now,
            certificate_expires_at=now + timedelta(days=30),
        )
        session.add(row)
    return AgentPrincipal(tenant_id, row.id, name, "0" * 40)


def _seen(printer_id: UUID, now: datetime) -> PrinterReport:
    return PrinterReport(
        printer_id=printer_id,
        seen_at=now,
        reachable=True,
        state="idle",
        make_and_model="Ricoh IM C3000",
        document_formats=("application/pdf", "image/urf"),
        certificate_sha256="ab" * 32,
    )


class _At(SystemClock):
    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment
