"""A queue as root rules it over IPP, and its jobs as their owners change them (RFC 8011 §4.2.7 to §4.2.9, RFC 3380, RFC 3998)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final, Protocol
from uuid import UUID

import structlog

from presswork.agent.desired import Desired
from presswork.agent.intake.acceptance import HELD_AS_NEW, ON_WISH, accepted, asks_to_wait
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.store import HOLD, OPEN, QueueStore, ipp_job
from presswork.agent.jobs import release
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, JobTicket, Phase
from presswork.core.errors import Fault, Forbidden, NotFound, NotPossible
from presswork.printer.device import MESSAGE
from presswork.printer.job import Job as IppJob
from presswork.printer.job import Requester
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.text import cleaned
from presswork.protocols.ipp.values import TextWithLanguage

_LONGEST = 127
_AT_ONCE = 200
_CHANGEABLE = frozenset({Phase.HELD, Phase.RELEASED})
_POWER_ON: Final = {"paused": False, "disabled": False, "holds_new": False, "shut_down": False}
_log = structlog.get_logger(__name__)


class Current(Protocol):
    """What delivery does with a job on its way, or with the order of those that wait. Raises ``NotPossible``."""

    async def suspend(self, job_id: UUID) -> None:
        """Have the printer set it aside."""
        ...

    async def resume(self, job_id: UUID) -> None:
        """Have the printer go on with it."""
        ...

    async def schedule(self, job_id: UUID, predecessor: UUID | None) -> None:
        """Send it right after another one; None: next."""
        ...


@dataclass(frozen=True, slots=True)
class QueueDevice:
    """See ``Device``. Operator is root of this computer; it rules the queue and sees nobody's jobs.

    The rest of a queue's description is the organisation's: an operator here has a message to say, and no more.
    """

    queue: QueueSpec
    store: QueueStore
    spool: Spool
    desired: Desired
    states: QueueStates
    arrivals: Arrivals
    current: Current
    settable: tuple[str, ...] = (MESSAGE,)

    async def pause(self, requester: Requester) -> None:
        """See ``Device``. What is on its way to a printer goes on; nothing else leaves, whoever releases it."""
        await self._rule(requester, "pause", paused=True)

    async def pause_after_current_job(self, requester: Requester) -> None:
        """See ``Device``: to pause never stops what is on its way."""
        await self._rule(requester, "pause", paused=True)

    async def hold_new_jobs(self, requester: Requester) -> None:
        """See ``Device``, whichever way they come."""
        await self._rule(requester, "hold new jobs", holds_new=True)

    async def release_held_new_jobs(self, requester: Requester) -> None:
        """See ``Device``. On a hold queue they wait for their owners then."""
        await self._rule(requester, "release held new jobs", holds_new=False)
        async for job in self._all({Phase.HELD}):
            if job.state_reasons == HELD_AS_NEW:
                with suppress(Fault):  # released or deleted at this moment
                    change = self.arrivals.next_of(self.queue, job)
                    await self.spool.change(job.id, change, version=job.version)

    async def restart(self, requester: Requester) -> None:
        """See ``Device``. What is on its way goes on."""
        await self._rule(requester, "restart", **_POWER_ON)

    async def shutdown(self, requester: Requester) -> None:
        """See ``Device``, over IPP: its jobs are still seen and released on the server's pages, and wait."""
        await self._rule(requester, "shut down", shut_down=True, paused=True, disabled=True)

    async def startup(self, requester: Requester) -> None:
        """See ``Device``."""
        _check_operator(requester)
        if not self.states.of(self.queue.queue_id).shut_down:
            raise NotPossible("This queue is not shut down, so it cannot be started up.")
        await self._rule(requester, "start up", **_POWER_ON)

    async def resume(self, requester: Requester) -> None:
        """See ``Device``."""
        await self._rule(requester, "resume", paused=False)

    async def enable(self, requester: Requester) -> None:
        """See ``Device``."""
        await self._rule(requester, "enable", disabled=False)

    async def disable(self, requester: Requester) -> None:
        """See ``Device``."""
        await self._rule(requester, "disable", disabled=True)

    async def set_printer_attributes(self, requester: Requester, attributes: tuple[Attribute, ...]) -> None:
        """See ``Device``."""
        value = attributes[-1].value
        text = value.text if isinstance(value, TextWithLanguage) else str(value)
        await self._rule(requester, "say", message=cleaned(text, _LONGEST))

    async def purge_jobs(self, requester: Requester) -> None:
        """See ``Device``. Documents are destroyed; who printed what stays known to the organisation, not over IPP."""
        _check_operator(requester)
        newest = await self.spool.list(queue_id=self.queue.queue_id, limit=1)
        await self._rule(requester, "purge", purged_through=newest[0].number if newest else 0)
        async for job in self._all(None):
            if job.phase is not Phase.ENDED or job.document_kept:
                await self._end(job.id)

    async def cancel_jobs(self, requester: Requester, job_ids: tuple[int, ...]) -> tuple[int, ...]:
        """See ``Device``. What a printer does not let go is printed."""
        _check_operator(requester)
        found = {job_id: await self._open_job(job_id) for job_id in job_ids}
        impossible = tuple(job_id for job_id, job in found.items() if job is None)
        if impossible:
            return impossible
        if job_ids:
            for job in found.values():
                assert job is not None  # noqa: S101 - none is impossible
                await self._end(job.id)
        else:
            async for job in self._all(OPEN):
                await self._end(job.id)
        return ()

    async def cancel_current_job(self, requester: Requester, job_id: int | None) -> None:
        """See ``Device``: the oldest on its way, of one's own; of all for root."""
        await self.store.end(await self.store.current_job(requester, job_id))

    async def suspend_current_job(self, requester: Requester, job_id: int | None) -> None:
        """See ``Device``: the printer sets it aside, where it can."""
        job = await self.store.current_job(requester, job_id)
        await self.current.suspend(job.id)

    async def resume_job(self, job_id: int, requester: Requester) -> None:
        """See ``Device``: its printer goes on with it."""
        job = await (self.store.any_job(job_id) if requester.operator else self.store.own_job(job_id, requester))
        if job.phase is not Phase.SENDING:
            raise NotPossible("This job is not suspended, so it cannot go on.")
        await self.current.resume(job.id)

    async def schedule_job(self, job_id: int, requester: Requester, predecessor: int | None) -> None:
        """See ``Device``: among the jobs released to the same printer. Kept through restarts."""
        _check_operator(requester)
        job = await self.store.any_job(job_id)
        before = None if predecessor is None else await self.store.any_job(predecessor)
        await self.current.schedule(job.id, None if before is None else before.id)

    async def copy_job(self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...]) -> IppJob:
        """See ``Device``."""
        return await self.store.copy_job(job_id, requester, attributes)

    async def restart_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``Device``. To the queue's printer, or to the one it was released to before."""
        job = await self.store.own_job(job_id, requester)
        if job.phase is not Phase.ENDED:
            raise NotPossible("This job is not over yet. Print it once more when it is.")
        if not job.document_kept:
            raise NotPossible("The document of this job is destroyed already. Print it again.")
        printer_id = job.printer_id if self.queue.printer_id is None else self.queue.printer_id
        printer = None if printer_id is None else self.desired.printer(printer_id)
        if printer is None:
            raise NotPossible("Choose a printer for this job: on its web page, or with presswork release.")
        return ipp_job(await release(self.spool, job.id, printer))

    async def set_job_attributes(
        self, job_id: int, requester: Requester, attributes: tuple[Attribute, ...], deleted: frozenset[str]
    ) -> IppJob:
        """See ``Device``. ``job-hold-until`` takes effect at once."""
        job = await self.store.own_job(job_id, requester)
        replaced = deleted | {attribute.name for attribute in attributes}
        kept = tuple(attribute for attribute in job.ticket.attributes if attribute.name not in replaced)
        ticket = JobTicket((*kept, *attributes))
        change = replace(self._way(job, ticket), ticket=ticket)
        return ipp_job(await self.spool.change(job.id, change, only_if=_CHANGEABLE, version=job.version))

    def _way(self, job: Job, ticket: JobTicket) -> Change:
        """What another ticket does to where the job stands."""
        wanted = replace(job, ticket=ticket)
        if asks_to_wait(wanted) and job.phase is Phase.RELEASED:
            return HOLD
        if job.state_reasons == (ON_WISH,) and asks_to_wait(job) and not asks_to_wait(wanted):
            queue = self.queue
            printer = None if queue.printer_id is None else self.desired.printer(queue.printer_id)
            return accepted(wanted, queue, printer, self.desired.state.computer_name)
        return Change()

    async def _rule(self, requester: Requester, what: str, **fields: bool | str | int) -> None:
        _check_operator(requester)
        await self.states.change(self.queue.queue_id, **fields)
        _log.info("a queue was ruled over IPP", queue=self.queue.name, what=what)

    async def _open_job(self, job_id: int) -> Job | None:
        with suppress(NotFound):
            job = await self.store.any_job(job_id)
            return None if job.phase is Phase.ENDED else job
        return None

    async def _all(self, phases: Collection[Phase] | None) -> AsyncIterator[Job]:
        """Every job of the queue in one of these phases, newest first."""
        before: UUID | None = None
        queue_id = self.queue.queue_id
        while page := await self.spool.list(queue_id=queue_id, phases=phases, limit=_AT_ONCE, before=before):
            for job in page:
                yield job
            before = page[-1].id

    async def _end(self, job_id: UUID) -> None:
        """As far as it goes: what a printer does not let go ends by itself, and is not shown any more."""
        with suppress(Fault):
            await self.store.end(await self.spool.get(job_id))


def _check_operator(requester: Requester) -> None:
    if not requester.operator:
        raise Forbidden("Only root of this computer may do this to a queue. Ask its administrator.")
