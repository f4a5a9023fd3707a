"""What each step of a delivery writes into the spool."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from presswork.agent.delivery.way import End, News
from presswork.agent.spool.job import Change, Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control import route_words
from presswork.protocols.control.route_words import Without
from presswork.protocols.control.timeline import JobEvent

OUTGOING = "job-outgoing"
"""The document is on its way to the device (RFC 8011 §5.3.8)."""
PRINTING = "job-printing"
PAUSED = "printer-stopped"
"""Also said of a queue that is paused."""
_ENDS = {
    Outcome.PRINTED: (JobState.COMPLETED, "job-completed-successfully"),
    Outcome.NOT_PRINTED: (JobState.ABORTED, "aborted-by-system"),
    Outcome.UNKNOWN: (JobState.COMPLETED, "queued-in-device"),
    # "forwarded to a device or print system that is unable to send back status" (RFC 8011 §5.3.8)
    Outcome.HANDED_OVER: (JobState.COMPLETED, "queued-in-device"),
}


def mark(printer: str, now: datetime, device_job_id: int | None, way: tuple[tuple[str, str], ...] = ()) -> Change:
    """The mark: from here on the job is never sent again by itself. ``way`` names a weak one."""
    return Change(
        phase=Phase.SENDING,
        state=JobState.PROCESSING,
        state_reasons=(OUTGOING,),
        event=JobEvent.SENDING,
        values=(("printer", printer), *way),
        marked_at=now,
        device_job_id=device_job_id,
    )


def sent(printer: str, device_job_id: int | None) -> Change:
    """The device has all of it."""
    return Change(
        state_reasons=(PRINTING,),
        event=JobEvent.SENT,
        values=(("printer", printer),),
        device_job_id=device_job_id,
    )


def device_says(printer: str, news: News, *, again: bool = False) -> Change:
    """The state the device reports, and in the timeline what keeps the job from coming out, unless it is said ``again``."""
    reasons = (PRINTING,) if news.state is JobState.PROCESSING else (PRINTING, "printer-stopped")
    if again or not news.message:
        return Change(state=news.state, state_reasons=reasons)
    values = (("printer", printer), ("message", news.message))
    return Change(state=news.state, state_reasons=reasons, event=JobEvent.DEVICE_SAYS, values=values)


def ended(printer: str, end: End, now: datetime) -> Change:
    """The end. Of what is printed or handed over, the document is destroyed with it."""
    state, reason = _ENDS[end.outcome]
    values = [("printer", printer), *end.values]
    if end.message:
        values.append(("message", end.message))
    if end.impressions is not None:
        values.append(("impressions", str(end.impressions)))
    return Change(
        phase=Phase.ENDED,
        state=state,
        state_reasons=(reason,),
        event=end.event,
        values=tuple(values),
        outcome=end.outcome,
        ended_at=now,
    )


def waits_for_owner(event: JobEvent, printer: str, values: dict[str, str]) -> Change:
    """Back to its owner, who may choose another printer."""
    return Change(
        phase=Phase.HELD,
        state=JobState.PENDING_HELD,
        state_reasons=("job-held-for-release",),
        event=event,
        values=(("printer", printer), *values.items()),
        clear=frozenset({"printer_id"}),
    )


def queue_paused(queue: str) -> Change:
    """Still released: its queue delivers nothing for now."""
    return Change(state_reasons=(PAUSED,), event=JobEvent.PAUSED, values=(("queue", queue),))


def waits_for_printer(event: JobEvent, printer: str, without: tuple[Without, ...] = ()) -> Change:
    """Still released: an entry in the timeline, once for each kind of waiting. ``without``: the routes there are not."""
    return Change(event=event, values=(("printer", printer), *route_words.values_of("", "", without).items()))


def goes_by(printer: str, route: Mapping[str, str]) -> Change:
    """Still released: the route that was found, and why it is not another (``route_words.values_of``)."""
    return Change(event=JobEvent.ROUTE, values=(("printer", printer), *route.items()))


def worth_saying(route: Mapping[str, str]) -> bool:
    """Whether it is not simply the direct route, at the first attempt."""
    return route.get("route", "direct") != "direct" or any(route_words.notes(route))


def through(route: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Through whom, for the entry of the mark; nothing of the direct route."""
    if route.get("route", "direct") == "direct":
        return ()
    return tuple((name, route[name]) for name in ("route", "computer") if name in route)
