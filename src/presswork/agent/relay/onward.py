"""Onward: what comes in with a ticket for a relay goes on to the printer in that ticket, by the ways of the delivery."""

from __future__ import annotations

from functools import partial

from presswork.agent.delivery.way import Delivered, End, Errand, News, Part, Taken, Watched, Way
from presswork.agent.delivery.ways import Ways
from presswork.agent.relay.receiver import Begun, Transfer
from presswork.agent.relay.wire import job_of
from presswork.core.clock import Clock
from presswork.core.errors import Invalid, NotPossible
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec


class Onward:
    """A ``Receiver``: looks, asks GO, sends while it receives, and follows the printer to the end."""

    def __init__(self, ways: Ways, clock: Clock) -> None:
        self._ways = ways
        self._clock = clock

    async def receive(self, transfer: Transfer) -> End:
        """See ``Receiver``."""
        spec = _printer(transfer.ticket.printer)
        job = job_of(transfer.job)
        way = self._ways.to(spec, job.account)
        return await self._end(way, await way.deliver(_errand(transfer)), transfer)

    async def _end(self, way: Way, delivered: Delivered, transfer: Transfer) -> End:
        match delivered:
            case Taken():
                await transfer.taken(delivered.device_job_id, answered=delivered.answered)
                return await way.follow(delivered, transfer.tell)
            case Watched():
                try:
                    await transfer.taken(answered=delivered.answered)
                    return await delivered.watch(transfer.tell)
                finally:
                    delivered.drop()
            case End():
                return delivered

    async def after_restart(self, begun: Begun) -> End:
        """See ``Receiver``: a printer that knows the job is asked."""
        if begun.device_job_id is None or begun.ticket.printer is None:
            return End.unknown(JobEvent.INTERRUPTED)
        age = (self._clock.now() - begun.begun_at).total_seconds()
        taken = Taken(begun.device_job_id, answered=begun.answered, age=age)
        return await self._ways.to(begun.ticket.printer, begun.account).follow(taken, _nobody)

    async def cancel(self, begun: Begun) -> None:
        """See ``Receiver``."""
        if begun.device_job_id is None:
            raise NotPossible("This printer cannot be told to stop. Cancel the job at the printer.")
        await self._ways.to(_printer(begun.ticket.printer), begun.account).cancel(begun.device_job_id)


def _printer(spec: PrinterSpec | None) -> PrinterSpec:
    if spec is None:
        raise Invalid("The ticket names no printer.")
    return spec


def _errand(transfer: Transfer) -> Errand:
    """The transfer as ways know it."""
    job = job_of(transfer.job)
    parts = tuple(
        Part(one.document_format, one.size, partial(transfer.read, one.number)) for one in transfer.job.documents
    )
    named = ("", "")

    def by(scheme: str, instead_of: str) -> None:
        nonlocal named
        named = (scheme, instead_of)

    async def mark(device_job_id: int | None) -> None:
        await transfer.go(device_job_id, way=named[0], instead_of=named[1])

    return Errand(
        job=job,
        read=parts[0].read,
        mark=mark,
        sent=transfer.sent,
        tell=transfer.tell,
        pages=transfer.pages,
        by=by,
        documents=parts if len(parts) > 1 else (),
    )


async def _nobody(news: News) -> None:
    """After a restart the holder asks for the end alone."""
