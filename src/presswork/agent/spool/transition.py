"""What a Change makes of a job: the rules of ``job.py``'s picture, without a database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.core.errors import Invalid, NotPossible
from presswork.printer.proof import is_proof
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import Account, Line

_T = TypeVar("_T")
_LINE: TypeAdapter[str] = TypeAdapter(Line)
_ACCOUNT: TypeAdapter[str] = TypeAdapter(Account)
_NEEDS_DOCUMENT = (Phase.HELD, Phase.RELEASED, Phase.SENDING, Phase.MOVING)
_WORDS = {
    Phase.INCOMING: "is still arriving",
    Phase.HELD: "waits for its release",
    Phase.RELEASED: "is released and waits for its printer",
    Phase.SENDING: "is on its way to the printer",
    Phase.MOVING: "is being handed over to another computer",
    Phase.ENDED: "is over",
}
_DESTROYS = (JobEvent.DELETED, JobEvent.EXPIRED, JobEvent.CLEARED)
_LEAVES = (Outcome.PRINTED, Outcome.HANDED_OVER)
_KEEPS_DOCUMENT = (Outcome.NOT_PRINTED, Outcome.UNKNOWN)


def check_line(value: str, field: str) -> str:
    """``value``, when it is one line that every part takes; else ``Invalid``."""
    try:
        return _LINE.validate_python(value)
    except ValidationError:
        raise Invalid(f"The {field} of a job must be one line of at most 255 characters.", field=field) from None


def check_account(value: str) -> str:
    """``value``, when it can be the name of an account; else ``Invalid``."""
    try:
        return _ACCOUNT.validate_python(value)
    except ValidationError:
        raise Invalid("A job came from an account with a name that cannot be right.", field="account") from None


def check(job: Job, only_if: Collection[Phase] | None, version: int | None) -> None:
    """Raises ``NotPossible`` unless the job is as the caller believes it to be."""
    if only_if is not None and job.phase not in only_if:
        raise NotPossible(f"The job {_WORDS[job.phase]}, so this cannot be done with it now.", phase=job.phase)
    if version is not None and job.version != version:
        raise NotPossible("The job has changed in the meantime. Look at it again, then decide.", phase=job.phase)


def apply(job: Job, change: Change, now: datetime) -> Job:
    """The job after ``change``, one version on.

    A job that ends gets its time; one that goes on again loses outcome and end. Ending without an outcome (deleted,
    expired, dropped), as printed or as handed over, but for a proof, ends the document too; so does deleting what already ended as not printed or
    unknown, which keeps that outcome. Held, released and sending need a document: ``NotPossible``.
    """
    phase = change.phase or job.phase
    if phase in _NEEDS_DOCUMENT and not job.document_kept:
        raise NotPossible("The document of this job is no longer here. Print it again.", phase=job.phase)
    changed = replace(
        job,
        version=job.version + 1,
        phase=phase,
        state=job.state if change.state is None else change.state,
        state_reasons=_reasons(job, change),
        printer_id=_pick(change, "printer_id", change.printer_id, job.printer_id),
        user_id=_pick(change, "user_id", change.user_id, job.user_id),
        marked_at=_pick(change, "marked_at", change.marked_at, job.marked_at),
        device_job_id=_pick(change, "device_job_id", change.device_job_id, job.device_job_id),
        outcome=_pick(change, "outcome", change.outcome, job.outcome),
        ended_at=_pick(change, "ended_at", change.ended_at, job.ended_at),
        ticket=job.ticket if change.ticket is None else change.ticket,
        move=_pick(change, "move", change.move, job.move),
        fence=job.fence if change.fence is None else change.fence,
    )
    return _ended(job, changed, change, now) if phase is Phase.ENDED else replace(changed, outcome=None, ended_at=None)


def _pick(change: Change, field: str, new: _T | None, old: _T | None) -> _T | None:
    if field in change.clear:
        return None
    return old if new is None else new


def _reasons(job: Job, change: Change) -> tuple[str, ...]:
    if change.state_reasons is None:
        return job.state_reasons
    return tuple(check_line(reason, "state reason") for reason in change.state_reasons)


def _ended(before: Job, changed: Job, change: Change, now: datetime) -> Job:
    broke_off = before.phase is Phase.INCOMING and change.event is JobEvent.INCOMPLETE
    proof = changed.outcome in _LEAVES and is_proof(changed.ticket.attributes)  # the whole is still to come
    keeps = (proof or changed.outcome in _KEEPS_DOCUMENT) and change.event not in _DESTROYS
    return replace(
        changed,
        ended_at=changed.ended_at or now,
        document_kept=changed.document_kept and keeps,
        # What never became whole, or was lost, may be sent again under its old name, as a new job.
        submitted_uuid=None if broke_off or change.event is JobEvent.LOST else changed.submitted_uuid,
    )
