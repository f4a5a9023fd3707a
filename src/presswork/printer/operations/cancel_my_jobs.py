"""Cancel-My-Jobs (PWG 5100.11 §4.3)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

from presswork.core.errors import NotPossible
from presswork.printer.job import Job
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Value

ATTRIBUTES = frozenset(("job-ids", "message"))
_MOST = 10_000


async def cancel_my_jobs(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """All the requester's jobs that are not over, or those of ``job-ids``: then each of them, or none."""
    mine = await printer.store.get_jobs(request.requester, which="not-completed", my_jobs=True, limit=_MOST)
    for job in _chosen(mine, request.values("job-ids")):
        with suppress(NotPossible):  # it ended in between
            await printer.store.cancel_job(job.job_id, request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)


def _chosen(mine: Sequence[Job], ids: tuple[Value, ...]) -> list[Job]:
    if not ids:
        return list(mine)
    by_id = {job.job_id: job for job in mine}
    impossible = tuple(value for value in ids if value not in by_id)
    if impossible:
        raise Refused(
            Status.CLIENT_ERROR_NOT_POSSIBLE,
            "Some of these jobs are not yours or are over already; none was cancelled (PWG 5100.11 §4.3).",
            (Attribute("job-ids", impossible),),
        )
    return [by_id[value] for value in ids if isinstance(value, int)]
