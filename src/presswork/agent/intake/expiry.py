"""What is destroyed or forgotten when its time is over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import datetime, timedelta

import structlog

from presswork.agent.desired import Desired
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.agent.spool.recovery import INCOMPLETE
from presswork.core.clock import Clock
from presswork.core.errors import Fault, NotPossible
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent

EVERY = 60.0
"""Seconds between two looks."""
DOCUMENT_TIME_OUT = timedelta(seconds=300)
"""``multiple-operation-time-out``: so long a job waits for its document to begin."""
UNKNOWN_KEPT = timedelta(days=1)
"""So long the document of a delivery nobody knows the end of is kept."""
NAMES_KEPT = timedelta(days=30)
"""So long after its end the name of a job is known; its counts stay."""
_AT_ONCE = 200
_log = structlog.get_logger(__name__)
_EXPIRED = Change(
    phase=Phase.ENDED,
    state=JobState.ABORTED,
    state_reasons=("aborted-by-system",),
    event=JobEvent.EXPIRED,
    clear=frozenset({"move"}),
)
"""Also of one that is being handed over: who has it then destroys it at the same time."""
_CLEARED = Change(event=JobEvent.CLEARED)


async def expire(spool: Spool, desired: Desired, clock: Clock) -> None:
    """Look once a minute, until cancelled."""
    while True:
        try:
            await expire_once(spool, timedelta(hours=desired.state.hold_hours), clock.now())
        except Fault as fault:
            _log.warning("what is over cannot be cleared away now; trying again in a minute", code=fault.code)
        await asyncio.sleep(EVERY)


async def expire_once(spool: Spool, hold: timedelta, now: datetime) -> None:
    """Everything that is over at ``now``; ``hold`` is how long an unreleased job may wait."""
    await _end_older(spool, {Phase.INCOMING}, now - DOCUMENT_TIME_OUT, INCOMPLETE)
    for left in (Outcome.PRINTED, Outcome.HANDED_OVER):
        await _clear(spool, left, now - hold)  # proofs
    await _end_older(spool, {Phase.HELD, Phase.RELEASED, Phase.MOVING}, now - hold, _EXPIRED)
    await _clear(spool, Outcome.UNKNOWN, now - UNKNOWN_KEPT)
    await _clear(spool, Outcome.NOT_PRINTED, now - hold)
    await spool.forget_names(now - NAMES_KEPT)


async def _end_older(spool: Spool, phases: Collection[Phase], created_before: datetime, change: Change) -> None:
    page = await spool.list(phases=phases, limit=_AT_ONCE, newest_first=False)
    while page and page[0].created_at < created_before:
        over = [job for job in page if job.created_at < created_before and not spool.is_receiving(job.id)]
        over = [job for job in over if not job.document_kept or await _is_over(spool, job, created_before)]
        await asyncio.gather(*(_end(spool, job, change) for job in over))
        page = await spool.list(phases=phases, limit=_AT_ONCE, newest_first=False, before=page[-1].id)


async def _is_over(spool: Spool, job: Job, before: datetime) -> bool:
    """An open job is given the time anew with each document."""
    if job.phase is not Phase.INCOMING:
        return True
    timeline = (await spool.story(job.id)).timeline
    return not timeline or timeline[-1].at < before


async def _end(spool: Spool, job: Job, change: Change) -> None:
    try:
        await spool.change(job.id, change, version=job.version)
    except NotPossible:
        return  # released or deleted at this moment; the next look sees


async def _clear(spool: Spool, outcome: Outcome, ended_before: datetime) -> None:
    while page := await spool.list_kept_after_end(outcome, ended_before, _AT_ONCE):
        await asyncio.gather(*(_end(spool, job, _CLEARED) for job in page))
