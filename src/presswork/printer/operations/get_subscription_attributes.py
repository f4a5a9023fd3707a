"""Get-Subscription-Attributes (RFC 3995 §11.2.4)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.printer.subscription_attributes import subscription_attributes
from presswork.protocols.ipp.values import Tag

ATTRIBUTES = frozenset(("notify-subscription-id", "requested-attributes"))


async def get_subscription_attributes(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """All of them where nothing is asked for."""
    found = printer.need_events().get(request.need("notify-subscription-id"), request.requester)
    requested = frozenset(map(str, request.values("requested-attributes"))) or frozenset(("all",))
    attributes = subscription_attributes(found, printer.view(request.uri), requested)
    return Reply.of(Tag.SUBSCRIPTION, attributes, unsupported=request.unsupported)
