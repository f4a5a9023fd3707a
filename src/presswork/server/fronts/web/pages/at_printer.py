"""Where the code on a printer leads: the person stands at it, so only their documents are still to be chosen."""

from __future__ import annotations

from starlette.responses import Response

from presswork.core.errors import Fault, NotFound
from presswork.server import jobs, printers
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.fronts.web.words import count, short

_CURRENT = 100
_NAME = 60


async def show_waiting(visit: Visit) -> Response:
    """What waits for this person, to be printed here."""
    async with visit.reading() as session:
        printer = await printers.printer_with_sign(session, visit.person, visit.request.path_params["sign"])
        current = (await jobs.list_own_jobs(session, visit.person, which="current", limit=_CURRENT)).jobs
    return visit.show(
        "at_printer.html",
        printer=printer,
        waiting=[job for job in current if job.can_release],
        moving=[job for job in current if not job.can_release],
    )


async def release(visit: Visit) -> Response:
    """Print one document here, or all that wait; what cannot be printed is said and holds back no other."""
    async with visit.reading() as session:
        printer = await printers.printer_with_sign(session, visit.person, visit.request.path_params["sign"])
        current = (await jobs.list_own_jobs(session, visit.person, which="current", limit=_CURRENT)).jobs
    chosen = [job.id for job in reversed(current) if job.can_release and job.ended_at is None]
    again = bool(visit.field("again"))
    if one := visit.field("again") or visit.field("job_id"):
        chosen = [visit.id_in(one, field="job_id", sentence="Choose a document first.")]
    refused = ""
    released = 0
    for job_id in chosen:
        try:
            async with visit.writing() as session:
                await jobs.release_job(session, visit.person, job_id, printer.id, again=again)
            released += 1
        except NotFound:
            raise
        except Fault as fault:
            refused = fault.sentence
    place = f"/at/{printer.sign}"
    if refused:
        return visit.go(place, refused, "warning")
    return visit.go(place, f"{count(released, 'document')} released to {short(printer.name, _NAME)}.")


_ONE = "/at/{sign}"
PAGES = (Page(_ONE, show_waiting, release, place="/"),)
