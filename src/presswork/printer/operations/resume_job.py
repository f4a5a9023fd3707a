"""Resume-Job (RFC 3998 §4.3.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def resume_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """A suspended job goes on where it stopped, when its turn comes."""
    await printer.need_device().resume_job(request.need_job_id(), request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
