"""cupsd as the printing system. What was found out about it by trial stands in docs/explanation/cupsd.md."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
from collections.abc import Awaitable, Collection, Iterator
from grp import getgrgid
from pathlib import Path
from uuid import UUID

import structlog

from presswork.agent.host.host import IsSettled, SpoolerJob, SpoolerJobState
from presswork.agent.host.linux.accounts import own_account
from presswork.agent.host.linux.configuration import read_cups_files
from presswork.agent.host.linux.cupsd import (
    CUPS_ACCEPT_JOBS,
    CUPS_ADD_MODIFY_PRINTER,
    CUPS_DELETE_PRINTER,
    CUPS_GET_DEFAULT,
    CUPS_GET_PRINTERS,
    CUPS_SET_DEFAULT,
    Cupsd,
    CupsdUnavailable,
)
from presswork.agent.host.linux.jobs import JOB_ATTRIBUTES, jobs_of
from presswork.agent.host.linux.queues import (
    OPERATION_POLICY,
    QUEUE_ATTRIBUTES,
    OurQueues,
    Plan,
    QueueInCups,
    has_defaults,
    requested,
)
from presswork.core.errors import Conflict, Fault, Forbidden, NotFound, Unavailable
from presswork.protocols.control.words import NO_DEFAULTS, QueueDefaults, QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.values import Keyword, Tag

_log = structlog.get_logger(__name__)
_RESTARTS = 3
"""How often one job is restarted by one process, so that a job that never passes does not go round for ever."""
RENEWAL_PATIENCE = 2.0
"""Seconds until cupsd is asked once more to look at a queue whose defaults changed."""
CAPABILITIES_DEADLINE = 15.0
"""Seconds until cupsd must know what a new queue can do: it asks our own web server."""
PURGE_DEADLINE = 30.0
"""Seconds until cupsd must have ended a job that we have taken."""


class CupsSpooler:
    """See ``Spooler``."""

    def __init__(self, socket: Path, files_conf: Path, local_web_port: int) -> None:
        self._cupsd = Cupsd(socket)
        self._files_conf = files_conf
        self._ours = OurQueues(local_web_port)
        self._restarted: dict[UUID, int] = {}
        self._told: dict[str, QueueDefaults] = {}
        """The defaults that cupsd was last told of each queue."""

    async def account(self) -> str:
        """See ``Spooler.account``."""
        return (await read_cups_files(self._files_conf)).user

    async def examine(self) -> tuple[Fault, ...]:
        """See ``Spooler.examine``."""
        try:
            queues = await self._queues()
        except Fault as fault:
            return (fault,)
        findings = [fault for fault in [await self._not_a_member()] if fault is not None]
        if queues and not any(OPERATION_POLICY in queue.policies for queue in queues):
            findings.append(_no_policy())
        ours = [queue for queue in queues if self._ours.is_ours(queue.device_uri)]
        findings += [
            Conflict(f"The queue {queue.name} does not have cupsd prove who prints. Restart the agent to set it right.")
            for queue in ours
            if queue.op_policy != OPERATION_POLICY
        ]
        findings += [
            Unavailable(f"The queue {queue.name} is stopped in cupsd. Start it with: cupsenable {queue.name}")
            for queue in ours
            if queue.stopped
        ]
        return tuple(findings)

    async def converge(self, queues: Collection[QueueSpec]) -> tuple[Fault, ...]:
        """See ``Spooler.converge``."""
        plan = self._ours.plan(queues, await self._queues())
        renew = [*plan.renew, *self._no_longer_as_told(queues, plan)]
        faults: list[Fault] = [
            Conflict(f"A queue named {name} is in cupsd already and is not Presswork's. Rename one of the two.")
            for name in plan.taken
        ]
        steps = [
            *((self._remove, name) for name in plan.remove),
            *((self._accept, name) for name in plan.accept),
        ]
        for step, name in steps:
            await _collect(faults, step(name))
        for spec in plan.describe:
            await _collect(faults, self._describe(spec))
        for spec in renew:
            await _collect(faults, self._renew(spec))
        self._told = {spec.name: spec.defaults for spec in queues}
        for spec in plan.install:
            await _collect(faults, self._install(spec))
        return tuple(faults)

    def _no_longer_as_told(self, queues: Collection[QueueSpec], plan: Plan) -> Iterator[QueueSpec]:
        """Queues that had a default for paper or colour and have none of their own now: nothing in cupsd tells that."""
        for spec in queues:
            told = self._told.get(spec.name, NO_DEFAULTS)
            gone = (told.media and not spec.defaults.media) or (
                told.print_color_mode and not spec.defaults.print_color_mode
            )
            if gone and spec not in plan.renew and spec not in plan.install:
                yield spec

    async def default_queue(self) -> str | None:
        """See ``Spooler.default_queue``."""
        try:
            reply = await self._cupsd.call(CUPS_GET_DEFAULT, requested("printer-name"))
        except NotFound:
            return None
        return QueueInCups.of(reply.group(Tag.PRINTER)).name or None

    async def set_default_queue(self, queue: str) -> None:
        """See ``Spooler.set_default_queue``."""
        await self._cupsd.call(CUPS_SET_DEFAULT, queue=queue)

    async def job_being_sent(self, queue: str) -> SpoolerJob | None:
        """See ``Spooler.job_being_sent``."""
        await self._only_way(queue)
        found = [job for job in await self._jobs(queue, "not-completed") if job.state is SpoolerJobState.PROCESSING]
        if not found:
            return None
        if not found[0].account:
            raise Forbidden("cupsd does not say whose job it sends. Add the agent's account to the group lpadmin.")
        return found[0]

    async def _only_way(self, queue: str) -> None:
        """What comes by the spooler's account comes from this queue and from no other, and cupsd proves its owners."""
        queues = await self._queues()
        back_doors = [other.name for other in queues if self._ours.is_back_door(other)]
        for name in back_doors:
            _log.warning("a queue that is not Presswork's led to its jobs; it is removed", queue=name)
            with contextlib.suppress(NotFound):
                await self._remove(name)
        policy = next((one.op_policy for one in queues if one.name.lower() == queue.lower()), "")
        if back_doors or policy != OPERATION_POLICY:
            raise Forbidden(f"cupsd does not prove whose jobs come by the queue {queue}. Print again in a minute.")

    async def purge(self, queue: str, job_uuid: UUID) -> None:
        """See ``Spooler.purge``."""
        try:
            async with asyncio.timeout(PURGE_DEADLINE):
                job = await self._ended(queue, job_uuid)
        except TimeoutError:  # then the next reconcile removes it
            _log.info("cupsd does not end a job that the agent has taken", queue=queue)
            return
        if job is not None:
            await self._purge(job)

    async def reconcile(self, is_settled: IsSettled) -> None:
        """See ``Spooler.reconcile``."""
        ours = [queue for queue in await self._queues() if self._ours.is_ours(queue.device_uri)]
        for queue in ours:
            for job in await self._jobs(queue.name, "completed"):
                await self._settle(job, is_settled)
            for job in await self._jobs(queue.name, "not-completed"):
                if job.forgotten:
                    _log.info("cupsd forgot a job when it was killed; releasing it", queue=job.queue)
                    await self._of_job(Operation.RELEASE_JOB, job)
            if queue.stopped_by_cupsd:
                _log.info("cupsd stopped a queue after a failed job; starting it again", queue=queue.name)
                await self._cupsd.call(Operation.RESUME_PRINTER, queue=queue.name)

    async def close(self) -> None:
        """Let go of cupsd."""
        await self._cupsd.close()

    async def _settle(self, job: SpoolerJob, is_settled: IsSettled) -> None:
        if job.state is SpoolerJobState.CANCELED or await is_settled(job):
            await self._purge(job)
            return
        if job.state is not SpoolerJobState.COMPLETED or not job.document_kept:
            return
        times = self._restarted.get(job.job_uuid, 0)
        if times < _RESTARTS:
            self._restarted[job.job_uuid] = times + 1
            _log.info("cupsd calls a job completed whose document never came; restarting it", queue=job.queue)
            await self._of_job(Operation.RESTART_JOB, job)

    async def _ended(self, queue: str, job_uuid: UUID) -> SpoolerJob | None:
        """Wait until that job is over in cupsd; None when it is gone."""
        delay = 0.05
        while True:
            job = next((job for job in await self._jobs(queue, "all") if job.job_uuid == job_uuid), None)
            if job is None or job.state >= SpoolerJobState.CANCELED:
                return job
            await asyncio.sleep(delay)
            delay = min(delay * 2, 2.0)

    async def _queues(self) -> list[QueueInCups]:
        try:
            reply = await self._cupsd.call(CUPS_GET_PRINTERS, requested(*QUEUE_ATTRIBUTES))
        except NotFound:  # cupsd has no queue at all
            return []
        return [QueueInCups.of(group) for group in reply.all(Tag.PRINTER)]

    async def _jobs(self, queue: str, which: str) -> list[SpoolerJob]:
        try:
            reply = await self._cupsd.call(
                Operation.GET_JOBS,
                Attribute.of("which-jobs", Keyword(which)),
                requested(*JOB_ATTRIBUTES),
                queue=queue,
            )
        except NotFound:  # the queue has just been removed
            return []
        return [job for job in jobs_of(reply) if job.queue.lower() == queue.lower()]

    async def _of_job(self, operation: int, job: SpoolerJob, *attributes: Attribute) -> None:
        await self._cupsd.call(operation, Attribute.of("job-id", job.job_id), *attributes, queue=job.queue)

    async def _purge(self, job: SpoolerJob) -> None:
        with contextlib.suppress(NotFound):
            await self._of_job(Operation.CANCEL_JOB, job, Attribute.of("purge-job", True))
        self._restarted.pop(job.job_uuid, None)

    async def _remove(self, queue: str) -> None:
        await self._cupsd.call(CUPS_DELETE_PRINTER, queue=queue)

    async def _accept(self, queue: str) -> None:
        await self._cupsd.call(CUPS_ACCEPT_JOBS, queue=queue)

    async def _describe(self, spec: QueueSpec) -> None:
        await self._modify(spec, self._ours.description(spec))

    async def _install(self, spec: QueueSpec) -> None:
        await self._modify(spec, self._ours.installation(spec))
        await self._until_capable(spec)
        await self._accept(spec.name)

    async def _renew(self, spec: QueueSpec) -> None:
        """Have cupsd ask anew what the queue can do: its defaults are other ones. Jobs are taken meanwhile."""
        await self._modify(spec, self._ours.renewal(spec))
        try:
            await self._until_capable(spec, RENEWAL_PATIENCE)
        except Unavailable:
            # Asked twice within one second, cupsd keeps its copy of the first answer: it compares whole seconds.
            await self._modify(spec, self._ours.renewal(spec))
            await self._until_capable(spec)

    async def _modify(self, spec: QueueSpec, attributes: tuple[Attribute, ...]) -> None:
        await self._cupsd.call(CUPS_ADD_MODIFY_PRINTER, queue=spec.name, printer_attributes=attributes)

    async def _until_capable(self, spec: QueueSpec, deadline: float = CAPABILITIES_DEADLINE) -> None:
        """cupsd asks the new queue's printer for its capabilities by itself, and says nothing when that fails."""
        delay = 0.02
        try:
            async with asyncio.timeout(deadline):
                while not await self._knows_capabilities(spec):
                    await asyncio.sleep(delay)
                    delay = min(delay * 2, 1.0)
        except TimeoutError:
            raise Unavailable(
                f"cupsd could not ask the agent what the queue {spec.name} can do, so it cannot be used as it should yet. "
                "It is tried again in a minute; look at the log of cupsd when it goes on."
            ) from None

    async def _knows_capabilities(self, spec: QueueSpec) -> bool:
        reply = await self._cupsd.call(Operation.GET_PRINTER_ATTRIBUTES, requested(*QUEUE_ATTRIBUTES), queue=spec.name)
        found = QueueInCups.of(reply.group(Tag.PRINTER))
        return found.capabilities_known and has_defaults(found, spec)

    async def _not_a_member(self) -> Fault | None:
        account = await own_account()
        groups = (await read_cups_files(self._files_conf)).system_groups
        if await asyncio.to_thread(_is_member, account, groups):
            return None
        return Forbidden(
            f"The account {account} is in none of the groups that may administer cupsd ({', '.join(groups)}). "
            "Add it to one, then restart the agent."
        )


def _is_member(account: str, groups: Collection[str]) -> bool:
    own = os.getgrouplist(account, pwd.getpwnam(account).pw_gid)
    names = set()
    for number in own:
        try:
            names.add(getgrgid(number).gr_name)
        except KeyError:
            continue
    return not names.isdisjoint(groups)


async def _collect(faults: list[Fault], step: Awaitable[None]) -> None:
    """One step that fails does not keep the next from being done; no answer at all does."""
    try:
        await step
    except CupsdUnavailable:
        raise
    except Fault as fault:
        faults.append(fault)


def _no_policy() -> Fault:
    return Conflict(
        f"cupsd has no policy named {OPERATION_POLICY}, so it cannot prove who prints. "
        "Take it over from the cupsd.conf that came with the package cups-daemon."
    )
