"""What the agent and the spooler owe each other: which of its jobs is coming, and which are safely here."""

from __future__ import annotations

import asyncio
import re
from uuid import UUID

import structlog

from presswork.agent.desired import Desired
from presswork.agent.host.host import Spooler, SpoolerJob
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, Phase
from presswork.core.errors import Busy, Fault, Unsupported

_log = structlog.get_logger(__name__)
_WAITING = 1000
"""Jobs to be purged; when more wait, the next reconciliation finds them."""
_CUT = 100
"""Letters of a name at which it may have been cut."""
_AT_ONCE = 4
"""The spooler ends a job some time after our answer; one that takes long holds back no other."""


class Handover:
    """Speaks with the spooler about jobs."""

    def __init__(self, spool: Spool, desired: Desired, spooler: Spooler) -> None:
        self._spool = spool
        self._desired = desired
        self._spooler = spooler
        self._taken: asyncio.Queue[tuple[str, UUID]] = asyncio.Queue(_WAITING)

    async def job_being_sent(self, queue: str, *, owner: str, name: str) -> SpoolerJob:
        """Whose job the spooler gives us now, under which uuid. ``owner`` and ``name`` are what came with the request.

        Raises ``Busy`` where it does not say: a name that came with the request is nobody's proof, and the spooler tries
        again. Its account also sends what people put into queues of their own. Raises ``Unsupported`` where it gives us
        another job than this one: when cupsd is killed, its backends live on and go on trying, while the next cupsd sends
        the same jobs anew. A document must not come under another one's uuid, nor as somebody else's.
        """
        try:
            sent = await self._spooler.job_being_sent(queue)
        except Fault as fault:
            _log.warning("the spooler does not say which job it sends", queue=queue, code=fault.code)
            raise Busy(f"Nobody proves whose job this is, so it is not taken now. {fault.sentence}") from fault
        if sent is None:
            _log.warning("the spooler's account sends what is no job of the queue", queue=queue)
            raise Busy("The printing system does not know this job in this queue, so it is not taken. Print it anew.")
        if sent.account != owner or not _may_be_called(sent.name, name):
            _log.warning("a job that the spooler does not send now was left behind by an earlier one", queue=queue)
            raise Unsupported("The printing system sends another job now, so this one is not taken. It comes again.")
        return sent

    def taken(self, queue: str, job: Job) -> None:
        """The job's document is durably here: the spooler's plain copy is to go."""
        if job.owner_proof != "spooler" or job.submitted_uuid is None:
            return
        try:
            self._taken.put_nowait((queue, job.submitted_uuid))
        except asyncio.QueueFull:
            _log.warning("many jobs wait to be purged from the spooler", waiting=_WAITING)

    async def is_settled(self, sent: SpoolerJob) -> bool:
        """Whether the agent needs nothing more of that job: it has, or had, its document. For ``Spooler.reconcile``."""
        queue = self._desired.queue(sent.queue)
        if queue is None:
            return False
        job = await self._spool.by_submitted_uuid(queue.queue_id, sent.account, sent.job_uuid)
        return job is not None and job.phase is not Phase.INCOMING

    async def run(self) -> None:
        """Have the spooler purge what is taken, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for _ in range(_AT_ONCE):
                tasks.create_task(self._purge())

    async def _purge(self) -> None:
        while True:
            queue, submitted_uuid = await self._taken.get()
            try:
                await self._spooler.purge(queue, submitted_uuid)
            except (Fault, TimeoutError) as error:
                _log.warning("a job stays in the spooler for now", queue=queue, error=type(error).__name__)


def _may_be_called(name: str, other: str) -> bool:
    """Whether these may be one job's name: on its way it may be cut, and lose what is not ASCII."""
    shorter, longer = sorted((re.sub("[^0-9A-Za-z]", "", text) for text in (name, other)), key=len)
    return shorter in ("", longer) or (len(shorter) >= _CUT and longer.startswith(shorter))
