"""A queue as root rules it over IPP, and its jobs as their owners change them (RFC 8011 §4.2.7 to §4.2.9, RFC 3380, RFC 3998)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from presswork.agent.desired import Desired
from presswork.agent.intake.acceptance import ON_WISH, accepted, asks_to_wait
from presswork.agent.intake.store import HOLD, QueueStore, ipp_job
from presswork.agent.jobs import release
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Change, Job, Phase, Ticket
from presswork.core.errors import Fault, Forbidden, NotPossible
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
_log = structlog.get_logger(__name__)


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
    settable: tuple[str, ...] = (MESSAGE,)

    async def pause(self, requester: Requester) -> None:
        """See ``Device``. What is on its way to a printer goes on; nothing else leaves, whoever releases it."""
        await self._rule(requester, "pause", paused=True)

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
        newest = await self.spool.list(queue_id=self.queue.queue_id, limit=1)
        await self._rule(requester, "purge", purged_through=newest[0].number if newest else 0)
        page = await self.spool.list(queue_id=self.queue.queue_id, limit=_AT_ONCE)
        while page:
            for job in page:
                if job.phase is not Phase.ENDED or job.document_kept:
                    await self._purge(job.id)
            page = await self.spool.list(queue_id=self.queue.queue_id, limit=_AT_ONCE, before=page[-1].id)

    async def restart_job(self, job_id: int, requester: Requester) -> IppJob:
        """See ``Device``. To the queue's printer, or to the one it was released to before."""
        job = await self.store.own_job(job_id, requester)
        if job.phase is not Phase.ENDED:
            raise NotPossible("This job is not over yet.")
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
        ticket = Ticket((*kept, *attributes))
        change = replace(self._way(job, ticket), ticket=ticket)
        return ipp_job(await self.spool.change(job.id, change, only_if=_CHANGEABLE, version=job.version))

    def _way(self, job: Job, ticket: Ticket) -> Change:
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
        if not requester.operator:
            raise Forbidden("Only root of this computer may do this to a queue. Ask its administrator.")
        await self.states.change(self.queue.queue_id, **fields)
        _log.info("a queue was ruled over IPP", queue=self.queue.name, what=what)

    async def _purge(self, job_id: UUID) -> None:
        """As far as it goes: what a printer does not let go ends by itself, and is not shown any more."""
        with suppress(Fault):
            await self.store.end(await self.spool.get(job_id))
