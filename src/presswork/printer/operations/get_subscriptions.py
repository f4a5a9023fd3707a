"""Get-Subscriptions (RFC 3995 §11.2.5): those the requester may see."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.subscription_attributes import subscription_attributes
from presswork.protocols.ipp.values import Tag

ATTRIBUTES = frozenset(("notify-job-id", "requested-attributes", "limit", "my-subscriptions"))
_DEFAULT = frozenset(("notify-subscription-id",))


async def get_subscriptions(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """There are none of jobs here, so that ``notify-job-id`` finds nothing."""
    found = [] if "notify-job-id" in request.operation else list(printer.need_events().visible(request.requester))
    if request.get("my-subscriptions", bool):
        found = [one for one in found if one.owner == request.requester.name]
    requested = frozenset(map(str, request.values("requested-attributes"))) or _DEFAULT
    view = printer.view(request.uri)
    groups = tuple(
        (Tag.SUBSCRIPTION, (subscription_attributes(one, view, requested),))
        for one in found[: request.get("limit", int)]
    )
    return Reply(granted(request.unsupported), groups, request.unsupported)
