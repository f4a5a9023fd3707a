"""Jobs as their last change left them: who has just made or changed a job asks for it again at once.

Small documents, too, sealed as they are kept: what has just come is sent next, and its pages are counted.

True because there is one writer: whatever it commits is published on the loop before anybody is told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from presswork.agent.spool.job import Job
from presswork.agent.spool.rows import Sealed

ROOM = 512
"""So many jobs are remembered; those changed longest ago are looked up."""
DOCUMENTS_ROOM = 4 * 1024 * 1024
"""So many octets of small documents; those that came longest ago are looked up."""


class Recent:
    """The jobs that changed last."""

    def __init__(self) -> None:
        self._jobs: dict[UUID, Job] = {}
        self._ids: dict[tuple[UUID, int], UUID] = {}
        self._documents: dict[UUID, Sealed] = {}
        self._octets = 0

    def put(self, jobs: Iterable[Job]) -> None:
        """These jobs changed. Called on the loop, before whoever changed them goes on."""
        for job in jobs:
            self._jobs.pop(job.id, None)
            self._jobs[job.id] = job
            self._ids[job.queue_id, job.number] = job.id
            if not job.document_kept:
                self._drop(job.id)
        while len(self._jobs) > ROOM:
            oldest = self._jobs.pop(next(iter(self._jobs)))
            del self._ids[oldest.queue_id, oldest.number]
            self._drop(oldest.id)

    def put_document(self, job_id: UUID, document: Sealed) -> None:
        """The document of a job that was put before; one that stands in a file is not remembered."""
        job = self._jobs.get(job_id)
        if document.octets is None or job is None or not job.document_kept:
            return
        self._documents[job_id] = document
        self._octets += len(document.octets)
        while self._octets > DOCUMENTS_ROOM:
            self._drop(next(iter(self._documents)))

    def document(self, job_id: UUID) -> Sealed | None:
        """The job's document, if it is remembered."""
        return self._documents.get(job_id)

    def _drop(self, job_id: UUID) -> None:
        document = self._documents.pop(job_id, None)
        if document is not None and document.octets is not None:
            self._octets -= len(document.octets)

    def get(self, job_id: UUID) -> Job | None:
        """The job with that id, if it is remembered."""
        return self._jobs.get(job_id)

    def by_number(self, queue_id: UUID, number: int) -> Job | None:
        """The job of a queue with that ``job-id``, if it is remembered."""
        job_id = self._ids.get((queue_id, number))
        return None if job_id is None else self._jobs[job_id]

    def forget(self) -> None:
        """Something changed that is not published."""
        self._jobs.clear()
        self._ids.clear()
