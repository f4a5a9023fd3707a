"""The spool's async face. What a method promises is on the disk when it returns."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from presswork.agent.spool import commands, queries, several
from presswork.agent.spool.documents import PIECE, SMALL, Documents, IncomingDocument
from presswork.agent.spool.facts import Facts
from presswork.agent.spool.faults import SpoolNoAnswer
from presswork.agent.spool.job import Change, Job, JobTicket, Outcome, Phase, Story
from presswork.agent.spool.moves import Moves
from presswork.agent.spool.news import News, Subscription
from presswork.agent.spool.readers import Readers
from presswork.agent.spool.recent import Recent
from presswork.agent.spool.rows import Sealed
from presswork.agent.spool.sealed import SealedDocument, kept_of, opened
from presswork.agent.spool.several import StoredDocument
from presswork.agent.spool.transition import check_account, check_line
from presswork.agent.spool.writer import Transaction, Writer
from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Invalid, TooLarge
from presswork.core.ids import uuid7
from presswork.printer.job import JobState
from presswork.protocols.control.words import JobReport, OwnerProof
from presswork.protocols.sealed.header import NONCE_PREFIX_SIZE, Header
from presswork.protocols.sealed.keys import KEY_SIZE, unwrap_key, wrap_key
from presswork.protocols.sealed.stream import Opener, Sealer

Jobs = list[Job]
Reports = list[JobReport]
Stored = list[StoredDocument]


class Spool:
    """The jobs of this computer. Made by ``open_spool``; every method may be called by many tasks at once."""

    def __init__(
        self,
        *,
        writer: Writer,
        readers: Readers,
        documents: Documents,
        news: News,
        recent: Recent,
        key_encryption_key: bytes,
        clock: Clock,
        randomness: Randomness,
        lock: int,
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._documents = documents
        self._news = news
        self._recent = recent
        self._facts = Facts()
        self._key_encryption_key = key_encryption_key
        self._clock = clock
        self._randomness = randomness
        self._lock = lock
        self.moves = Moves(
            writer,
            readers,
            documents,
            key_encryption_key=key_encryption_key,
            clock=clock,
            randomness=randomness,
        )
        """Jobs that go to another holder or come from one."""
        self._receiving: Counter[UUID] = Counter()
        self._counts: dict[UUID, tuple[int, int]] = {}
        """Of each queue that was asked for: the news' generation, and the count then. Printers are polled often."""

    def draft(
        self,
        queue_id: UUID,
        account: str,
        *,
        owner_proof: OwnerProof,
        user_id: UUID | None,
        name: str,
        ticket: JobTicket,
        submitted_uuid: UUID | None = None,
    ) -> Job:
        """A new job, to be kept by ``create`` or ``submit``. Raises ``Invalid``."""
        if ticket.copies < 1:
            raise Invalid("A job cannot have less than one copy.", field="copies")
        check_line(ticket.sides, "sides")
        return Job(
            id=uuid7(self._clock, self._randomness),
            number=0,
            queue_id=queue_id,
            account=check_account(account),
            owner_proof=owner_proof,
            user_id=user_id,
            name=check_line(name, "name"),
            ticket=ticket,
            phase=Phase.INCOMING,
            state=JobState.PENDING_HELD,
            state_reasons=("job-incoming",),
            created_at=self._clock.now(),
            version=1,
            submitted_uuid=submitted_uuid,
        )

    async def create(self, draft: Job) -> Job:
        """Keep a drafted job, incoming. The same account, queue and ``submitted_uuid`` again is the same job."""
        return await self._writer.run(lambda transaction: commands.create(transaction, draft))

    async def submit(self, draft: Job, document_format: str, document: bytes, *, then: Iterable[Change]) -> Job:
        """Keep a drafted job with its document of 1 to ``SMALL`` octets, in one commit; ``then`` is in it, too.

        Raises ``NoSpace``; then there is no such job.
        """
        check_line(document_format, "document format")
        key, document_id, incoming = self._begin()
        sealed = Sealed(document_id, wrap_key(self._key_encryption_key, key), incoming.sealed(document))
        draft = replace(draft, document_format=document_format, size=len(document))
        job = await self._writer.run(
            lambda transaction: commands.submit(transaction, draft, sealed, then, self._clock.now())
        )
        self._recent.put_document(job.id, sealed)
        return job

    async def receive(
        self,
        job_id: UUID,
        document_format: str,
        chunks: AsyncIterator[bytes],
        *,
        limit: int,
        then: Iterable[Change] = (),
        name: str = "",
    ) -> Job:
        """Take the next document of an incoming job, sealed while it arrives; ``then`` is applied in the commit that keeps it.

        Raises ``TooLarge`` above ``limit`` octets, ``Invalid`` for none, ``NoSpace``, ``NotPossible`` for a job that takes
        no more; and what ``chunks`` raises. Then nothing of the document is kept and the job is still incoming.
        """
        check_line(document_format, "document format")
        key, document_id, incoming = self._begin()
        self._receiving[job_id] += 1
        try:
            try:
                size, octets = await self._take_in(job_id, incoming, chunks, limit)
            except BaseException:
                self._documents.discard_soon(incoming)
                raise
            keep = partial(
                commands.keep_document,
                job_id=job_id,
                document_id=document_id,
                wrapped_key=wrap_key(self._key_encryption_key, key),
                document_format=document_format,
                size=size,
                then=tuple(then),
                now=self._clock.now(),
                name=name,
                octets=octets,
            )
            return await self._keep(keep, job_id, document_id, incoming)
        finally:
            self._receiving[job_id] -= 1
            if not self._receiving[job_id]:
                del self._receiving[job_id]

    def _begin(self) -> tuple[bytes, UUID, IncomingDocument]:
        drawn = self._randomness(KEY_SIZE + 16 + NONCE_PREFIX_SIZE)
        key, document_id = drawn[:KEY_SIZE], UUID(bytes=drawn[KEY_SIZE : KEY_SIZE + 16], version=4)
        header = Header(document_id, drawn[KEY_SIZE + 16 :])
        return key, document_id, self._documents.begin(document_id, Sealer(header, key))

    async def _take_in(
        self, job_id: UUID, incoming: IncomingDocument, chunks: AsyncIterator[bytes], limit: int
    ) -> tuple[int, bytes | None]:
        """Its size, and all of it where it is small; else it is in its file, which is on the disk."""
        size, piece = 0, bytearray()
        writing: asyncio.Future[None] | None = None
        try:
            async for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLarge(f"The document is larger than {limit} octets, the most this computer accepts.")
                piece += chunk
                if len(piece) >= PIECE:
                    if writing is None:
                        commands.check_takes_document(await self.get(job_id))
                    else:
                        await self._documents.done(writing)
                    writing = self._documents.start(partial(incoming.write, piece))  # while more arrives
                    piece = bytearray()
            if writing is not None:
                await self._documents.done(writing)
        finally:
            if writing is not None:
                self._documents.abandon(writing)
        if not size:
            raise Invalid("The document is empty, so there is nothing to print.")
        if size <= SMALL:
            return size, incoming.sealed(piece)
        await self._documents.run(partial(incoming.finish, piece))
        return size, None

    async def _keep(
        self, keep: Callable[[Transaction], Job], job_id: UUID, document_id: UUID, incoming: IncomingDocument
    ) -> Job:
        try:
            return await self._writer.run(keep)
        except (asyncio.CancelledError, SpoolNoAnswer):
            # It may be committed all the same: only after all that waits can one tell.
            self._writer.later(partial(self._discard_unless_kept, job_id, document_id, incoming))
            raise
        except BaseException:
            self._documents.discard_soon(incoming)
            raise

    def _discard_unless_kept(
        self, job_id: UUID, document_id: UUID, incoming: IncomingDocument, transaction: Transaction
    ) -> None:
        if not commands.keeps(transaction, job_id, document_id):
            self._documents.discard_soon(incoming)

    async def change(
        self, job_id: UUID, change: Change, *, only_if: Collection[Phase] | None = None, version: int | None = None
    ) -> Job:
        """Apply ``change`` and its timeline entry at once, if the job is in one of these phases and of this version.

        Raises ``NotPossible`` where it is not, or where the new phase needs a document that is gone; ``NotFound``.
        """

        def work(transaction: Transaction) -> Job:
            job, destroyed = commands.change(
                transaction, job_id, change, self._clock.now(), only_if=only_if, version=version
            )
            self._remove_after(transaction, destroyed)
            return job

        return await self._writer.run(work)

    async def destroy(self, job_id: UUID) -> None:
        """Destroy the document's key, then its file; the job stays. No document is no fault."""

        def work(transaction: Transaction) -> None:
            self._remove_after(transaction, commands.destroy(transaction, job_id))

        await self._writer.run(work)

    def _remove_after(self, transaction: Transaction, document_ids: Iterable[UUID]) -> None:
        for document_id in document_ids:
            if not commands.remove_small(transaction, document_id):
                transaction.after_commit.append(partial(self._documents.remove_soon, document_id))

    async def documents(self, job_id: UUID) -> Stored:
        """The documents of a job, in their order, cancelled ones too; or ``NotFound``."""
        return await self._readers.run(
            lambda connection: several.documents_of(connection, queries.record(connection, job_id))
        )

    async def cancel_document(self, job_id: UUID, number: int) -> Job:
        """Destroy one of a job's documents; with its last one the job is over. Raises ``NotPossible``, ``NotFound``."""

        def work(transaction: Transaction) -> Job:
            job, destroyed = commands.cancel_document(transaction, job_id, number, self._clock.now())
            self._remove_after(transaction, destroyed)
            return job

        return await self._writer.run(work)

    async def rename_document(self, job_id: UUID, number: int, name: str) -> None:
        """Another name for one of a job's documents. Raises ``NotPossible`` for a job that is over, ``NotFound``."""
        work = partial(commands.rename_document, job_id=job_id, number=number, name=check_line(name, "document name"))
        await self._writer.run(work)

    async def set_pages(self, job_id: UUID, pages: int) -> Job:
        """Record how many pages the document has."""
        return await self._writer.run(partial(commands.set_pages, job_id=job_id, pages=pages))

    async def claim(self, account: str, user_id: UUID, person: str = "") -> Jobs:
        """Jobs of this account that are nobody's become this user's; those jobs. ``person`` is for their timelines."""

        def work(transaction: Transaction) -> Jobs:
            return commands.claim(transaction, account, user_id, person, self._clock.now())

        return await self._writer.run(work)

    async def forget_names(self, ended_before: datetime) -> int:
        """Forget the names of jobs that ended before then; how many."""
        forgotten = await self._writer.run(partial(commands.forget_names, ended_before=ended_before))
        self._recent.forget()
        return forgotten

    async def get(self, job_id: UUID) -> Job:
        """The job, or ``NotFound``."""
        job = self._recent.get(job_id)
        if job is not None:
            return job
        return await self._readers.run(lambda connection: queries.record(connection, job_id).job)

    async def story(self, job_id: UUID) -> Story:
        """The job and its whole timeline, or ``NotFound``."""
        return await self._readers.run(lambda connection: queries.story(connection, job_id))

    async def by_number(self, queue_id: UUID, number: int) -> Job:
        """The job of a queue with that IPP ``job-id``, or ``NotFound``."""
        job = self._recent.by_number(queue_id, number)
        if job is not None:
            return job
        return await self._readers.run(lambda connection: queries.by_number(connection, queue_id, number))

    async def by_submitted_uuid(self, queue_id: UUID, account: str, submitted_uuid: UUID) -> Job | None:
        """The job that this account submitted to this queue under that uuid; None for none."""
        return await self._readers.run(
            lambda connection: queries.by_submitted_uuid(connection, queue_id, account, submitted_uuid)
        )

    async def list(
        self,
        *,
        queue_id: UUID | None = None,
        account: str | None = None,
        phases: Collection[Phase] | None = None,
        limit: int = 100,
        before: UUID | None = None,
        newest_first: bool = True,
        first_number: int = 0,
    ) -> Jobs:
        """A page of jobs in order of creation. ``before``: the last job of the page before, in whichever order."""
        page = queries.Page(queue_id, account, phases, limit, before, newest_first, first_number)
        return await self._readers.run(lambda connection: queries.jobs(connection, page))

    async def list_kept_after_end(self, outcome: Outcome, ended_before: datetime, limit: int = 100) -> Jobs:
        """Jobs that ended with ``outcome`` before then and whose document is still here."""
        return await self._readers.run(
            lambda connection: queries.kept_after_end(connection, outcome, ended_before, limit)
        )

    async def count(self, queue_id: UUID) -> int:
        """How many jobs of that queue are not over."""
        generation = self._news.generation
        kept_generation, number = self._counts.get(queue_id, (-1, 0))
        if kept_generation != generation:
            number = await self._readers.run(lambda connection: queries.count(connection, queue_id))
            self._counts[queue_id] = (generation, number)
        return number

    def is_receiving(self, job_id: UUID) -> bool:
        """Whether its document is arriving at this moment."""
        return job_id in self._receiving

    async def free_octets(self) -> int:
        """Room on the disk of the documents."""
        return await self._documents.run(self._documents.free_octets)

    async def read(self, job_id: UUID, number: int | None = None) -> AsyncGenerator[bytes]:
        """The document in pieces, each authentic; whole only when the iteration ends by itself. None: the first there is.

        Raises ``Gone`` when it is no longer kept, ``Damaged`` when the file was changed, ``NotFound``.
        """
        document = self._recent.document(job_id) if number is None else None
        if document is None:
            document = await self._readers.run(lambda connection: queries.document(connection, job_id, number))
        key = unwrap_key(self._key_encryption_key, document.wrapped_key)
        if document.octets is not None:
            opener = Opener(key)
            yield opener.feed(document.octets) + opener.finish()
            return
        async with aclosing(self._documents.read(document.document_id, key)) as pieces:
            async for piece in pieces:
                yield piece

    async def sealed(self, job_id: UUID) -> tuple[SealedDocument, ...]:
        """The documents of a job that are to be printed, in their order, as they lie here. Raises ``Gone``, ``NotFound``."""

        def find(connection: sqlite3.Connection) -> list[tuple[StoredDocument, Sealed]]:
            stored = several.documents_of(connection, queries.record(connection, job_id))
            return [(one, kept_of(one, connection)) for one in stored if not one.cancelled]

        found = await self._readers.run(find)
        return tuple([await opened(*one, self._documents, self._key_encryption_key) for one in found])

    async def reports(self, limit: int) -> Reports:
        """Jobs of which the server does not have the newest version, with the timeline entries it has not confirmed."""
        return await self._readers.run(lambda connection: queries.reports(connection, limit))

    async def report(self, job_id: UUID) -> JobReport | None:
        """Of one job; None where the server has it as it is, or there is none."""
        return await self._readers.run(lambda connection: queries.report(connection, job_id))

    async def confirm(self, confirmed: Iterable[tuple[UUID, int, int]]) -> None:
        """The server has these: job, version, sequence of the last timeline entry it was sent (0 for none)."""
        known = tuple(confirmed)
        await self._writer.run(lambda transaction: commands.confirm(transaction, known))

    async def remember(self, key: str, value: str) -> None:
        """Keep a small fact; the newest under its key counts."""
        self._facts.changing(key)
        try:
            await self._writer.run(lambda transaction: commands.remember(transaction, key, value))
        finally:
            self._facts.changing(key)

    async def recall(self, key: str) -> str | None:
        """The fact under that key."""
        return await self._facts.get(key, lambda: self._readers.run(lambda connection: queries.recall(connection, key)))

    async def recall_all(self, beginning: str) -> dict[str, str]:
        """The facts whose keys begin so."""
        return await self._readers.run(lambda connection: queries.recall_all(connection, beginning))

    async def forget(self, keys: Iterable[str]) -> None:
        """Those facts are of no more use."""
        unneeded = tuple(keys)
        for key in unneeded:
            self._facts.changing(key)
        try:
            await self._writer.run(lambda transaction: commands.forget(transaction, unneeded))
        finally:
            for key in unneeded:
                self._facts.changing(key)

    def subscribe(self) -> AbstractAsyncContextManager[Subscription]:
        """``async with spool.subscribe() as news``: ``await news.get()`` is the next job that changed; None: list them again."""
        return self._news.subscribe()

    async def close(self) -> None:
        """Finishes what was begun, then closes the files."""
        await self._writer.close()
        await self._readers.close()
        await self._documents.close()
        os.close(self._lock)
