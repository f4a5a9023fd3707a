"""Ours and the peer's turn about, on the same machine in the same minutes; the last line is the result.

One round may meet a busy machine: only the median of several counts, and the spread stands beside it. Both sides have
the same load at the same time of day, so the ratio says something even where the numbers themselves do not.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

QUIET = 0.15
"""Share of the processors that may be busy when a round begins."""
BUDGET = 60.0
"""Seconds after which no new round begins."""
MANY = 20
"""More values than these are not listed."""
Round = Callable[[], Awaitable[float]]


@dataclass
class Comparison:
    """One benchmark's numbers. Say ``smaller_is_better`` for times and memory."""

    name: str
    unit: str
    smaller_is_better: bool = False
    ours: list[float] = field(default_factory=list)
    peers: list[float] = field(default_factory=list)

    async def run(self, ours: Round, peers: Round, rounds: int) -> None:
        """So many rounds of each, fewer when they take too long; a first one of each does not count."""
        until = time.monotonic() + BUDGET
        for number in range(rounds + 1):
            if number > 1 and time.monotonic() > until:
                return
            first, second = (ours, peers) if number % 2 else (peers, ours)
            for side in (first, second):
                value = await quietly(side)
                if number:
                    (self.ours if side is ours else self.peers).append(value)

    @property
    def ratio(self) -> float:
        """Of the medians; above 1 is better than the peer."""
        ours, peers = median(self.ours), median(self.peers)
        return peers / ours if self.smaller_is_better else ours / peers

    def print(self) -> None:
        """Spread and load, then the one line: name, ours, the peer's, unit, ratio; above 1 is better than the peer."""
        print(spread(f"{self.name}, ours", self.ours, self.unit))
        if self.peers:
            print(spread(f"{self.name}, peer", self.peers, self.unit))
        print(f"# processors {os.cpu_count()}, load average {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
        ours = plain(median(self.ours))
        if self.peers:
            print(f"{self.name}\t{ours}\t{plain(median(self.peers))}\t{self.unit}\t{self.ratio:.2f}", flush=True)
        else:
            print(f"{self.name}\t{ours}\t-\t{self.unit}\t-", flush=True)


def plain(value: float) -> str:
    """Three digits that count, without an exponent."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def spread(what: str, values: list[float], unit: str) -> str:
    """Median, least and most, and each round."""
    text = f"# {what}: {plain(median(values))} {unit} ({plain(min(values))}-{plain(max(values))})"
    return text if len(values) > MANY else f"{text}, rounds {' '.join(map(plain, values))}"


async def quietly(side: Round, most_seconds: float = 2.0) -> float:
    """Begin the round when nothing else is busy, or after that time anyway."""
    until = time.monotonic() + most_seconds
    while await _busy() > QUIET and time.monotonic() < until:
        pass
    return await side()


async def _busy() -> float:
    before = _processor_times()
    await asyncio.sleep(0.2)
    after = _processor_times()
    return 1 - (after[1] - before[1]) / max(1, after[0] - before[0])


def _processor_times() -> tuple[int, int]:
    """All of it, and the idle part (proc(5))."""
    with Path("/proc/stat").open() as file:
        values = [int(value) for value in file.readline().split()[1:9]]
    return sum(values), values[3] + values[4]
