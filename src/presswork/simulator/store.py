"""The simulator's jobs, in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Forbidden, NotFound, NotPossible, TooLarge
from presswork.core.ids import uuid7
from presswork.printer.job import Document, Job, JobState, Requester
from presswork.printer.store import NewDocument, NewJob, in_two_steps
from presswork.simulator.documents import KeptDocuments
from presswork.simulator.faults import Bell, Faults

Way = Literal["ipp", "raw", "lpr"]
Changed = Callable[[Job | None, Job], None]
"""Told of a job as it was, None for a new one, and as it is."""
DOCUMENT_LIMIT = 256 * 1024 * 1024
_KEPT_JOBS = 500


@dataclass(slots=True, eq=False)
class Entry:
    """A job, its documents, and how it came."""

    job: Job
    way: Way
    changed: Changed
    documents: KeptDocuments = field(default_factory=KeptDocuments)
    receiving: int = 0
    """Documents that arrive at this moment."""
    held_as_new: bool = False
    """Held because the operator holds new jobs, and for no other reason."""
    suspended: bool = False
    marked: int = 0
    """Sides on paper already, of a job that was suspended."""

    @property
    def document(self) -> bytes:
        """The octets of its first document; none where they are no longer kept."""
        return self.documents.first

    def change(self, **fields: Any) -> Job:
        """Put another job in its place."""
        before = self.job
        self.job = replace(before, **fields)
        self.changed(before, self.job)
        return self.job


@dataclass(slots=True)
class MemoryStore:
    """See ``JobStore``. Everybody sees all jobs; only the owner or an operator changes one."""

    clock: Clock
    randomness: Randomness
    bell: Bell
    faults: Faults
    changed: Changed = lambda _before, _job: None
    time_out: float = 300.0
    """Seconds a job may wait for its next document."""
    holds_new: bool = False
    """The operator wants new jobs held."""
    touched: dict[int, datetime] = field(default_factory=dict)
    """When the last document of an open job came."""
    entries: dict[int, Entry] = field(default_factory=dict)
    last_id: int = 0

    async def print_job(
        self, new: NewJob, requester: Requester, about: NewDocument, document: AsyncIterator[bytes]
    ) -> Job:
        """See ``JobStore``."""
        return await in_two_steps(self, new, requester, about, document)

    async def create_job(self, new: NewJob) -> Job:
        """See ``JobStore``."""
        if new.job_uuid is not None:
            for entry in self.entries.values():
                if entry.job.job_uuid == new.job_uuid:
                    return entry.job
        return self.add(new, "ipp").job

    def add(self, new: NewJob, way: Way) -> Entry:
        """A new entry that waits for its document."""
        self.last_id += 1
        job = Job(
            job_id=self.last_id,
            job_uuid=new.job_uuid or uuid7(self.clock, self.randomness),
            job_name=new.job_name,
            job_originating_user_name=new.owner,
            job_state=JobState.PENDING_HELD,
            job_state_reasons=("job-incoming",),
            time_at_creation=self.clock.now(),
            attributes=new.attributes,
        )
        entry = Entry(job, way, self.changed)
        self.entries[job.job_id] = entry
        self._forget_oldest()
        self.changed(None, job)
        return entry

    def purge(self) -> None:
        """Forget every job; what is being printed is cancelled."""
        for entry in self.entries.values():
            if not entry.job.job_state.terminated:
                self.end(entry, JobState.CANCELED, "job-canceled-by-operator")
        self.entries.clear()

    async def add_document(
        self, job_id: int, requester: Requester, new: NewDocument, document: AsyncIterator[bytes]
    ) -> Job:
        """See ``JobStore``; with the fault ``hang`` it stops reading after the first octets."""
        entry = self._changeable(job_id, requester)
        if not _incoming(entry):
            raise NotPossible("This job takes no more documents. Print the other ones as a new job.")
        entry.receiving += 1
        try:
            data = await self._receive(entry, document)
        except BaseException:
            if not entry.job.job_state.terminated:
                self.end(entry, JobState.ABORTED, "submission-interrupted")
            raise
        finally:
            entry.receiving -= 1
        return self.complete(entry, data, new.document_format, name=new.document_name, last=new.last_document)

    async def _receive(self, entry: Entry, document: AsyncIterator[bytes]) -> bytes:
        data = bytearray()
        async for chunk in document:
            data += chunk
            if len(data) > DOCUMENT_LIMIT:
                raise TooLarge("This document is larger than the simulated printer can hold. Send a smaller one.")
            while self.faults.hang and not entry.job.job_state.terminated:
                await self.bell.wait()
            if entry.job.job_state.terminated:
                raise NotPossible("This job was cancelled meanwhile.")
        return bytes(data)

    def complete(self, entry: Entry, data: bytes, document_format: str, *, name: str = "", last: bool = True) -> Job:
        """A document is here."""
        entry.documents.add(name, document_format, data)
        self.touched[entry.job.job_id] = self.clock.now()
        self._count(entry)
        return self._go(entry) if last else entry.job

    def _count(self, entry: Entry) -> None:
        every = entry.documents.every
        octets = sum(one.size for one in every if not one.cancelled)
        entry.change(
            number_of_documents=len(every), document_format=every[0].document_format, job_k_octets=-(-octets // 1024)
        )

    async def close_job(self, job_id: int, requester: Requester) -> Job:
        """See ``JobStore``; a job that never got a document is aborted."""
        entry = self._changeable(job_id, requester)
        if not _incoming(entry):
            return entry.job
        if entry.receiving:
            raise NotPossible("A document of this job is still arriving. Close the job when it is here.")
        return self._go(entry) if entry.documents.to_print else self.end(entry, JobState.ABORTED, "aborted-by-system")

    async def get_job(self, job_id: int, requester: Requester) -> Job:
        """See ``JobStore``."""
        return self.entry(job_id).job

    async def get_jobs(
        self,
        requester: Requester,
        *,
        which: Literal["completed", "not-completed", "all"],
        my_jobs: bool,
        limit: int,
        first_job_id: int = 0,
    ) -> Sequence[Job]:
        """See ``JobStore``."""
        jobs = [entry.job for entry in self.entries.values() if entry.job.job_id >= first_job_id]
        if my_jobs:
            jobs = [job for job in jobs if job.job_originating_user_name == requester.name]
        active = [job for job in jobs if not job.job_state.terminated]
        over = [job for job in reversed(jobs) if job.job_state.terminated]
        return {"completed": over, "not-completed": active, "all": [*active, *over]}[which][:limit]

    async def cancel_job(self, job_id: int, requester: Requester) -> Job:
        """See ``JobStore``."""
        return self.end(self._changeable(job_id, requester), JobState.CANCELED, "job-canceled-by-user")

    async def hold_job(self, job_id: int, requester: Requester) -> Job:
        """See ``JobStore``."""
        entry = self._changeable(job_id, requester)
        if entry.job.job_state not in (JobState.PENDING, JobState.PENDING_HELD) or _incoming(entry):
            raise NotPossible("Only a job that waits can be held.")
        entry.held_as_new = False
        return entry.change(job_state=JobState.PENDING_HELD, job_state_reasons=("job-hold-until-specified",))

    async def release_job(self, job_id: int, requester: Requester) -> Job:
        """See ``JobStore``."""
        entry = self._changeable(job_id, requester)
        if entry.job.job_state != JobState.PENDING_HELD or _incoming(entry):
            raise NotPossible("This job is not held, so it cannot be released.")
        return self.queue(entry)

    async def get_documents(self, job_id: int, requester: Requester) -> Sequence[Document]:
        """See ``JobStore``."""
        entry = self.entry(job_id)
        return entry.documents.shown(entry.job, complete=not _incoming(entry))

    async def cancel_document(self, job_id: int, document_number: int, requester: Requester) -> None:
        """See ``JobStore``."""
        entry = self._changeable(job_id, requester)
        document = entry.documents.find(document_number)
        if document.cancelled or entry.job.job_state not in (JobState.PENDING, JobState.PENDING_HELD):
            raise NotPossible("This document is being printed, or cancelled already.")
        document.cancelled, document.octets = True, b""
        self._count(entry)
        if not entry.documents.to_print and not _incoming(entry):
            self.end(entry, JobState.CANCELED, "job-canceled-by-user")

    async def rename_document(self, job_id: int, document_number: int, requester: Requester, name: str) -> None:
        """See ``JobStore``."""
        self._changeable(job_id, requester).documents.find(document_number).name = name

    async def queued_job_count(self) -> int:
        """See ``JobStore``."""
        return sum(not entry.job.job_state.terminated for entry in self.entries.values())

    def next_pending(self) -> Entry | None:
        """The job to print next."""
        pending = (entry for entry in self.entries.values() if entry.job.job_state == JobState.PENDING)
        return next(pending, None)

    def release_held_new(self) -> None:
        """Let go what was held because the operator held new jobs."""
        self.holds_new = False
        for entry in list(self.entries.values()):
            if entry.held_as_new and entry.job.job_state == JobState.PENDING_HELD:
                self.queue(entry)

    def schedule(self, entry: Entry, predecessor: Entry | None) -> None:
        """Move a pending job: right after another, or before all others that are pending."""
        others = [one for one in self.entries.values() if one is not entry]
        if predecessor is None:
            pending = (place for place, one in enumerate(others) if one.job.job_state == JobState.PENDING)
            place = next(pending, len(others))
        else:
            place = others.index(predecessor) + 1
        self.entries = {one.job.job_id: one for one in (*others[:place], entry, *others[place:])}

    def end(self, entry: Entry, state: JobState, reason: str, **fields: Any) -> Job:
        """The job is over."""
        self.touched.pop(entry.job.job_id, None)
        entry.suspended = False
        job = entry.change(job_state=state, job_state_reasons=(reason,), time_at_completed=self.clock.now(), **fields)
        self.bell.ring()
        return job

    def abort_late(self) -> None:
        """Abort jobs whose next document did not come in time (RFC 8011 §4.3.1)."""
        now: datetime = self.clock.now()
        for entry in list(self.entries.values()):
            since = self.touched.get(entry.job.job_id, entry.job.time_at_creation)
            if _incoming(entry) and not entry.receiving and (now - since).total_seconds() > self.time_out:
                self.end(entry, JobState.ABORTED, "aborted-by-system")

    def _go(self, entry: Entry) -> Job:
        held = any(
            attribute.name == "job-hold-until" and attribute.value != "no-hold" for attribute in entry.job.attributes
        )
        entry.held_as_new = self.holds_new and not held
        if held or self.holds_new:
            return entry.change(job_state_reasons=("job-hold-until-specified",))
        return self.queue(entry)

    def start(self, new: NewJob, way: Way, documents: KeptDocuments) -> Job:
        """A new job whose documents are here already."""
        entry = self.add(new, way)
        entry.documents = documents
        self._count(entry)
        return self._go(entry)

    def queue(self, entry: Entry) -> Job:
        """Its turn comes after the jobs before it."""
        entry.held_as_new = False
        job = entry.change(job_state=JobState.PENDING, job_state_reasons=("none",))
        self.bell.ring()
        return job

    def entry(self, job_id: int) -> Entry:
        """The job of that number."""
        entry = self.entries.get(job_id)
        if entry is None:
            raise NotFound("There is no such job here.")
        return entry

    def own(self, job_id: int, requester: Requester) -> Entry:
        """The requester's own job."""
        entry = self.entry(job_id)
        if entry.job.job_originating_user_name != (requester.name or "anonymous") and not requester.operator:
            raise Forbidden("This job belongs to somebody else.")
        return entry

    def _changeable(self, job_id: int, requester: Requester) -> Entry:
        entry = self.own(job_id, requester)
        if entry.job.job_state.terminated:
            raise NotPossible("This job is over, so nothing can be done with it any more.")
        return entry

    def _forget_oldest(self) -> None:
        over = [job_id for job_id, entry in self.entries.items() if entry.job.job_state.terminated]
        for job_id in over[: max(0, len(self.entries) - _KEPT_JOBS)]:
            del self.entries[job_id]


def _incoming(entry: Entry) -> bool:
    return entry.job.job_state_reasons == ("job-incoming",)
