"""Get-Notifications (RFC 3996 §5): what happened since the client asked last."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.events import Event, Subscription
from presswork.printer.job_attributes import View, up_time
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Part, Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Charset, Keyword, NaturalLanguage, Tag, Text, Uri

ATTRIBUTES = frozenset(("notify-subscription-ids", "notify-sequence-numbers", "notify-wait"))
_ASK_AGAIN = 30
"""``notify-get-interval``, in seconds: a client that waits asks again, it is not kept waiting (RFC 3996 §5.2)."""


async def get_notifications(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Events of each subscription named, from the sequence number that goes with it."""
    ids = [value for value in request.values("notify-subscription-ids") if isinstance(value, int)]
    if not ids:
        raise Refused(
            Status.CLIENT_ERROR_BAD_REQUEST,
            "The request does not say of which subscriptions: notify-subscription-ids (RFC 3996 §5.1).",
        )
    numbers = [value for value in request.values("notify-sequence-numbers") if isinstance(value, int)]
    events, view = printer.need_events(), printer.view(request.uri)
    groups: list[tuple[Tag, tuple[Part, ...]]] = []
    for index, subscription_id in enumerate(ids):
        found = events.get(subscription_id, request.requester)
        first = numbers[index] if index < len(numbers) else 1
        groups += [
            (Tag.EVENT_NOTIFICATION, (_notification(found, event, view),)) for event in events.fresh(found, first)
        ]
    said = (Attribute.of("notify-get-interval", _ASK_AGAIN), Attribute.of("printer-up-time", view.up_time))
    return Reply(granted(request.unsupported), tuple(groups), request.unsupported, operation=said)


def _notification(subscription: Subscription, event: Event, view: View) -> tuple[Attribute, ...]:
    """RFC 3995 §9."""
    return (
        Attribute.of("notify-subscription-id", subscription.subscription_id),
        Attribute.of("notify-printer-uri", Uri(view.printer_uri)),
        Attribute.of("notify-subscribed-event", Keyword(event.kind)),
        Attribute.of("printer-up-time", up_time(event.at)),
        Attribute.of("notify-sequence-number", event.sequence_number),
        Attribute.of("notify-charset", Charset("utf-8")),
        Attribute.of("notify-natural-language", NaturalLanguage("en")),
        Attribute.of("notify-user-data", subscription.user_data),
        Attribute.of("notify-text", Text(event.text)),
        *event.attributes,
    )
