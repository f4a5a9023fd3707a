"""The offset to the server's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from presswork.agent.link.server_time import ServerTime

HERE = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


class StoppedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        return HERE

    def monotonic(self) -> float:
        return 0.0


def test_without_news_it_is_the_computers_own_time() -> None:
    assert ServerTime(StoppedClock()).now() == HERE


@pytest.mark.parametrize("offset", [timedelta(days=1), timedelta(days=-1), timedelta(seconds=6)])
def test_the_servers_time_is_learned(offset: timedelta) -> None:
    time = ServerTime(StoppedClock())
    assert time.learn(HERE + offset) is True
    assert time.now() == HERE + offset
    assert time.learn(HERE + offset + timedelta(seconds=1)) is False
    assert time.now() == HERE + offset


def test_a_corrected_clock_is_learned_again() -> None:
    time = ServerTime(StoppedClock())
    time.learn(HERE + timedelta(days=1))
    assert time.learn(HERE) is True
    assert time.now() == HERE


def test_the_date_header_teaches_it() -> None:
    time = ServerTime(StoppedClock())
    assert time.learn_header("Wed, 02 Jan 2030 12:00:00 GMT") is True
    assert time.now() == HERE + timedelta(days=1)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Wed, 99 Jan 2030 12:00:00 GMT", "\x00"])
def test_a_header_that_is_no_date_teaches_nothing(date: str | None) -> None:
    time = ServerTime(StoppedClock())
    assert time.learn_header(date) is False
    assert time.now() == HERE
