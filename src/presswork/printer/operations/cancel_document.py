"""Cancel-Document (PWG 5100.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("document-number", "message"))


async def cancel_document(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """The others of its job are still printed; a job whose last document is cancelled is cancelled with it."""
    number = request.need("document-number")
    await printer.store.cancel_document(request.need_job_id(), number, request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
