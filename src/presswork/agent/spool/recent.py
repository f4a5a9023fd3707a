"""Jobs as their last change left them: who has just made or changed a job asks for it again at once.

True because there is one writer: whatever it commits is published on the loop before anybody is told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from presswork.agent.spool.job import Job

ROOM = 512
"""So many jobs are remembered; those changed longest ago are looked up."""


class Recent:
    """The jobs that changed last."""

    def __init__(self) -> None:
        self._jobs: dict[UUID, Job] = {}
        self._ids: dict[tuple[UUID, int], UUID] = {}

    def put(self, jobs: Iterable[Job]) -> None:
        """These jobs changed. Called on the loop, before whoever changed them goes on."""
        for job in jobs:
            self._jobs.pop(job.id, None)
            self._jobs[job.id] = job
            self._ids[job.queue_id, job.number] = job.id
        while len(self._jobs) > ROOM:
            oldest = self._jobs.pop(next(iter(self._jobs)))
            del self._ids[oldest.queue_id, oldest.number]

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
