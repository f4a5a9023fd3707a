"""What becomes of a job whose document is whole: it waits, or goes to its queue's printer."""

from __future__ import annotations

from presswork.agent.spool.job import Change, Job, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec, QueueSpec

UNCLAIMED = "account-info-needed"
"""The ``job-state-reasons`` keyword of a job that waits for its account's person to sign in."""
FOR_RELEASE = "job-held-for-release"
ON_WISH = "job-hold-until-specified"
HELD_AS_NEW = (ON_WISH, "job-held-for-review")
"""The reasons of a job that waits because its queue holds new jobs (RFC 3998 §3.3.1)."""


def received(job: Job, computer: str) -> Change:
    """The document is whole."""
    return Change(event=JobEvent.RECEIVED, values=(("account", job.account), ("computer", computer)))


def accepted(job: Job, queue: QueueSpec, printer: PrinterSpec | None, computer: str) -> Change:
    """Where the job goes now. ``printer`` is that of a direct queue, where it is known.

    A job of an account nobody signed in for waits, whatever its queue: what leaves this computer has a person
    (docs/decisions/0007-unclaimed-jobs-wait.md).
    """
    if job.user_id is None:
        values = (("account", job.account), ("computer", computer))
        event = JobEvent.OWNER_NOT_ASKED if job.owner_proof == "declared" else JobEvent.UNCLAIMED
        return _hold(UNCLAIMED, event, values)
    if asks_to_wait(job):
        return _hold(ON_WISH, JobEvent.HELD)
    if queue.mode == "hold" or printer is None:
        return _hold(FOR_RELEASE, JobEvent.HELD)
    return Change(
        phase=Phase.RELEASED,
        state=JobState.PENDING,
        state_reasons=(),
        event=JobEvent.RELEASED,
        values=(("printer", printer.name),),
        printer_id=printer.printer_id,
    )


def held_on_wish() -> Change:
    """It waits until its owner releases it."""
    return _hold(ON_WISH, JobEvent.HELD)


def held_as_new(change: Change) -> Change:
    """The same on a queue that holds new jobs: what would go its way waits; what waits for another reason does so."""
    if change.state_reasons not in ((), (FOR_RELEASE,)):
        return change
    return Change(phase=Phase.HELD, state=JobState.PENDING_HELD, state_reasons=HELD_AS_NEW, event=JobEvent.HELD)


def asks_to_wait(job: Job) -> bool:
    """``job-hold-until`` (RFC 8011 §5.2.2)."""
    wish = next((attribute.value for attribute in job.ticket.attributes if attribute.name == "job-hold-until"), None)
    return wish not in (None, "no-hold")


def _hold(reason: str, event: JobEvent, values: tuple[tuple[str, str], ...] = ()) -> Change:
    return Change(phase=Phase.HELD, state=JobState.PENDING_HELD, state_reasons=(reason,), event=event, values=values)
