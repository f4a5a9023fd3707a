"""Whose events a subscriber hears of (RFC 3995)."""

from __future__ import annotations

import pytest

from presswork.core.errors import Forbidden, TooMany
from presswork.printer.events import Subscription, Subscriptions
from presswork.printer.job import Requester
from presswork.testing.clock import StandingClock

OPERATOR = Requester("root", operator=True)


def subscribe(events: Subscriptions, owner: str) -> Subscription:
    return events.create(owner, ("job-state-changed", "printer-state-changed"), 60, b"")


def heard(events: Subscriptions, one: Subscription) -> list[str]:
    return [event.text for event in events.fresh(one, 1)]


def test_in_private_one_hears_of_ones_own_jobs_and_of_the_printer() -> None:
    events = Subscriptions(StandingClock(), private=True)
    ada, root = subscribe(events, "ada"), subscribe(events, "root")
    events.tell("job-state-changed", "Ada's job", (), owner="ada")
    events.tell("printer-state-changed", "The printer", ())
    assert heard(events, ada) == ["Ada's job", "The printer"]
    assert heard(events, root) == ["The printer"]


def test_in_private_an_operator_has_no_subscriptions_of_others() -> None:
    events = Subscriptions(StandingClock(), private=True)
    ada = subscribe(events, "ada")
    assert events.visible(OPERATOR) == []
    with pytest.raises(Forbidden):
        events.get(ada.subscription_id, OPERATOR)


def test_elsewhere_everybody_hears_of_every_job_and_operators_see_all() -> None:
    events = Subscriptions(StandingClock())
    ada = subscribe(events, "ada")
    events.tell("job-state-changed", "Bob's job", (), owner="bob")
    assert heard(events, ada) == ["Bob's job"]
    assert events.visible(OPERATOR) == [ada]


def test_in_private_nobody_takes_the_room_of_the_others() -> None:
    events = Subscriptions(StandingClock(), private=True)
    for _ in range(20):
        subscribe(events, "ada")
    with pytest.raises(TooMany):
        subscribe(events, "ada")
    subscribe(events, "bob")


def test_whether_anybody_listens() -> None:
    clock = StandingClock()
    events = Subscriptions(clock)
    assert not events.any
    subscribe(events, "ada")
    assert events.any
    clock.advance(seconds=61)
    assert not events.any
