"""The server's time as this computer can know it. What is signed is dated by it: the computer's own clock may be off by a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from presswork.core.clock import Clock

_NOISE = timedelta(seconds=5)
"""A ``Date`` header counts whole seconds, and the reply was under way: less than this is no difference."""


class ServerTime:
    """The computer's clock and the offset to the server's."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset = timedelta()
        """Server minus computer, as last learned."""

    def now(self) -> datetime:
        """The server's time of day, aware, in UTC."""
        return self._clock.now() + self.offset

    def learn(self, server_time: datetime) -> bool:
        """The server said what time it is. Returns whether that is news: a request refused for its date is worth repeating."""
        offset = server_time - self._clock.now()
        if abs(offset - self.offset) <= _NOISE:
            return False
        self.offset = offset
        return True

    def learn_header(self, date: str | None) -> bool:
        """The same from a ``Date`` header (RFC 9110 §6.6.1); one that is missing or wrong teaches nothing."""
        if date is None:
            return False
        try:
            said = parsedate_to_datetime(date)
        except ValueError:
            return False
        return self.learn(said if said.tzinfo else said.replace(tzinfo=UTC))
