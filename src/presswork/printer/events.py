"""Subscriptions and their events, fetched by the client (RFC 3995, RFC 3996 ``ippget``). In memory: leases are short."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from presswork.core.clock import Clock
from presswork.core.errors import Forbidden, NotFound, TooMany
from presswork.printer.job import Requester
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import IntegerRange, Keyword

EVENTS: Final = (
    "none",
    "printer-state-changed",
    "printer-stopped",
    "printer-config-changed",
    "job-created",
    "job-state-changed",
    "job-stopped",
    "job-completed",
)
_WIDER: Final = {
    "printer-stopped": "printer-state-changed",
    "job-stopped": "job-state-changed",
    "job-completed": "job-state-changed",
}
"""Who subscribed to the wider event is told of the narrower too (RFC 3995 §5.3.3.5)."""
DEFAULT_EVENT: Final = "job-completed"
DEFAULT_LEASE: Final = 3600
LONGEST_LEASE: Final = 86_400
EVENT_LIFE: Final = 300
"""``ippget-event-life``, in seconds."""
_MOST_SUBSCRIPTIONS: Final = 100
_MOST_OF_ONE: Final = 20
"""Subscriptions of one owner, where owners are proven: nobody takes the room of the others."""
_MOST_EVENTS: Final = 100


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, numbered for its subscription."""

    sequence_number: int
    kind: str
    """The subscribed event it matched."""
    at: datetime
    text: str
    attributes: tuple[Attribute, ...]


@dataclass(slots=True, eq=False)
class Subscription:
    """A subscription of the whole printer (RFC 3995 §5)."""

    subscription_id: int
    owner: str
    events: tuple[str, ...]
    expires_at: datetime
    lease: int
    user_data: bytes = b""
    last_number: int = 0
    kept: deque[Event] = field(default_factory=lambda: deque(maxlen=_MOST_EVENTS))

    def matches(self, kind: str) -> str | None:
        """The event of this subscription that such a happening is; the narrower one goes first."""
        if kind in self.events:
            return kind
        wider = _WIDER.get(kind)
        return wider if wider in self.events else None


class Subscriptions:
    """All subscriptions of a Printer. Only the owner or an operator sees one.

    ``private``: the store shows everybody their own jobs only, operators too; so nobody hears of the jobs of others.
    """

    def __init__(self, clock: Clock, *, private: bool = False) -> None:
        self._clock = clock
        self._private = private
        self._subscriptions: dict[int, Subscription] = {}
        self._last_id = 0

    def create(self, owner: str, events: tuple[str, ...], lease: int, user_data: bytes) -> Subscription:
        """A new one; ``TooMany`` when there is no room. A lease of 0 is as long as there is (RFC 3995 §5.3.8)."""
        self._expire()
        of_owner = sum(one.owner == owner for one in self._subscriptions.values()) if self._private else 0
        if len(self._subscriptions) >= _MOST_SUBSCRIPTIONS or of_owner >= _MOST_OF_ONE:
            raise TooMany("This printer has no room for another subscription. Cancel one, or try again later.")
        self._last_id += 1
        made = Subscription(self._last_id, owner, events, self._clock.now(), 0, user_data)
        self._lease(made, lease)
        self._subscriptions[self._last_id] = made
        return made

    def get(self, subscription_id: int, requester: Requester) -> Subscription:
        """One of them."""
        self._expire()
        found = self._subscriptions.get(subscription_id)
        if found is None:
            raise NotFound("There is no such subscription here, or its time is over.")
        if not self._sees(requester, found):
            raise Forbidden("This subscription belongs to somebody else.")
        return found

    def visible(self, requester: Requester) -> Sequence[Subscription]:
        """Those the requester may see."""
        self._expire()
        return [one for one in self._subscriptions.values() if self._sees(requester, one)]

    def renew(self, subscription_id: int, requester: Requester, lease: int) -> Subscription:
        """Let it live longer, from now on."""
        found = self.get(subscription_id, requester)
        self._lease(found, lease)
        return found

    def cancel(self, subscription_id: int, requester: Requester) -> None:
        """End it."""
        del self._subscriptions[self.get(subscription_id, requester).subscription_id]

    @property
    def any(self) -> bool:
        """Whether there are any."""
        self._expire()
        return bool(self._subscriptions)

    def tell(self, kind: str, text: str, attributes: tuple[Attribute, ...], *, owner: str | None = None) -> None:
        """Something happened; ``owner`` is that of the job it happened to."""
        self._expire()
        for one in self._subscriptions.values():
            if self._private and owner not in (None, one.owner):
                continue
            matched = one.matches(kind)
            if matched is not None:
                one.last_number += 1
                one.kept.append(Event(one.last_number, matched, self._clock.now(), text, attributes))

    def fresh(self, subscription: Subscription, first_number: int) -> list[Event]:
        """Its events from that number on that are not older than their life (RFC 3996 §5.1)."""
        oldest = self._clock.now() - timedelta(seconds=EVENT_LIFE)
        return [event for event in subscription.kept if event.sequence_number >= first_number and event.at >= oldest]

    def _sees(self, requester: Requester, subscription: Subscription) -> bool:
        return subscription.owner == requester.name or (requester.operator and not self._private)

    def _lease(self, subscription: Subscription, lease: int) -> None:
        subscription.lease = min(lease, LONGEST_LEASE) or LONGEST_LEASE
        subscription.expires_at = self._clock.now() + timedelta(seconds=subscription.lease)

    def _expire(self) -> None:
        now = self._clock.now()
        for number in [number for number, one in self._subscriptions.items() if one.expires_at <= now]:
            del self._subscriptions[number]


def event_attributes() -> Iterable[Attribute]:
    """What a Printer with subscriptions says of them (RFC 3995 §6, RFC 3996 §8)."""
    yield Attribute.of("notify-events-default", Keyword(DEFAULT_EVENT))
    yield Attribute("notify-events-supported", tuple(map(Keyword, EVENTS)))
    yield Attribute.of("notify-lease-duration-default", DEFAULT_LEASE)
    yield Attribute.of("notify-lease-duration-supported", IntegerRange(0, LONGEST_LEASE))
    yield Attribute.of("notify-max-events-supported", len(EVENTS))
    yield Attribute.of("notify-pull-method-supported", Keyword("ippget"))
    yield Attribute.of("ippget-event-life", EVENT_LIFE)
