"""Create-Printer-Subscriptions (RFC 3995 §11.1.2): one subscription a group, each granted or refused by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.core.errors import TooMany
from presswork.printer.events import DEFAULT_EVENT, DEFAULT_LEASE, EVENTS, Subscriptions
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Part, Reply
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.syntax import syntax_of
from presswork.protocols.ipp.values import Enum, Tag

ATTRIBUTES: frozenset[str] = frozenset()
_MOST = 20


async def create_printer_subscriptions(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """Only ``ippget``: this Printer sends events to nobody's address."""
    groups = request.groups(Tag.SUBSCRIPTION)
    if not 0 < len(groups) <= _MOST:
        raise Refused(
            Status.CLIENT_ERROR_BAD_REQUEST, f"Ask for 1 to {_MOST} subscriptions at once (RFC 3995 §11.1.2)."
        )
    events = printer.need_events()
    answers = [_create(events, request, group) for group in groups]
    made = sum(answer[0].name == "notify-subscription-id" for answer in answers)
    status = Status.SUCCESSFUL_OK if made == len(answers) else Status.SUCCESSFUL_OK_IGNORED_SUBSCRIPTIONS
    if not made:
        status = Status.CLIENT_ERROR_IGNORED_ALL_SUBSCRIPTIONS
    parts: list[tuple[Tag, tuple[Part, ...]]] = [(Tag.SUBSCRIPTION, (answer,)) for answer in answers]
    return Reply(status, tuple(parts), request.unsupported)


def _create(events: Subscriptions, request: Request, group: Group) -> tuple[Attribute, ...]:
    """The id and the lease, or why not: ``notify-status-code``."""
    wrong = _wrong(group)
    if wrong is not None:
        return (Attribute.of("notify-status-code", Enum(wrong)),)
    sent = {attribute.name: attribute for attribute in group}
    kinds = tuple(map(str, sent["notify-events"].values)) if "notify-events" in sent else (DEFAULT_EVENT,)
    lease = sent["notify-lease-duration"].value if "notify-lease-duration" in sent else DEFAULT_LEASE
    data = sent["notify-user-data"].value if "notify-user-data" in sent else b""
    assert isinstance(lease, int)  # noqa: S101 - the syntax was checked
    assert isinstance(data, bytes)  # noqa: S101
    try:
        made = events.create(request.requester.name or "anonymous", kinds, lease, data)
    except TooMany:
        return (Attribute.of("notify-status-code", Enum(Status.CLIENT_ERROR_TOO_MANY_SUBSCRIPTIONS)),)
    return (
        Attribute.of("notify-subscription-id", made.subscription_id),
        Attribute.of("notify-lease-duration", made.lease),
    )


def _wrong(group: Group) -> Status | None:
    if group.get("notify-recipient-uri") is not None:
        return Status.CLIENT_ERROR_URI_SCHEME_NOT_SUPPORTED
    for attribute in group:
        syntax = syntax_of("Subscription Template", attribute.name)
        if syntax is None or not syntax.accepts(attribute):
            return Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    method, kinds = group.get("notify-pull-method"), group.get("notify-events")
    if method is None or method.value != "ippget" or (kinds is not None and not set(kinds.values) <= set(EVENTS)):
        return Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
    return None
