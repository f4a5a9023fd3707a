"""Jobs in plain words."""

from __future__ import annotations

from datetime import datetime

from presswork.protocols.control.client import JobView

_KIB = 1024
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def short_id(view: JobView) -> str:
    """The end of the job's id: what a person types. The beginning is the time, alike for jobs of the same day."""
    return str(view.job.job_id)[-8:]


_OUTCOMES = {
    "printed": "printed on {printer}",
    "not-printed": "not printed",
    "unknown": "sent to {printer}; it does not say whether it printed",
    "handed-over": "handed to the queue of {printer}",
}
_STATES = {
    "pending-held": "waits for you",
    "pending": "on its way to {printer}",
    "processing": "being printed on {printer}",
    "processing-stopped": "{printer} needs attention",
    "canceled": "deleted",
    "aborted": "did not arrive completely",
    "completed": "over",
}


def state_of(view: JobView) -> str:
    """What the job is doing, or how it ended."""
    job = view.job
    if "job-incoming" in job.state_reasons:
        return "still arriving"
    if view.elsewhere:
        return f"handed over to {view.elsewhere}; its page says more"
    if job.state == "pending-held" and job.user_id is None:
        return "waits until you sign in (presswork sign-in)"
    words = _STATES[job.state] if job.outcome is None else _OUTCOMES[job.outcome]
    return words.replace("{printer}", view.printer or "the printer")


def size_of(octets: int) -> str:
    """``octets`` as people say it."""
    if octets < _KIB:
        return f"{octets} bytes"
    size, units = octets / _KIB, ("KiB", "MiB", "GiB", "TiB")
    for unit in units:
        if size < _KIB or unit == units[-1]:
            break
        size /= _KIB
    return f"{size:.0f} {unit}" if size >= 10 else f"{size:.1f} {unit}"


def age_of(then: datetime, now: datetime) -> str:
    """How long ago."""
    seconds = max(int((now - then).total_seconds()), 0)
    if seconds < _MINUTE:
        return "just now"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min ago"
    if seconds < _DAY:
        return f"{seconds // _HOUR} h ago"
    days = seconds // _DAY
    return "yesterday" if days == 1 else f"{days} days ago"


def moment(at: datetime, now: datetime) -> str:
    """A point of time on the person's own clock: the hour today, with the date before."""
    here, today = at.astimezone(), now.astimezone()
    return f"{here:%H:%M:%S}" if here.date() == today.date() else f"{here:%Y-%m-%d %H:%M:%S}"
