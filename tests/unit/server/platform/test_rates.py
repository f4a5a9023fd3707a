"""Token buckets."""

from __future__ import annotations

import pytest

from presswork.core.errors import TooMany
from presswork.server.platform.rates import AccountSignInLimits, Rate, SignInLimits
from presswork.testing.clock import StandingClock


def _exhaust(rate: Rate, key: str) -> int:
    for count in range(10_000):
        try:
            rate.take(key)
        except TooMany:
            return count
    raise AssertionError("no limit")


def test_so_many_at_once_then_one_each() -> None:
    clock = StandingClock()
    rate = Rate(clock, burst=5, seconds_each=10)
    assert _exhaust(rate, "a") == 5
    clock.advance(seconds=9)
    with pytest.raises(TooMany) as refused:
        rate.take("a")
    assert refused.value.details == {"retry_after": "1"}
    clock.advance(seconds=1)
    assert _exhaust(rate, "a") == 1
    clock.advance(days=1)
    assert _exhaust(rate, "a") == 5


def test_keys_are_counted_apart_and_can_be_forgotten() -> None:
    rate = Rate(StandingClock(), burst=2, seconds_each=10)
    assert _exhaust(rate, "a") == 2
    assert _exhaust(rate, "b") == 2
    rate.forget("a")
    assert _exhaust(rate, "a") == 2


def test_memory_is_bounded_and_keeps_those_who_go_on() -> None:
    rate = Rate(StandingClock(), burst=3, seconds_each=10, keys=100)
    for number in range(1000):
        rate.take(str(number))
        if number % 50 == 0:
            try:
                rate.take("persistent")
            except TooMany:
                continue
    assert len(rate._buckets) == 100
    with pytest.raises(TooMany):
        rate.take("persistent")


def test_one_account_from_one_address_is_slowed_first() -> None:
    limits = SignInLimits(StandingClock())
    for _ in range(8):
        limits.take("ada@example.org", "192.0.2.1")
    with pytest.raises(TooMany):
        limits.take("ada@example.org", "192.0.2.1")
    limits.take("ada@example.org", "192.0.2.2")
    limits.take("bob@example.org", "192.0.2.1")


def test_many_addresses_do_not_help_against_one_account() -> None:
    limits = SignInLimits(StandingClock())
    for number in range(60):
        limits.take("ada@example.org", f"192.0.2.{number}")
    with pytest.raises(TooMany):
        limits.take("ada@example.org", "192.0.2.100")
    limits.take("bob@example.org", "192.0.2.250")


def test_many_accounts_do_not_help_from_one_address() -> None:
    limits = SignInLimits(StandingClock())
    for number in range(60):
        limits.take(f"person{number}@example.org", "192.0.2.1")
    with pytest.raises(TooMany):
        limits.take("another@example.org", "192.0.2.1")


def test_whoever_was_right_begins_anew() -> None:
    limits = SignInLimits(StandingClock())
    for _ in range(30):
        limits.take("ada@example.org", "192.0.2.1")
        limits.succeeded("ada@example.org", "192.0.2.1")


def test_codes_of_computers_cannot_be_tried_for_long() -> None:
    limits = AccountSignInLimits(StandingClock())
    assert _exhaust(limits.tries, "person") == 20
    assert _exhaust(limits.starts, "account") == 5


def test_an_account_of_any_length_takes_little_memory() -> None:
    limits = SignInLimits(StandingClock())
    limits.take("a" * 60_000, "192.0.2.1")
    assert max(map(len, [*limits._account._buckets, *limits._pair._buckets])) < 1000


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    limits = SignInLimits(StandingClock())
    for host in range(60):
        limits.take(f"{host}@example.org", f"2001:db8::{host:x}")
    with pytest.raises(TooMany):
        limits.take("ada@example.org", "2001:db8::ffff:1")
    limits.take("ada@example.org", "2001:db8:0:1::1")
    for host in range(200):
        limits.take(f"{host}@example.net", f"::ffff:192.0.2.{host}")
