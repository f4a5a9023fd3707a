from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from presswork.agent.discovery.start import START, next_start
from presswork.protocols.discovery.packets import BOOT_SIZE, CHANCE_SIZE, MOST_STARTS, boot_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NO_CLOCK = datetime(1970, 1, 1, tzinfo=UTC)


def test_each_start_has_a_higher_number_than_the_one_before_whatever_the_clock_says(tmp_path: Path) -> None:
    starts = [next_start(tmp_path, now) for now in (NO_CLOCK, NO_CLOCK, NOW, NOW, NO_CLOCK)]
    begun = int(NOW.timestamp())
    assert starts == [1, 2, begun, begun + 1, begun + 2]
    assert stat.S_IMODE((tmp_path / START).stat().st_mode) == 0o600


@pytest.mark.parametrize("spoilt", [b"", b"x", b"-5", "²".encode()])
def test_with_a_lost_or_spoilt_number_the_clock_is_ahead_of_what_others_know(tmp_path: Path, spoilt: bytes) -> None:
    before = next_start(tmp_path, NO_CLOCK)
    (tmp_path / START).write_bytes(spoilt)
    assert next_start(tmp_path, NOW) > before


def test_a_disk_that_takes_nothing_is_no_reason_not_to_start(tmp_path: Path) -> None:
    assert next_start(tmp_path / "missing", NOW) == int(NOW.timestamp())


def test_a_number_is_never_more_than_a_boot_holds(tmp_path: Path) -> None:
    (tmp_path / START).write_text(str(MOST_STARTS))
    assert next_start(tmp_path, NOW) == MOST_STARTS


def test_a_later_start_has_the_higher_boot_whatever_chance_says() -> None:
    earlier, later = boot_of(255, b"\xff" * CHANCE_SIZE), boot_of(256, bytes(CHANCE_SIZE))
    assert earlier < later
    assert len(earlier) == len(later) == BOOT_SIZE
