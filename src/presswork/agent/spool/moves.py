"""Jobs that go to another holder, and jobs that come from one. What a method promises is on the disk when it returns.

A job that comes is first *staged*: whole, verified, sealed for this computer, and not ours, so that no list, no report and no
delivery sees it. One commit makes it ours (``adopt``). What is staged may be dropped at any time: its holder has it still.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from pydantic import ValidationError

from presswork.agent.spool import arriving, commands
from presswork.agent.spool.arriving import Arriving
from presswork.agent.spool.documents import PIECE, SMALL, Documents, IncomingDocument
from presswork.agent.spool.faults import SpoolNoAnswer
from presswork.agent.spool.job import Job, Story
from presswork.agent.spool.readers import Readers
from presswork.agent.spool.rows import Sealed, decode_job_ticket, encode_job_ticket
from presswork.agent.spool.several import StoredDocument
from presswork.agent.spool.transition import check_line
from presswork.agent.spool.writer import Transaction, Writer
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Invalid
from presswork.protocols.control.held import HeldDocument, HeldJob
from presswork.protocols.control.timeline import TimelineEntry
from presswork.protocols.sealed.faults import Damaged
from presswork.protocols.sealed.header import MAX_HEADER, Header
from presswork.protocols.sealed.keys import wrap_key
from presswork.protocols.sealed.layout import SEALED_CHUNK, TAG_SIZE
from presswork.protocols.sealed.stream import Opener

_WRONG = "This is not a job that can be taken over."


@dataclass(frozen=True, slots=True)
class ArrivingDocument:
    """A sealed document from its header on, and its key."""

    header: Header
    """What the sender said it is."""
    key: bytes = field(repr=False)
    sealed: AsyncIterator[bytes | memoryview]


class Moves:
    """Beside ``Spool``, with the same writer."""

    def __init__(
        self,
        writer: Writer,
        readers: Readers,
        documents: Documents,
        *,
        key_encryption_key: bytes,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._documents = documents
        self._key_encryption_key = key_encryption_key
        self._clock = clock
        self._randomness = randomness

    async def check_new(self, job_id: UUID) -> None:
        """``NotPossible`` where the job is, or was, one of this computer: then it never takes it over."""
        await self._readers.run(lambda connection: arriving.check_new(connection, job_id))

    async def stage(self, job: Arriving, documents: AsyncIterator[ArrivingDocument]) -> None:
        """Take it in, not ours yet; ``documents`` are those that are not cancelled, in their order.

        Raises ``Damaged`` where an octet is not as it was sealed, ``Invalid`` for a job that cannot be one, ``NoSpace``,
        ``NotPossible`` where this computer has or had the job, and what ``documents`` raises. Then nothing of it is kept.
        """
        check_described(job.job)
        await self.check_new(job.job.job_id)
        begun: list[IncomingDocument] = []
        try:
            kept = [
                None if told.cancelled else await self._take_in(told, await _next(documents), begun)
                for told in job.job.documents
            ]
            await self._writer.run(partial(self._stage, job, kept))
        except (asyncio.CancelledError, SpoolNoAnswer):
            # It may be committed all the same: after all that waits, nothing of it is there for certain.
            self._writer.later(partial(self._discard, job.ticket_id, begun))
            raise
        except BaseException:
            self._discard_files(begun)
            raise

    def _discard(self, ticket_id: UUID, begun: Sequence[IncomingDocument], transaction: Transaction) -> None:
        self._remove_after(transaction, arriving.drop(transaction, ticket_id))
        transaction.after_commit.append(partial(self._discard_files, begun))

    def _discard_files(self, begun: Sequence[IncomingDocument]) -> None:
        for incoming in begun:
            self._documents.discard_soon(incoming)

    async def _take_in(self, told: HeldDocument, document: ArrivingDocument, begun: list[IncomingDocument]) -> Sealed:
        document_id = UUID(bytes=self._randomness(16), version=4)
        checked = _Checked(document)
        incoming = self._documents.begin(document_id, checked)
        begun.append(incoming)
        most = MAX_HEADER + _sealed_size(told.size)
        taken, piece, in_file = 0, bytearray(), False
        async for octets in document.sealed:
            taken += len(octets)
            if taken > most:
                raise Invalid("The document is larger than it was said to be.")
            piece += octets
            if len(piece) >= PIECE:
                await self._documents.run(partial(incoming.write, bytes(piece)))
                in_file = True
                piece = bytearray()
        small = bytes(piece) if not in_file and told.size <= SMALL else None
        if small is None:
            await self._documents.run(partial(incoming.finish, bytes(piece)))
        else:
            incoming.sealed(small)
        checked.check(told.size)
        return Sealed(document_id, wrap_key(self._key_encryption_key, document.key), small)

    def _stage(self, job: Arriving, kept: Sequence[Sealed | None], transaction: Transaction) -> None:
        self._remove_after(transaction, arriving.stage(transaction, job, kept, self._clock.now()))

    async def staged(self, ticket_id: UUID) -> Arriving | None:
        """What arrived whole under that ticket and is not ours yet."""
        return await self._readers.run(lambda connection: arriving.staged(connection, ticket_id))

    async def adopt(self, ticket_id: UUID, computer: str, secret: str) -> Job:
        """It is ours from here on; ``computer`` is this one's name, ``secret`` what its holder said with the commit.

        ``NotFound`` where nothing is staged under that ticket.
        """
        return await self._writer.run(
            lambda transaction: arriving.adopt(transaction, ticket_id, computer, secret, self._clock.now())
        )

    async def adopted(self, job_id: UUID, fence: int) -> bool:
        """Whether this computer took that job over under that number, whatever became of it since."""
        return await self._readers.run(lambda connection: arriving.adopted(connection, job_id, fence))

    async def drop(self, ticket_id: UUID) -> None:
        """Give up what is staged under that ticket."""

        def work(transaction: Transaction) -> None:
            self._remove_after(transaction, arriving.drop(transaction, ticket_id))

        await self._writer.run(work)

    async def drop_taken_back(self, job_id: UUID, fence: int) -> None:
        """Give up what is staged of that job under that number or a smaller one."""

        def work(transaction: Transaction) -> None:
            self._remove_after(transaction, arriving.drop_taken_back(transaction, job_id, fence))

        await self._writer.run(work)

    async def drop_older(self, before: datetime) -> None:
        """Give up what was staged before then."""

        def work(transaction: Transaction) -> None:
            self._remove_after(transaction, arriving.drop_older(transaction, before))

        await self._writer.run(work)

    def _remove_after(self, transaction: Transaction, document_ids: Sequence[UUID]) -> None:
        for document_id in document_ids:
            if not commands.remove_small(transaction, document_id):
                transaction.after_commit.append(partial(self._documents.remove_soon, document_id))


class _Checked:
    """Sealed octets pass as they are, once they are known to be authentic."""

    def __init__(self, document: ArrivingDocument) -> None:
        self._expected = document.header.digest
        self._opener = Opener(document.key)
        self._size = 0

    def feed(self, data: bytes | bytearray) -> bytes:
        """See ``Feed``."""
        self._size += len(self._opener.feed(bytes(data)))
        return bytes(data)

    def finish(self) -> bytes:
        """See ``Feed``."""
        self._size += len(self._opener.finish())
        return b""

    def check(self, size: int) -> None:
        """``Damaged`` unless it was the document that was announced."""
        header = self._opener.header
        if header is None or header.digest != self._expected or self._size != size:
            raise Damaged("What arrived is another document than was said.")


def described(story: Story, documents: Sequence[StoredDocument], queue_id: UUID, moving: TimelineEntry) -> HeldJob:
    """A held job for its next holder. ``moving`` is the entry that its timeline gets when it goes.

    ``Invalid`` for one that is nobody's, or too much to be told: it stays.
    """
    job = story.job
    if job.user_id is None:
        raise Invalid("This job is nobody's yet, so it stays where it is.")
    try:
        return _described(story, documents, queue_id, moving, user_id=job.user_id)
    except ValidationError:
        raise Invalid("This job has too long a story to go elsewhere, so it stays where it is.") from None


def _described(
    story: Story, documents: Sequence[StoredDocument], queue_id: UUID, moving: TimelineEntry, *, user_id: UUID
) -> HeldJob:
    job = story.job
    return HeldJob(
        job_id=job.id,
        version=job.version,
        queue_id=queue_id,
        account=job.account,
        owner_proof=job.owner_proof,
        user_id=user_id,
        name=job.name,
        ticket=base64.b64encode(encode_job_ticket(job.ticket)).decode(),
        created_at=job.created_at,
        pages=job.pages,
        documents=tuple(
            HeldDocument(name=one.name, document_format=one.document_format, size=one.size, cancelled=one.cancelled)
            for one in documents
        ),
        timeline=(*story.timeline, moving),
    )


def check_described(job: HeldJob) -> None:
    """``Invalid`` unless a job can be made of it."""
    try:
        ticket = decode_job_ticket(base64.b64decode(job.ticket, validate=True))
    except (ValueError, Invalid):
        raise Invalid(_WRONG) from None
    in_order = [entry.sequence for entry in job.timeline] == list(range(1, len(job.timeline) + 1))
    formats = all(one.document_format for one in job.documents)
    if ticket.copies < 1 or not in_order or not formats or all(one.cancelled for one in job.documents):
        raise Invalid(_WRONG)
    check_line(ticket.sides, "sides")


def _sealed_size(size: int) -> int:
    """Octets of the chunks of a document of that size."""
    chunks = max(1, -(-size // (SEALED_CHUNK - TAG_SIZE)))
    return size + chunks * TAG_SIZE


async def _next(documents: AsyncIterator[ArrivingDocument]) -> ArrivingDocument:
    try:
        return await anext(documents)
    except StopAsyncIteration:
        raise Damaged("A document of the job is missing.") from None
