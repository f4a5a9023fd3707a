"""The one way a document becomes a job of this computer, wherever it comes from."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.intake.acceptance import accepted, held_as_new, held_on_wish, received
from presswork.agent.intake.defaults import with_defaults
from presswork.agent.intake.room import Room
from presswork.agent.spool import Spool
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, Job, JobTicket, Phase
from presswork.agent.spool.recovery import INCOMPLETE
from presswork.core.errors import Fault, Forbidden, FormatNotSupported, Invalid, NoSpace, NotPossible, TooLarge
from presswork.documents.inspect import FORMATS, POSTSCRIPT, SNIFF_SIZE, sniff
from presswork.printer.description import OCTET_STREAM
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import OwnerProof, QueueSpec
from presswork.protocols.ipp.text import cleaned

LONGEST_NAME = 255
_NOT_FOR_YOU = (
    "You may not print to {queue}. Sign in with: presswork sign-in, choose another queue, or ask your administrator."
)
TAKEN = (*FORMATS, POSTSCRIPT)
"""Kinds of documents that are taken. The printer must take it too: of PostScript nobody here makes anything else."""
HoldsNew = Callable[[UUID], bool]
"""Whether an operator has that queue hold new jobs."""
Arrived = Callable[[Job], None]
"""Called on the loop for each job whose document is whole and durable; returns at once."""


class Arrivals:
    """Takes jobs into the spool by the rules of their queues."""

    def __init__(
        self,
        spool: Spool,
        desired: Desired,
        room: Room,
        document_limit: int,
        arrived: Arrived,
        *,
        holds_new: HoldsNew = lambda _: False,
    ) -> None:
        """``document_limit``: octets of the largest document."""
        self._holds_new = holds_new
        self._since_start: set[UUID] | None = set()
        """Jobs made before ``resume`` is done: it is about those before the start."""
        self._spool = spool
        self._room = room
        self._desired = desired
        self._document_limit = document_limit
        self._arrived = arrived

    async def create(
        self,
        queue: QueueSpec,
        account: str,
        owner_proof: OwnerProof,
        *,
        name: str,
        ticket: JobTicket,
        submitted_uuid: UUID | None = None,
        user_id: UUID | None = None,
    ) -> Job:
        """A job without its document, owned by the account's person where there is one. ``NoSpace`` on a full disk.

        ``user_id``: of a declared account, whom the server says that is; it has looked whether they may print here.
        """
        await self._room.check()
        draft = self._draft(
            queue,
            account,
            owner_proof=owner_proof,
            name=name,
            ticket=ticket,
            submitted_uuid=submitted_uuid,
            user_id=user_id,
        )
        if self._since_start is not None:
            self._since_start.add(draft.id)
        return await self._spool.create(draft)

    def _draft(
        self,
        queue: QueueSpec,
        account: str,
        *,
        owner_proof: OwnerProof,
        name: str,
        ticket: JobTicket,
        submitted_uuid: UUID | None = None,
        user_id: UUID | None = None,
    ) -> Job:
        queue = self._desired.queue_by_id(queue.queue_id) or queue
        if owner_proof != "declared":
            if not self._desired.may_print(queue, account):
                raise Forbidden(_NOT_FOR_YOU.replace("{queue}", queue.name))
            person = self._desired.person(account)
            user_id = None if person is None else person.user_id
        return self._spool.draft(
            queue.queue_id,
            account,
            owner_proof=owner_proof,
            user_id=user_id,
            name=cleaned(name, LONGEST_NAME) or "Untitled",
            ticket=with_defaults(ticket, queue.defaults, from_spooler=owner_proof == "spooler"),
            submitted_uuid=submitted_uuid,
        )

    async def receive(
        self,
        queue: QueueSpec,
        job: Job,
        document_format: str,
        document: AsyncIterator[bytes],
        *,
        last: bool = True,
        name: str = "",
    ) -> Job:
        """Take the next document; with ``last`` the job goes its way in the same commit.

        A first document that fails ends the job; a further one can be sent again.
        """
        then = [received(job, self._computer)]
        if last:
            then.append(self._next(queue, job))
        try:
            job = await self._spool.receive(
                job.id,
                document_format,
                document,
                limit=self._document_limit,
                then=then,
                name=cleaned(name, LONGEST_NAME),
            )
        except BaseException as error:
            if isinstance(error, NoSpace):
                self._room.ran_out()
            await asyncio.shield(self._drop(job.id, error))
            raise
        if last:
            self._arrived(job)
        return job

    async def close(self, queue: QueueSpec, job: Job) -> Job:
        """No document follows: the job goes its way with those it has, or ends without."""
        if job.phase is not Phase.INCOMING:
            return job
        if self._spool.is_receiving(job.id):
            raise NotPossible("A document of this job is still arriving. Close the job when it is here.")
        change = self._next(queue, job) if job.document_kept else INCOMPLETE
        job = await self._spool.change(job.id, change, only_if={Phase.INCOMING})
        if job.document_kept:
            self._arrived(job)
        return job

    def count_again(self, job: Job) -> None:
        """Other documents are left than were counted."""
        self._arrived(job)

    async def submit(
        self,
        queue: QueueSpec,
        account: str,
        document: AsyncIterator[bytes],
        *,
        name: str,
        ticket: JobTicket,
        document_format: str,
    ) -> Job:
        """A whole job in one call. Durable when it returns; it waits or goes to its printer as the queue says.

        ``application/octet-stream``: the document itself says what it is. Raises ``FormatNotSupported``, or ``Invalid``
        where the document is of another format than is said.
        """
        first = await first_octets(document, SNIFF_SIZE)
        document_format = _checked_format(first, document_format)
        return await self.take(
            queue,
            account,
            joined(first, document),
            name=name,
            ticket=ticket,
            document_format=document_format,
        )

    async def take(
        self,
        queue: QueueSpec,
        account: str,
        document: AsyncIterator[bytes],
        *,
        name: str,
        ticket: JobTicket,
        document_format: str,
        owner_proof: OwnerProof = "peer",
        user_id: UUID | None = None,
    ) -> Job:
        """The same where the format is known. A small document and its job are one commit, a large one makes its job first."""
        await self._room.check()
        first = await first_octets(document, SMALL + 1)
        if not 0 < len(first) <= min(SMALL, self._document_limit):
            job = await self.create(queue, account, owner_proof, name=name, ticket=ticket, user_id=user_id)
            return await self.receive(queue, job, document_format, joined(first, document))
        draft = self._draft(queue, account, owner_proof=owner_proof, name=name, ticket=ticket, user_id=user_id)
        then = (received(draft, self._computer), self._next(queue, draft))
        try:
            job = await self._spool.submit(draft, document_format, first, then=then)
        except NoSpace:
            self._room.ran_out()
            raise
        self._arrived(job)
        return job

    async def refuse(
        self, queue: QueueSpec, account: str, fault: Fault, *, name: str, ticket: JobTicket, user_id: UUID
    ) -> Job:
        """A job of a declared account that ends as it comes, so that its owner hears why: the system it came from cannot tell."""
        return await self.end(
            await self.create(queue, account, "declared", name=name, ticket=ticket, user_id=user_id), fault
        )

    async def end(self, job: Job, fault: Fault) -> Job:
        """The same for a job that is here, without a document yet."""
        return await self._spool.change(job.id, _refused(fault), only_if={Phase.INCOMING}, version=job.version)

    async def resume(self) -> None:
        """Keep the jobs that were open at a restart for their owners: nobody knows whether a document was still to come."""
        waiting = await self._spool.list(phases={Phase.INCOMING}, limit=10_000, newest_first=False)
        for job in waiting:
            if self._since_start is not None and job.id in self._since_start:
                continue
            queue = self._desired.queue_by_id(job.queue_id)
            if queue is not None and job.document_kept:
                change = self.next_of(queue, job)
                change = held_on_wish() if change.phase is Phase.RELEASED else change
                self._arrived(await self._spool.change(job.id, change, only_if={Phase.INCOMING}))
        self._since_start = None

    @property
    def _computer(self) -> str:
        return self._desired.state.computer_name

    def _next(self, queue: QueueSpec, job: Job) -> Change:
        change = self.next_of(queue, job)
        return held_as_new(change) if self._holds_new(queue.queue_id) else change

    def next_of(self, queue: QueueSpec, job: Job) -> Change:
        """Where a job goes that was held as a new one, now that its queue holds them no more."""
        printer = None if queue.printer_id is None else self._desired.printer(queue.printer_id)
        return accepted(job, queue, printer, self._computer)

    async def _drop(self, job_id: UUID, error: BaseException) -> None:
        change = _refused(error) if isinstance(error, TooLarge) else INCOMPLETE
        with suppress(Fault):  # over already: cancelled meanwhile, or of another sender
            job = await self._spool.get(job_id)
            if not job.document_kept and not self._spool.is_receiving(job_id):
                await self._spool.change(job_id, change, only_if={Phase.INCOMING}, version=job.version)


def _refused(fault: Fault) -> Change:
    """For good: the same document would be refused again."""
    return Change(
        phase=Phase.ENDED,
        state=JobState.ABORTED,
        state_reasons=("aborted-by-system",),
        event=JobEvent.REFUSED,
        values=(("message", fault.sentence),),
    )


def _checked_format(first: bytes, said: str) -> str:
    if not first:
        raise Invalid("The document is empty, so there is nothing to print.")
    found = sniff(first)
    document_format = (found or said) if said == OCTET_STREAM else said
    if document_format not in TAKEN:
        what = (
            "This kind of document" if document_format == OCTET_STREAM else f"A document of the kind {document_format}"
        )
        raise FormatNotSupported(f"{what} cannot be printed here. Print a PDF or a JPEG.")
    if found != document_format:
        raise Invalid(f"The document is not {document_format}, though that was said. Send it with its true format.")
    return document_format


async def first_octets(document: AsyncIterator[bytes], size: int) -> bytes:
    """At least so many, or the whole document where it is shorter."""
    first = bytearray()
    while len(first) < size:
        chunk = await anext(document, None)
        if chunk is None:
            break
        first += chunk
    return bytes(first)


async def joined(first: bytes, document: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
    """The whole document again, of which ``first`` was read already."""
    yield first
    async for chunk in document:
        yield chunk
