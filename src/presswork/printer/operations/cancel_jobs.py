"""Cancel-Jobs (PWG 5100.11 §4.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status

ATTRIBUTES = frozenset(("job-ids", "message"))


async def cancel_jobs(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's: all jobs that are not over, whoever's they are; with ``job-ids`` each of those, or none."""
    ids = tuple(value for value in request.values("job-ids") if isinstance(value, int))
    impossible = await printer.need_device().cancel_jobs(request.requester, ids)
    if impossible:
        raise Refused(
            Status.CLIENT_ERROR_NOT_POSSIBLE,
            "Some of these jobs are not here, or are over already; none was cancelled (PWG 5100.11 §4.2).",
            (Attribute("job-ids", impossible),),
        )
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
