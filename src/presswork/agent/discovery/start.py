"""The number of this start of the agent, by which others know a beacon of an earlier one; ``discovery.start``."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

from presswork.agent.directory import write_durably
from presswork.protocols.discovery.packets import MOST_STARTS

START = "discovery.start"
_DIGITS = len(str(MOST_STARTS))


def next_start(directory: Path, now: datetime) -> int:
    """More than that of any start before, and kept for the next one; reads and writes a file.

    It is one more than the last, or the seconds since 1970 where they are more: a computer without a clock counts, and one whose
    directory was lost or brought back from an old copy is ahead all the same. Where the disk takes nothing, the clock has to do.
    """
    path = directory / START
    start = min(max(_last(path) + 1, int(now.timestamp())), MOST_STARTS)
    with suppress(OSError):
        write_durably(path, str(start).encode())
    return start


def _last(path: Path) -> int:
    try:
        with path.open("rb") as file:
            text = file.read(_DIGITS)
        return int(text) if text.isdigit() else 0
    except OSError:
        return 0
