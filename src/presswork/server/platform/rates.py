"""Limits for what can be guessed: a token bucket for each key, and a bound on how many keys are remembered."""

from __future__ import annotations

from collections import OrderedDict
from ipaddress import ip_address, ip_network

from presswork.core.clock import Clock
from presswork.core.errors import TooMany

_ACCOUNT_LENGTH = 254
"""Characters of a key that are told apart; no e-mail address has more (RFC 5321 §4.5.3.1), and keys are remembered."""


class Rate:
    """``burst`` attempts at once, then one each ``seconds_each``.

    At most ``keys`` keys are remembered. When there are more, the one idle longest is forgotten, so that memory stays
    bounded; an attacker who can use that many addresses is slowed by the limit on the account instead.
    """

    def __init__(self, clock: Clock, *, burst: int, seconds_each: float, keys: int = 10_000) -> None:
        self._clock = clock
        self._burst = burst
        self._seconds_each = seconds_each
        self._keys = keys
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> None:
        """One attempt; raises ``TooMany`` with ``retry_after`` in seconds."""
        now = self._clock.monotonic()
        tokens, at = self._buckets.pop(key, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - at) / self._seconds_each)
        allowed = tokens >= 1
        self._buckets[key] = (tokens - 1 if allowed else tokens, now)
        while len(self._buckets) > self._keys:
            self._buckets.popitem(last=False)
        if not allowed:
            wait = max(1, round((1 - tokens) * self._seconds_each))
            raise TooMany(f"Too many attempts. Wait {wait} seconds and try again.", retry_after=str(wait))

    def forget(self, key: str) -> None:
        """The attempt was right: begin anew."""
        self._buckets.pop(key, None)


def _network(address: str) -> str:
    """What one attacker has of addresses: of IPv6 at least the 64 bits behind the prefix (RFC 4291 §2.5.4)."""
    try:
        numeric = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_ACCOUNT_LENGTH]
    if numeric.version == 4 or numeric.ipv4_mapped is not None:
        return str(numeric)
    return str(ip_network((numeric, 64), strict=False))


class SignInLimits:
    """How often one may try a password: for an account from an address, for an account, and for an address."""

    def __init__(self, clock: Clock) -> None:
        self._pair = Rate(clock, burst=8, seconds_each=15)
        self._account = Rate(clock, burst=60, seconds_each=10)
        self._address = Rate(clock, burst=60, seconds_each=2)

    def take(self, account: str, address: str) -> None:
        """One attempt; ``TooMany`` where a limit is reached."""
        account, network = account[:_ACCOUNT_LENGTH], _network(address)
        self._address.take(network)
        self._account.take(account)
        self._pair.take(f"{account}\n{network}")

    def succeeded(self, account: str, address: str) -> None:
        """It was the right person."""
        self._pair.forget(f"{account[:_ACCOUNT_LENGTH]}\n{_network(address)}")


class AccountSignInLimits:
    """How often sign-ins are started by an account of a computer, and codes tried by a person."""

    def __init__(self, clock: Clock) -> None:
        self.starts = Rate(clock, burst=5, seconds_each=20)
        self.tries = Rate(clock, burst=20, seconds_each=30)
