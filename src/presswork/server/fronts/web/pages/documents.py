"""My documents: what waits, what moves, what is over; release and delete. All of it works without JavaScript."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from presswork.core.errors import Fault, NotFound
from presswork.server import jobs, printers
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.fronts.web.words import short

_CURRENT = 100
_RECENT = 15
_NAME = 60
_LONGEST = 127


async def list_documents(visit: Visit) -> Response:
    """Everything of one's own: on its way, waiting, and lately over."""
    async with visit.reading() as session:
        current = (await jobs.list_own_jobs(session, visit.person, which="current", limit=_CURRENT)).jobs
        newest = (await jobs.list_own_jobs(session, visit.person, limit=_CURRENT)).jobs
        text = _wanted(visit)
        choice = await jobs.printer_choice(session, visit.person, text=text)
    shown = {job.id for job in current}
    return visit.show(
        "documents.html",
        moving=[job for job in current if not job.can_release],
        waiting=[job for job in current if job.can_release and job.ended_at is None],
        undecided=[job for job in current if job.can_release and job.ended_at is not None],
        ended=[job for job in newest if job.id not in shown][:_RECENT],
        choice=choice,
        text=text,
        chosen=choice.first,
    )


async def show_document(visit: Visit) -> Response:
    """One document and what happened to it."""
    async with visit.reading() as session:
        detail = await jobs.get_job(session, visit.person, visit.id("job_id"))
        text = _wanted(visit)
        choice = await jobs.printer_choice(session, visit.person, text=text)
        before = detail.job.printer_id or detail.job.offered_printer_id
        if before is not None and before not in {one.id for one in (*choice.recent, *choice.near, *choice.found)}:
            choice = replace(
                choice, recent=[*await printers.printers_by_id(session, visit.person, [before]), *choice.recent]
            )
    chosen = choice.first if choice.found else before or choice.first
    return visit.show("job.html", job=detail.job, timeline=detail.timeline, choice=choice, text=text, chosen=chosen)


async def release(visit: Visit) -> Response:
    """Print it at the chosen printer."""
    try:
        printer_id = visit.id_in(visit.field("printer_id"), field="printer_id", sentence="Choose a printer first.")
        async with visit.writing() as session:
            again = bool(visit.field("again"))
            await jobs.release_job(session, visit.person, visit.id("job_id"), printer_id, again=again)
            printer = await printers.get_printer(session, visit.person, printer_id)
    except NotFound:
        raise
    except Fault as fault:
        return visit.go("/", fault.sentence, "warning")
    return visit.go("/", f"Released to {short(printer.name, _NAME)}.")


async def ask_to_delete(visit: Visit) -> Response:
    """Is this document to be destroyed?"""
    async with visit.reading() as session:
        job = (await jobs.get_job(session, visit.person, visit.id("job_id"))).job
    name = job.name or "this document"
    if job.can_release:
        title, sentence = f"Delete {name}?", "It is destroyed on the computer it waits on. This cannot be undone."
    else:
        title, sentence = f"Stop {name}?", "It is destroyed. What the printer has taken already may still come out."
    return visit.show(
        "confirm.html",
        title=title,
        sentences=(sentence,),
        action=visit.request.url.path,
        button=title.partition(" ")[0],
        back="/",
    )


async def delete(visit: Visit) -> Response:
    """Destroy it."""
    try:
        async with visit.writing() as session:
            await jobs.delete_job(session, visit.person, visit.id("job_id"))
    except NotFound:
        raise
    except Fault as fault:
        return visit.go("/", fault.sentence, "warning")
    return visit.go("/", "The document is being destroyed.")


async def to_documents(visit: Visit) -> Response:
    """The list stands at the front door."""
    return visit.go("/")


def _wanted(visit: Visit) -> str:
    """What the person typed to find a printer."""
    return visit.request.query_params.get("find", "").strip()[:_LONGEST]


_ONE = "/jobs/{job_id:uuid}"
PAGES = (
    Page("/", list_documents, place="/"),
    Page("/jobs", to_documents, place="/"),
    Page(_ONE, show_document, place="/"),
    Page(_ONE + "/release", post=release, place="/"),
    Page(_ONE + "/delete", ask_to_delete, delete, place="/"),
)
