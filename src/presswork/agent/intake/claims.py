"""Jobs that waited for their owner to sign in: once claimed, they go the way of their queue."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import structlog

from presswork.agent.desired import Desired
from presswork.agent.intake.acceptance import UNCLAIMED, accepted
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Phase
from presswork.core.errors import Fault, NotPossible

_log = structlog.get_logger(__name__)
_AT_ONCE = 500
_TRY_AGAIN = 60.0


async def follow_claims(spool: Spool, desired: Desired) -> None:
    """Claim and send on what waits, now and whenever the server says who an account is; until cancelled."""
    while True:
        seen, deadline = desired.generation, None
        try:
            for binding in desired.state.accounts:
                await spool.claim(binding.account, binding.user_id, binding.person)
            await send_on_all(spool, desired)
        except Fault as fault:
            _log.warning("claimed jobs cannot be sent on now; trying again in a minute", code=fault.code)
            deadline = _TRY_AGAIN
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline):
                await desired.changed(seen)


async def send_on_all(spool: Spool, desired: Desired) -> None:
    """Look at every waiting job, a page at a time: bindings change seldom."""
    page = await spool.list(phases={Phase.HELD}, limit=_AT_ONCE)
    while page:
        for job in page:
            await send_on(spool, desired, job)
        page = await spool.list(phases={Phase.HELD}, limit=_AT_ONCE, before=page[-1].id)


async def send_on(spool: Spool, desired: Desired, job: Job) -> None:
    """Let a claimed job that waited for that go on; any other stays as it is."""
    queue = desired.queue_by_id(job.queue_id)
    if job.phase is not Phase.HELD or UNCLAIMED not in job.state_reasons or job.user_id is None or queue is None:
        return
    printer = None if queue.printer_id is None else desired.printer(queue.printer_id)
    change = accepted(job, queue, printer, desired.state.computer_name)
    try:
        await spool.change(job.id, change, version=job.version)
    except NotPossible:
        _log.debug("a claimed job changed meanwhile", job=str(job.id))
