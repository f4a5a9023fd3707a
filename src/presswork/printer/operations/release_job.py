"""Release-Job (RFC 8011 §4.3.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message",))


async def release_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Only a held job can be released."""
    await printer.store.release_job(request.need_job_id(), request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
