"""JobStore: what a Printer asks of whoever keeps its jobs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from presswork.core.errors import Fault
from presswork.printer.job import Document, Job, Requester
from presswork.protocols.ipp.message import Attribute


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be: checked by the Printer, owner already decided."""

    job_name: str
    owner: str
    owner_proof: Literal["peer", "spooler", "none"]
    """How the owner is known: the connection itself, the spooler's word, or not at all (simulator)."""
    attributes: tuple[Attribute, ...]
    """Job Template attributes the Printer supports; what it does not support is already left out."""
    job_uuid: UUID | None = None
    """From the client; the same one again means the same job."""
    source: str = ""
    """``Requester.source``."""


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document to be."""

    document_format: str
    document_name: str = ""
    last_document: bool = True


class JobStore(Protocol):
    """Keeps the jobs of one Printer.

    A store SHALL have made durable what a method promises before the method returns. It SHALL check that the
    requester may do it, and raise ``NotFound`` for a job that is not there or not theirs to see, ``Forbidden`` for
    one that is seen but not theirs to change, ``NotPossible`` for one in the wrong state, ``NoSpace`` or ``TooLarge``
    where a document does not fit. ``document`` may be read once, as it arrives; leaving it unread ends the request.
    """

    async def print_job(
        self, new: NewJob, requester: Requester, about: NewDocument, document: AsyncIterator[bytes]
    ) -> Job:
        """A new job with its only document, which goes its way. One whose document does not arrive whole is over."""
        ...

    async def create_job(self, new: NewJob) -> Job:
        """A new job without a document; ``pending-held`` with ``job-incoming``. The same ``job_uuid`` gives the same job."""
        ...

    async def add_document(
        self, job_id: int, requester: Requester, new: NewDocument, document: AsyncIterator[bytes]
    ) -> Job:
        """Take one more document; with ``last_document`` the job is complete and goes its way."""
        ...

    async def close_job(self, job_id: int, requester: Requester) -> Job:
        """No more documents will come."""
        ...

    async def get_job(self, job_id: int, requester: Requester) -> Job:
        """One job."""
        ...

    async def get_jobs(
        self,
        requester: Requester,
        *,
        which: Literal["completed", "not-completed", "all"],
        my_jobs: bool,
        limit: int,
        first_job_id: int = 0,
    ) -> Sequence[Job]:
        """Jobs this requester may see, in the order of RFC 8011 §4.2.6.2: unfinished first to last, finished newest first."""
        ...

    async def cancel_job(self, job_id: int, requester: Requester) -> Job:
        """Stop it and drop its document."""
        ...

    async def hold_job(self, job_id: int, requester: Requester) -> Job:
        """Keep it from being delivered."""
        ...

    async def release_job(self, job_id: int, requester: Requester) -> Job:
        """Let it be delivered."""
        ...

    async def get_documents(self, job_id: int, requester: Requester) -> Sequence[Document]:
        """The documents of a job, in their order; cancelled ones too."""
        ...

    async def cancel_document(self, job_id: int, document_number: int, requester: Requester) -> None:
        """Drop one document of a job that is not being printed yet; with its last one the job is cancelled.

        Raises ``NotFound`` where the job has no document of that number.
        """
        ...

    async def rename_document(self, job_id: int, document_number: int, requester: Requester, name: str) -> None:
        """Another ``document-name``. Raises ``NotFound`` where the job has no document of that number."""
        ...

    async def queued_job_count(self) -> int:
        """How many jobs are not over."""
        ...


async def in_two_steps(
    store: JobStore, new: NewJob, requester: Requester, about: NewDocument, document: AsyncIterator[bytes]
) -> Job:
    """``JobStore.print_job`` where nothing is quicker: a job, then its document."""
    job = await store.create_job(new)
    try:
        return await store.add_document(job.job_id, requester, about, document)
    except BaseException:
        # A job whose only document never arrived whole is nobody's job; what an earlier attempt brought stays.
        with suppress(Fault):
            if not (await store.get_job(job.job_id, requester)).number_of_documents:
                await store.cancel_job(job.job_id, requester)
        raise
