"""A subscription as attributes (RFC 3995 §5.3, §5.4)."""

from __future__ import annotations

from collections.abc import Iterable

from presswork.printer.events import Subscription
from presswork.printer.job_attributes import View, up_time
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Charset, Keyword, Name, NaturalLanguage, Uri

_GROUPS = frozenset(("all", "subscription-description", "subscription-template"))


def subscription_attributes(subscription: Subscription, view: View, requested: frozenset[str]) -> tuple[Attribute, ...]:
    """Those among ``requested``, which may have group keywords; a group keyword gives all there are."""
    every = bool(requested & _GROUPS)
    return tuple(one for one in _attributes(subscription, view) if every or one.name in requested)


def _attributes(subscription: Subscription, view: View) -> Iterable[Attribute]:
    yield Attribute.of("notify-subscription-id", subscription.subscription_id)
    yield Attribute.of("notify-sequence-number", subscription.last_number)
    yield Attribute.of("notify-lease-expiration-time", up_time(subscription.expires_at))
    yield Attribute.of("notify-printer-up-time", view.up_time)
    yield Attribute.of("notify-printer-uri", Uri(view.printer_uri))
    yield Attribute.of("notify-subscriber-user-name", Name(subscription.owner))
    yield Attribute("notify-events", tuple(map(Keyword, subscription.events)))
    yield Attribute.of("notify-pull-method", Keyword("ippget"))
    yield Attribute.of("notify-lease-duration", subscription.lease)
    yield Attribute.of("notify-user-data", subscription.user_data)
    yield Attribute.of("notify-charset", Charset("utf-8"))
    yield Attribute.of("notify-natural-language", NaturalLanguage("en"))
