"""Schedule-Job-After (RFC 3998 §4.4.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("predecessor-job-id", "message"))


async def schedule_job_after(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; without ``predecessor-job-id`` the job is the next."""
    predecessor = request.get("predecessor-job-id", int)
    await printer.need_device().schedule_job(request.need_job_id(), request.requester, predecessor)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
