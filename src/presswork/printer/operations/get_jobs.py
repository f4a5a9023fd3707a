"""Get-Jobs (RFC 8011 §4.2.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Literal

from presswork.core.errors import NotFound
from presswork.printer.job import Job
from presswork.printer.job_attributes import LISTED, Wanted
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Keyword, Tag

ATTRIBUTES = frozenset(("requested-attributes", "which-jobs", "my-jobs", "limit", "job-ids", "first-job-id"))
_MOST = 10_000
"""Jobs in one reply; a client that wants more asks again with ``first-job-id``."""


async def get_jobs(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """One group a job."""
    requested = [str(value) for value in request.values("requested-attributes")] or LISTED
    wanted, view = Wanted(requested, printer.template.names), printer.view(request.uri)
    groups = tuple((Tag.JOB, (wanted.of(job, view),)) for job in await _find(printer, request))
    return Reply(granted(request.unsupported), groups, request.unsupported)


async def _find(printer: PrinterModel, request: Request) -> Sequence[Job]:
    which = _which_jobs(request)
    ids = request.values("job-ids")
    if ids:
        return await _by_id(printer, request, [value for value in ids if isinstance(value, int)])
    return await printer.store.get_jobs(
        request.requester,
        which=which,
        my_jobs=request.get("my-jobs", bool) or False,
        limit=min(request.get("limit", int) or _MOST, _MOST),
        first_job_id=request.get("first-job-id", int) or 0,
    )


def _which_jobs(request: Request) -> Literal["completed", "not-completed", "all"]:
    match request.get("which-jobs", Keyword):
        case None | "not-completed":
            return "not-completed"
        case "completed":
            return "completed"
        case "all":
            return "all"
        case _:
            raise Refused(
                Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
                "which-jobs is completed, not-completed or all here (RFC 8011 §4.2.6.1).",
                (request.operation["which-jobs"],),
            )


async def _by_id(printer: PrinterModel, request: Request, ids: Sequence[int]) -> Sequence[Job]:
    """``job-ids`` (PWG 5100.7 §3.1): those of them that are there."""
    if request.operation.keys() & {"which-jobs", "my-jobs"}:
        raise Refused(
            Status.CLIENT_ERROR_CONFLICTING_ATTRIBUTES, "job-ids goes without which-jobs and my-jobs (PWG 5100.7 §3.1)."
        )
    jobs = []
    for job_id in ids[:_MOST]:
        with suppress(NotFound):
            jobs.append(await printer.store.get_job(job_id, request.requester))
    return jobs
