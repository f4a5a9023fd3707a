"""Hold-Job (RFC 8011 §4.3.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("message", "job-hold-until"))


async def hold_job(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    r"""Held until it is released, whatever \`\`job-hold-until\`\` says: only \`\`indefinite\`\` is supported."""
    await printer.store.hold_job(request.need_job_id(), request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
