"""What a person may do with a job, by whatever way the wish comes: an order of the server, the client of this computer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, Phase
from presswork.core.errors import Gone, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec

_ATTEMPTS: Final = 5
"""How often a wish is tried when the job changed between look and act."""
_OF_THE_LAST_DELIVERY = frozenset({"marked_at", "device_job_id", "outcome", "ended_at"})
_CANCELED = "job-canceled-by-user"
_SENT_MEANWHILE = "This document was sent to a printer in the meantime. Look there before you print it again."


async def release(spool: Spool, job_id: UUID, printer: PrinterSpec, *, again: bool = True, **said: str) -> Job:
    """Let the job be delivered to ``printer``; ``said`` goes into the timeline with it.

    A job that waits for another printer goes to this one; one that waits for this one stays as it is. Raises
    ``NotPossible`` while it arrives or is being sent, where another computer holds it, and where it was sent before without the
    person's knowing (not ``again``); ``Gone`` when its document is destroyed, ``NotFound``.
    """

    def decide(job: Job) -> Change | None:
        _check_here(job)
        if job.phase is Phase.RELEASED and job.printer_id == printer.printer_id:
            return None
        _check_at_rest(job)
        if not job.document_kept:
            raise Gone("The document is destroyed already, so it cannot be printed any more. Print it again.")
        if job.phase is Phase.ENDED and not again:
            raise NotPossible(_SENT_MEANWHILE, phase=job.phase)
        return Change(
            phase=Phase.RELEASED,
            state=JobState.PENDING,
            state_reasons=(),
            event=JobEvent.RELEASED,
            values=(("printer", printer.name), *said.items()),
            printer_id=printer.printer_id,
            clear=_OF_THE_LAST_DELIVERY,
        )

    return await _change(spool, job_id, decide)


async def delete(spool: Spool, job_id: UUID, **said: str) -> Job:
    """Destroy the job's document. One that is over keeps its outcome; one without a document stays as it is.

    Raises ``NotPossible`` while it arrives or is being sent and where another computer holds it, ``NotFound``.
    """

    def decide(job: Job) -> Change | None:
        _check_here(job)
        if job.phase is Phase.ENDED:
            return Change(event=JobEvent.DELETED, values=tuple(said.items())) if job.document_kept else None
        _check_at_rest(job)
        return Change(
            phase=Phase.ENDED,
            state=JobState.CANCELED,
            state_reasons=(_CANCELED,),
            event=JobEvent.DELETED,
            values=tuple(said.items()),
        )

    return await _change(spool, job_id, decide)


def _check_at_rest(job: Job) -> None:
    if job.phase is Phase.INCOMING:
        raise NotPossible("The document is still arriving. Try again when it is complete.", phase=job.phase)
    if job.phase is Phase.SENDING:
        raise NotPossible("The document is being sent to a printer. Wait until that is over.", phase=job.phase)


def _check_here(job: Job) -> None:
    """``NotPossible`` where the job's holder is another computer now, or may be."""
    if job.move is not None:
        raise NotPossible(
            f"This document was handed over to {job.move.peer.name}, so that this computer may be switched off. "
            "Release or delete it on its page.",
            phase=job.phase,
        )


async def _change(spool: Spool, job_id: UUID, decide: Callable[[Job], Change | None]) -> Job:
    """Delivery changes jobs at the same time: decide anew when it was quicker. None from ``decide``: it is so already."""
    for _ in range(_ATTEMPTS - 1):
        job = await spool.get(job_id)
        change = decide(job)
        if change is None:
            return job
        try:
            return await spool.change(job_id, change, version=job.version)
        except NotPossible:
            if (await spool.get(job_id)).version == job.version:
                raise
    raise NotPossible("The job changes faster than anybody can decide. Try again in a moment.")
