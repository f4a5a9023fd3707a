"""Cancel-Subscription (RFC 3995 §11.2.7)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request

ATTRIBUTES = frozenset(("notify-subscription-id",))


async def cancel_subscription(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Its owner's, or an operator's."""
    printer.need_events().cancel(request.need("notify-subscription-id"), request.requester)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
