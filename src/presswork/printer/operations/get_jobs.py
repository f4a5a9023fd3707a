"""Get-Jobs (RFC 8011 §4.2.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Final, Literal

from presswork.core.errors import NotFound
from presswork.printer.job import Job
from presswork.printer.job_attributes import LISTED, Wanted
from presswork.printer.model import PrinterModel
from presswork.printer.printer_attributes import WHICH_JOBS
from presswork.printer.proof import is_proof
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Keyword, Tag

ATTRIBUTES = frozenset(("requested-attributes", "which-jobs", "my-jobs", "limit", "job-ids", "first-job-id"))
_MOST = 10_000
"""Jobs in one reply, and jobs looked at for it; a client that wants more asks again with ``first-job-id``."""

Which = Literal["completed", "not-completed", "all"]
_KINDS: Final[dict[str, Which]] = {"completed": "completed", "not-completed": "not-completed", "all": "all"}
"""What the store itself knows to list."""


async def get_jobs(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """One group a job."""
    requested = [str(value) for value in request.values("requested-attributes")] or LISTED
    wanted, view = Wanted(requested, printer.template.names), printer.view(request.uri)
    groups = tuple((Tag.JOB, (wanted.of(job, view),)) for job in await _find(printer, request))
    return Reply(granted(request.unsupported), groups, request.unsupported)


async def _find(printer: PrinterModel, request: Request) -> Sequence[Job]:
    which = _which_jobs(request)
    kind: Which | None = _KINDS.get(which)
    ids = request.values("job-ids")
    if ids:
        return await _by_id(printer, request, [value for value in ids if isinstance(value, int)])
    limit = min(request.get("limit", int) or _MOST, _MOST)
    jobs = await printer.store.get_jobs(
        request.requester,
        which=kind or "all",
        my_jobs=request.get("my-jobs", bool) or False,
        limit=limit if kind is not None else _MOST,
        first_job_id=request.get("first-job-id", int) or 0,
    )
    return jobs if kind is not None else [job for job in jobs if _is(job, which)][:limit]


def _which_jobs(request: Request) -> str:
    which = request.get("which-jobs", Keyword) or "not-completed"
    if which not in WHICH_JOBS:
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            f"Jobs are listed by one of these: {', '.join(WHICH_JOBS)} (which-jobs, RFC 8011 §4.2.6.1).",
            (request.operation["which-jobs"],),
        )
    return which


def _is(job: Job, which: str) -> bool:
    """PWG 5100.11: a state, or the jobs that asked for a proof."""
    return is_proof(job.attributes) if which == "proof-print" else job.job_state.keyword == which


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
