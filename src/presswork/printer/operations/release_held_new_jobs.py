"""Release-Held-New-Jobs (RFC 3998 §3.3.2)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def release_held_new_jobs(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's; a job that was held for another reason stays so."""
    await printer.need_device().release_held_new_jobs(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
