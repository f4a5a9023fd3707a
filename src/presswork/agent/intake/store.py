"""JobStore over the spool: the jobs of one queue, as their owners see them (RFC 8011 §5.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Literal
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.host.host import SpoolerJob
from presswork.agent.intake.acceptance import FOR_RELEASE, HELD_AS_NEW, ON_WISH, UNCLAIMED
from presswork.agent.intake.arrivals import LONGEST_NAME, Arrivals
from presswork.agent.intake.handover import Handover
from presswork.agent.jobs import delete, release
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, JobTicket, Outcome, Phase
from presswork.agent.spool.several import StoredDocument
from presswork.core.errors import Busy, Fault, Forbidden, NoSpace, NotFound, NotPossible, Unavailable, Unsupported
from presswork.printer.job import Document, DocumentState, JobState, Requester
from presswork.printer.job import Job as IppJob
from presswork.printer.proof import PROOF_PRINT
from presswork.printer.store import NewDocument, NewJob, in_two_steps
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.text import cleaned

OPEN = (Phase.INCOMING, Phase.HELD, Phase.RELEASED, Phase.SENDING, Phase.MOVING)
HOLD = Change(phase=Phase.HELD, state=JobState.PENDING_HELD, state_reasons=(ON_WISH,), event=JobEvent.HELD)
_CANCEL_INCOMING = Change(
    phase=Phase.ENDED,
    state=JobState.CANCELED,
    state_reasons=("job-canceled-by-user",),
    event=JobEvent.DELETED,
)

_DOCUMENT_STATES = {
    JobState.PROCESSING: DocumentState.PROCESSING,
    JobState.PROCESSING_STOPPED: DocumentState.PROCESSING,
    JobState.CANCELED: DocumentState.CANCELED,
    JobState.ABORTED: DocumentState.ABORTED,
    JobState.COMPLETED: DocumentState.COMPLETED,
}

CancelDelivery = Callable[[UUID], Awaitable[None]]
"""Has the device give up a job that is being sent to it; raises ``NotPossible`` where it does not."""


class QueueStore:
    """See ``JobStore``. An account sees and changes its own jobs; those of others do not exist for it."""

    def __init__(
        self,
        queue: QueueSpec,
        *,
        spool: Spool,
        desired: Desired,
        arrivals: Arrivals,
        handover: Handover,
        states: QueueStates,
        cancel: CancelDelivery,
    ) -> None:
        self._queue = queue
        self._spool = spool
        self._desired = desired
        self._arrivals = arrivals
        self._handover = handover
        self._states = states
        self._cancel = cancel

    async def print_job(
        self, new: NewJob, requester: Requester, about: NewDocument, document: AsyncIterator[bytes]
    ) -> IppJob:
        """See ``JobStore``."""
        if new.owner_proof == "spooler" or new.job_uuid is not None:
            return await in_two_steps(self, new, requester, about, document)  # it may be here already
        with _busy():
            job = await self._arrivals.take(
                self._queue,
                _name(requester),
                document,
                name=new.job_name,
                ticket=JobTicket(new.attributes),
                document_format=about.document_format,
            )
        return ipp_job(job)

    async def create_job(self, new: NewJob) -> IppJob:
        """See ``JobStore``."""
        owner, submitted_uuid = new.owner, new.job_uuid
        proof: Literal["peer", "spooler"] = "spooler" if new.owner_proof == "spooler" else "peer"
        if proof == "spooler":
            sent = await self._handover.job_being_sent(self._queue.name, owner=new.owner, name=new.job_name)
            _check_documents(sent)
            owner, submitted_uuid = sent.account, sent.job_uuid
        ticket = JobTicket(new.attributes)
        try:
            with _busy():
                job = await self._arrivals.create(
                    self._queue, owner, proof, name=new.job_name, ticket=ticket, submitted_uuid=submitted_uuid
                )
        except Forbidden as fault:
            if proof == "peer":
                raise
            # cupsd would ask its person for a password that nobody has, and send the same again.
            raise Unsupported(fault.sentence) from fault
        if job.phase is Phase.ENDED and not job.document_format:
            # Unsupported, for then cupsd gives up; at every other refusal it would send the same again and again.
            raise Unsupported("This job was refused or cancelled before, so it is not taken again. Print it anew.")
        return ipp_job(job)

    async def add_document(
        self, job_id: int, requester: Requester, new: NewDocument, document: AsyncIterator[bytes]
    ) -> IppJob:
        """See ``JobStore``. The document of a repeated job that has it already is not taken twice."""
        job = await self.own_job(job_id, requester)
        if not _takes_document_again(job):
            try:
                with _busy():
                    job = await self._arrivals.receive(
                        self._queue,
                        job,
                        new.document_format,
                        document,
                        last=new.last_document,
                        name=new.document_name,
                    )
            except NotPossible:
                # Two senders of one job at once, and the other was quicker: refused, cupsd would cancel what it gave us.
                job = await self.own_job(job_id, requester)
                if not _takes_document_again(job):
                    raise
        async for _ in document:
            continue
        self._handover.taken(self._queue.name, job)
        return ipp_job(job)

    async def close_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``JobStore``."""
        return ipp_job(await self._arrivals.close(self._queue, await self.own_job(job_id, requester)))

    async def get_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``JobStore``."""
        return ipp_job(await self.own_job(job_id, requester))

    async def get_jobs(
        self,
        requester: Requester,
        *,
        which: Literal["completed", "not-completed", "all"],
        my_jobs: bool,
        limit: int,
        first_job_id: int = 0,
    ) -> Sequence[IppJob]:
        """See ``JobStore``: always the requester's own, whatever ``my_jobs`` says."""
        jobs: list[Job] = []
        if which != "completed":
            jobs += await self._list(requester, OPEN, limit, first_job_id, newest_first=False)
        if which != "not-completed" and len(jobs) < limit:
            jobs += await self._list(requester, (Phase.ENDED,), limit - len(jobs), first_job_id, newest_first=True)
        return [ipp_job(job) for job in jobs]

    async def _list(
        self, requester: Requester, phases: Collection[Phase], limit: int, first: int, *, newest_first: bool
    ) -> list[Job]:
        return await self._spool.list(
            queue_id=self._queue.queue_id,
            account=_name(requester),
            phases=phases,
            limit=limit,
            first_number=max(first, self._purged_through + 1),
            newest_first=newest_first,
        )

    async def cancel_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``JobStore``. A document that arrives at this moment is dropped; a printer that has begun is told to stop."""
        job = await self.own_job(job_id, requester)
        if job.phase is Phase.ENDED:
            raise NotPossible("The job is over, so it cannot be cancelled.")
        return ipp_job(await self.end(job))

    async def end(self, job: Job) -> Job:
        """Stop a job wherever it stands, and destroy its document. Raises ``NotPossible`` where its printer goes on."""
        if job.phase is Phase.INCOMING:
            return await self._spool.change(job.id, _CANCEL_INCOMING, only_if={Phase.INCOMING})
        if job.phase is Phase.SENDING:
            await self._cancel(job.id)
        return await delete(self._spool, job.id)

    async def hold_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``JobStore``."""
        job = await self.own_job(job_id, requester)
        if job.phase is Phase.HELD and job.state_reasons != HELD_AS_NEW:
            return ipp_job(job)
        return ipp_job(await self._spool.change(job.id, HOLD, only_if={Phase.RELEASED, Phase.HELD}))

    async def release_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``JobStore``. To the queue's printer; a job of a queue that prints anywhere is released with a printer."""
        job = await self.own_job(job_id, requester)
        if job.phase is not Phase.HELD:
            raise NotPossible("The job does not wait, so it cannot be released.")
        if UNCLAIMED in job.state_reasons:
            raise NotPossible("Sign in for your account on this computer first: presswork sign-in")
        printer_id = self._queue.printer_id or job.printer_id
        printer = None if printer_id is None else self._desired.printer(printer_id)
        if printer is None:
            raise NotPossible("Choose a printer for this job: on its web page, or with presswork release.")
        return ipp_job(await release(self._spool, job.id, printer))

    async def get_documents(self, job_id: int, requester: Requester) -> Sequence[Document]:
        """See ``JobStore``."""
        job = await self.own_job(job_id, requester)
        documents = await self._spool.documents(job.id)
        return [_ipp_document(one, job, len(documents)) for one in documents]

    async def cancel_document(self, job_id: int, document_number: int, requester: Requester) -> None:
        """See ``JobStore``. Its key is destroyed; the pages of the others are counted anew."""
        job = await self.own_job(job_id, requester)
        job = await self._spool.cancel_document(job.id, document_number)
        if job.phase is not Phase.INCOMING:
            self._arrivals.count_again(job)

    async def rename_document(self, job_id: int, document_number: int, requester: Requester, name: str) -> None:
        """See ``JobStore``."""
        job = await self.own_job(job_id, requester)
        await self._spool.rename_document(job.id, document_number, cleaned(name, LONGEST_NAME))

    async def copy_job(self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...]) -> IppJob:
        """A new job with the documents of one that is over; see ``Device``. The copies are sealed by keys of their own."""
        job = await self.own_job(job_id, requester)
        if job.phase is not Phase.ENDED:
            raise NotPossible("This job is not over yet. Print it once more when it is.")
        kept = [one for one in await self._spool.documents(job.id) if one.wrapped_key is not None]
        if not kept:
            raise NotPossible("The document of this job is destroyed already. Print it again.")
        replaced = {PROOF_PRINT, *(attribute.name for attribute in attributes)}
        ticket = JobTicket((*(one for one in job.ticket.attributes if one.name not in replaced), *attributes))
        with _busy():
            new = await self._arrivals.create(self._queue, job.account, "peer", name=job.name, ticket=ticket)
            try:
                for one in kept:
                    octets, last = self._spool.read(job.id, one.number), one is kept[-1]
                    new = await self._arrivals.receive(
                        self._queue, new, one.document_format, octets, last=last, name=one.name
                    )
            except BaseException:
                with suppress(Fault):
                    await self._spool.change(new.id, _CANCEL_INCOMING, only_if={Phase.INCOMING})
                raise
        return ipp_job(new)

    @property
    def _purged_through(self) -> int:
        return self._states.of(self._queue.queue_id).purged_through

    async def queued_job_count(self) -> int:
        """See ``JobStore``."""
        return await self._spool.count(self._queue.queue_id)

    async def any_job(self, job_id: int) -> Job:
        """The job of that number, whoever's it is: for an operator, who is told nothing else of it. ``NotFound``."""
        job = await self._spool.by_number(self._queue.queue_id, job_id)
        if job.number <= self._purged_through:
            raise NotFound("There is no such job on this computer.")
        return job

    async def current_job(self, requester: Requester, job_id: int | None) -> Job:
        """What is on its way to a printer: of a requester's own jobs, or of all for an operator. ``NotPossible`` for none."""
        account = None if requester.operator else _name(requester)
        jobs = await self._spool.list(
            queue_id=self._queue.queue_id, account=account, phases={Phase.SENDING}, newest_first=False
        )
        found = next((job for job in jobs if job_id in (None, job.number)), None)
        if found is None:
            raise NotPossible(
                "Nothing is being printed at the moment." if job_id is None else f"Job {job_id} is not being printed."
            )
        return found

    async def own_job(self, job_id: int, requester: Requester) -> Job:
        """The job of that number, if it is the requester's; else ``NotFound``."""
        job = await self._spool.by_number(self._queue.queue_id, job_id)
        if not job.is_of(_name(requester)) or job.number <= self._purged_through:
            raise NotFound("There is no such job on this computer.")
        return job


@contextmanager
def _busy() -> Iterator[None]:
    """A disk that does not take it now is told as busy: to that, and to nothing else, cupsd answers by trying again."""
    try:
        yield
    except (NoSpace, Unavailable) as fault:
        raise Busy(fault.sentence) from fault


def _check_documents(sent: SpoolerJob) -> None:
    """Several files of one job come as one stream (docs/explanation/cupsd.md), of which a reader sees only the last."""
    if sent.number_of_documents > 1:
        raise Unsupported("The printing system makes one document of several files. Print each file by itself.")


def _takes_document_again(job: Job) -> bool:
    """What a sender repeats who did not hear our answer; of a job with several documents nobody can tell which one it is."""
    open_for_more = job.phase is Phase.INCOMING and job.owner_proof == "peer"
    repeated = job.submitted_uuid is not None and job.documents == 1
    return bool(job.document_format) and repeated and not open_for_more


def _name(requester: Requester) -> str:
    if requester.name is None:
        raise NotFound("There is no such job on this computer.")
    return requester.name


def ipp_job(job: Job) -> IppJob:
    """The job as IPP shows it."""
    pages = None if job.pages is None else job.pages * job.ticket.copies
    return IppJob(
        job_id=job.number,
        job_uuid=job.id,
        job_name=job.name,
        job_originating_user_name=job.account,
        job_state=job.state,
        job_state_reasons=job.state_reasons or ("none",),
        job_state_message=_message(job),
        time_at_creation=job.created_at,
        time_at_processing=job.marked_at,
        time_at_completed=job.ended_at,
        document_format=job.document_format or None,
        number_of_documents=job.documents if job.document_format else 0,
        job_k_octets=-(-job.size // 1024),
        job_impressions=job.pages,
        job_impressions_completed=(pages or 0) if job.outcome is Outcome.PRINTED else 0,
        takes_document_again=_takes_document_again(job),
        attributes=job.ticket.attributes,
    )


def _ipp_document(document: StoredDocument, job: Job, documents: int) -> Document:
    state = DocumentState.CANCELED if document.cancelled else _DOCUMENT_STATES.get(job.state, DocumentState.PENDING)
    return Document(
        document_number=document.number,
        document_name=document.name or job.name,
        document_format=document.document_format,
        document_state=state,
        document_state_reason="canceled-by-user" if document.cancelled else "none",
        k_octets=-(-document.size // 1024),
        impressions=job.pages if documents == 1 else None,
        last_document=document.number == documents and job.phase is not Phase.INCOMING,
    )


def _message(job: Job) -> str:
    if UNCLAIMED in job.state_reasons:
        return "Sign in for your account on this computer: presswork sign-in"
    if job.state_reasons == HELD_AS_NEW:
        return "Waiting with all new jobs, until you release it or this computer's administrator lets them go."
    if FOR_RELEASE in job.state_reasons:
        return "Waiting, sealed, until you release it."
    return ""
