"""Purge-Jobs (RFC 8011 §4.2.9)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES: frozenset[str] = frozenset()


async def purge_jobs(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's."""
    await printer.need_device().purge_jobs(request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
