"""Inward: documents of systems that know nothing of Presswork become jobs of the right owner, as from anywhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, Final
from uuid import UUID

import structlog

from presswork.agent.desired import Desired
from presswork.agent.intake.acceptance import UNCLAIMED
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.claims import send_on
from presswork.agent.redirector.kinds import Kinds, paper_of
from presswork.agent.redirector.owners import Owner, Owners
from presswork.agent.redirector.wrapped import WrappedDocuments
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, JobTicket, Phase
from presswork.core.errors import Fault, FormatNotSupported, Invalid, NotFound, NotPossible, TooLarge, Unsupported
from presswork.protocols.control.route import InwardSpec, declared_name
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.pjl import JobWords

IPP, LPR, RAW = "IPP", "LPR", "RAW"
"""How a job came, as people read it."""
LOOK_AGAIN: Final = 30.0
"""Seconds between two questions for owners the server has not named yet."""
NOBODY: Final = "account-authorization-failed"
"""The ``job-state-reasons`` keyword of a job whose name the server knows to be nobody's."""
MOST_JOBS: Final = 50
"""In one stream with PJL."""
MOST_COPIES: Final = 999
_AT_ONCE = 500
NEVER_TAKEN = (FormatNotSupported, Invalid, TooLarge, Unsupported)
"""Sent again, the same document would be no other."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Said:
    """What a system says of a document."""

    user: str = ""
    name: str = ""
    copies: int = 1
    attributes: tuple[Attribute, ...] = ()
    language: str = ""
    """As PJL names it."""

    def with_pjl(self, words: JobWords) -> Said:
        """With what stands before the document; the way's own words go before, and copies of copies are so many."""
        copies, attributes = self.copies, words.attributes
        if copies > 1:
            attributes = tuple(one for one in attributes if one.name != "copies")
            copies *= words.copies or 1
        return Said(self.user or words.user, self.name or words.name, copies, attributes, words.language)

    def name_by(self, way: str) -> str:
        """What the job is called."""
        return self.name or f"{way} job"

    @property
    def ticket(self) -> JobTicket:
        """How it is to be printed."""
        copies = (Attribute.of("copies", min(self.copies, MOST_COPIES)),) if self.copies > 1 else ()
        return JobTicket((*self.attributes, *copies))


@dataclass(frozen=True, slots=True)
class Inward:
    """What the listeners work with."""

    desired: Desired
    arrivals: Arrivals
    owners: Owners
    kinds: Kinds

    @property
    def specs(self) -> tuple[InwardSpec, ...]:
        """The queues that are printed to this way now: none without the duty, and none that does not stand here."""
        duties = self.desired.state.duties
        here = (spec for spec in duties.inward if self.desired.queue_by_id(spec.queue_id) is not None)
        return tuple(here) if duties.redirector else ()

    def named(self, queue: str, source: Any) -> tuple[InwardSpec, QueueSpec] | None:
        """The inward queue of that name, where it takes jobs from that address."""
        for spec in self.specs:
            found = self.desired.queue_by_id(spec.queue_id)
            if found is not None and found.name == queue and allows(spec, source):
                return spec, found
        return None

    async def take(self, spec: InwardSpec, way: str, document: AsyncIterator[bytes], said: Said) -> Job:
        """A whole job. Durable and sealed when it returns; or over, and it says why, where this is no document to print.

        Raises what ``Owners.owner`` and ``Arrivals.take`` raise.
        """
        owner = await self.owners.owner(spec, said.user, way)
        queue, ticket = self._queue(spec), said.ticket
        paper = paper_of(ticket, queue.defaults)
        async with AsyncExitStack() as stack:
            try:
                prepared = await stack.enter_async_context(self.kinds.prepared(document, paper, language=said.language))
            except NEVER_TAKEN as fault:
                return await self._refuse(spec, way, owner, said, fault)
            return await self.arrivals.take(
                queue,
                owner.account,
                prepared.octets,
                name=said.name_by(way),
                ticket=ticket,
                document_format=prepared.document_format,
                owner_proof="declared",
                user_id=owner.user_id,
            )

    async def take_all(self, spec: InwardSpec, way: str, documents: WrappedDocuments, said: Said) -> None:
        """Every document of a stream with PJL, each a job. Where there are more than are taken, one that says so is the last."""
        try:
            for _ in range(MOST_JOBS):
                words = await documents.until_document()
                if words is None:
                    return
                document = documents.document()
                await self.take(spec, way, document, said.with_pjl(words))
                async for _ in document:  # of one that was not taken, the rest
                    continue
            if await documents.until_document() is None:
                return
            problem: Fault = TooLarge(
                f"Only the first {MOST_JOBS} documents of what came as one were taken. Send fewer at once."
            )
        except Invalid as fault:
            problem = fault
        await documents.pass_over()
        await self._refuse(spec, way, await self.owners.owner(spec, said.user, way), said, problem)

    async def _refuse(self, spec: InwardSpec, way: str, owner: Owner, said: Said, fault: Fault) -> Job:
        """Raises the fault where the server does not say yet whose the job would be."""
        if owner.user_id is None:
            raise fault
        name, account = said.name_by(way), owner.account
        return await self.arrivals.refuse(
            self._queue(spec), account, fault, name=name, ticket=said.ticket, user_id=owner.user_id
        )

    def _queue(self, spec: InwardSpec) -> QueueSpec:
        queue = self.desired.queue_by_id(spec.queue_id)
        assert queue is not None  # noqa: S101 - ``specs`` has only such
        return queue


def allows(spec: InwardSpec, source: Any) -> bool:
    """Whether jobs for the queue may come from that address, as ``peername`` tells it."""
    address = address_of(source)
    return address is not None and any(address in network for network in spec.allowed)


def address_of(peername: Any) -> IPv4Address | IPv6Address | None:
    """The address of a peer; an IPv4 one that came by IPv6 is the IPv4 one. None where there is none."""
    try:
        address = ip_address(str(peername[0]).partition("%")[0])
    except (ValueError, TypeError, IndexError):
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


async def follow_owners(spool: Spool, desired: Desired, owners: Owners) -> None:
    """Ask again whose the jobs are that came while the server was away; until cancelled."""
    while True:
        try:
            await claim_declared(spool, desired, owners)
        except Fault as fault:
            _log.info("the server does not say yet whose some jobs are", code=fault.code)
        await asyncio.sleep(LOOK_AGAIN)


async def claim_declared(spool: Spool, desired: Desired, owners: Owners) -> None:
    """Look at every job that waits for its owner's name to be known. Raises a fault while the server cannot be asked.

    It answers only so many questions at a time, so names that it called nobody's come last.
    """
    for nobody in (False, True):
        async for job in _unclaimed(spool):
            if (NOBODY in job.state_reasons) is not nobody:
                continue
            user_id = await owners.person(job.queue_id, declared_name(job.account))
            if user_id is not None:
                await _claim(spool, desired, job, user_id)
            elif not nobody:
                await _tell_nobody_is_known(spool, job)


async def _unclaimed(spool: Spool) -> AsyncIterator[Job]:
    page = await spool.list(phases={Phase.HELD}, limit=_AT_ONCE)
    while page:
        for job in page:
            if job.owner_proof == "declared" and job.user_id is None and UNCLAIMED in job.state_reasons:
                yield job
        page = await spool.list(phases={Phase.HELD}, limit=_AT_ONCE, before=page[-1].id)


async def _tell_nobody_is_known(spool: Spool, job: Job) -> None:
    """Once. The queue's own owner does not step in: a job that was acknowledged under one name is not given to another."""
    change = Change(
        state_reasons=(UNCLAIMED, NOBODY), event=JobEvent.OWNER_NOT_KNOWN, values=(("account", job.account),)
    )
    with suppress(NotPossible, NotFound):  # deleted meanwhile
        await spool.change(job.id, change, only_if={Phase.HELD}, version=job.version)


async def _claim(spool: Spool, desired: Desired, job: Job, user_id: UUID) -> None:
    with suppress(NotPossible, NotFound):  # deleted meanwhile
        claimed = await spool.change(job.id, Change(user_id=user_id), only_if={Phase.HELD}, version=job.version)
        await send_on(spool, desired, claimed)
