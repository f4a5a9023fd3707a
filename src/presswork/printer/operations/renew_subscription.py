"""Renew-Subscription (RFC 3995 §11.2.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.events import DEFAULT_LEASE, LONGEST_LEASE
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Tag

ATTRIBUTES = frozenset(("notify-subscription-id",))


async def renew_subscription(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """From now on, for what the subscription group asks or the default."""
    asked = next((one for one in request.group(Tag.SUBSCRIPTION) if one.name == "notify-lease-duration"), None)
    lease = DEFAULT_LEASE if asked is None else asked.value
    if type(lease) is not int or not 0 <= lease <= LONGEST_LEASE:
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            f"A subscription lasts {LONGEST_LEASE} seconds at most before it is renewed (RFC 3995 §5.3.8).",
            () if asked is None else (asked,),
        )
    renewed = printer.need_events().renew(request.need("notify-subscription-id"), request.requester, lease)
    attributes = (Attribute.of("notify-lease-duration", renewed.lease),)
    return Reply.of(Tag.SUBSCRIPTION, attributes, unsupported=request.unsupported)
