"""Keeps the printing system in step: the queues the server wants, and the jobs that were meant for us."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from presswork.agent.desired import Desired
from presswork.agent.host.default import DefaultQueue
from presswork.agent.host.host import IsSettled, Spooler
from presswork.core.backoff import spread
from presswork.core.clock import Randomness
from presswork.core.errors import Fault

_log = structlog.get_logger(__name__)
EVERY = 60.0
"""Seconds, about, between two looks when nothing changes."""
SOON = 2.0
"""Seconds, about, until the second look after a start, ours or the printing system's; each further one waits twice as long."""


async def run(
    spooler: Spooler,
    desired: Desired,
    is_settled: IsSettled,
    randomness: Randomness,
    *,
    every: float = EVERY,
    soon: float = SOON,
) -> None:
    """Until cancelled. Begin it when the local web server listens: the printing system asks it about each new queue.

    What a crash left behind shows itself in the seconds after it: only then does the printing system give up what it was
    sending. So the first looks follow one another quickly.
    """
    said: tuple[str, ...] = ()
    pause = min(soon, every)
    default = DefaultQueue(spooler, desired)
    while True:
        generation = desired.generation
        faults = await _step(spooler, desired, default, is_settled)
        if faults != said:
            if not faults:
                pause = min(soon, every)
            said = faults
            for sentence in faults:
                _log.warning(sentence)
        with suppress(TimeoutError):
            async with asyncio.timeout(spread(pause, randomness)):
                await desired.changed(generation)
        pause = min(2 * pause, every)


async def _step(spooler: Spooler, desired: Desired, default: DefaultQueue, is_settled: IsSettled) -> tuple[str, ...]:
    faults: tuple[Fault, ...] = ()
    try:
        if desired.state.revision:  # before the server said anything, no queue is known to be unwanted
            faults = await spooler.converge(desired.state.queues)
            await default.keep()
        await spooler.reconcile(is_settled)
    except Fault as fault:
        faults = (*faults, fault)
    return tuple(fault.sentence for fault in faults)
