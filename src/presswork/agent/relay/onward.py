"""Onward: what comes in with a ticket for a relay goes on to the printer in that ticket, by the ways of the delivery."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID

from presswork.agent.delivery.way import Delivered, End, Errand, News, NotNow, Part, Taken, Watched, Way
from presswork.agent.delivery.ways import Ways
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.relay.receiver import Begun, Transfer
from presswork.agent.relay.wire import job_of
from presswork.core.clock import Clock
from presswork.core.errors import Invalid, NotPossible
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import PrinterSpec

_FOLLOWED = ("ipps:", "ipp:")


class Onward:
    """A ``Receiver``: looks, asks GO, sends while it receives, and follows the printer to the end."""

    def __init__(
        self,
        ways: Ways,
        clock: Clock,
        deadlines: RelayDeadlines = RelayDeadlines(),  # noqa: B008 - immutable
    ) -> None:
        self._ways = ways
        self._clock = clock
        self._deadlines = deadlines
        self._turns: dict[UUID, tuple[asyncio.Lock, int]] = {}

    async def receive(self, transfer: Transfer) -> End:
        """See ``Receiver``."""
        spec = _printer(transfer.ticket.printer)
        job = job_of(transfer.job)
        way = self._ways.to(spec, job.account)
        async with self._turn(spec):
            return await self._end(way, await way.deliver(_errand(transfer)), transfer)

    async def _end(self, way: Way, delivered: Delivered, transfer: Transfer) -> End:
        match delivered:
            case Taken():
                await transfer.taken(delivered.device_job_id, answered=delivered.answered)
                return await way.follow(delivered, transfer.tell)
            case Watched():
                await transfer.taken(answered=delivered.answered)
                return await delivered.watch(transfer.tell)
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

    @asynccontextmanager
    async def _turn(self, spec: PrinterSpec) -> AsyncIterator[None]:
        """One at a time where the printer takes one connection only. Raises ``NotNow`` where that takes long."""
        if (spec.ways or (spec.device_uri,))[0].startswith(_FOLLOWED):
            yield
            return
        lock, waiting = self._turns.get(spec.printer_id, (asyncio.Lock(), 0))
        self._turns[spec.printer_id] = lock, waiting + 1
        try:
            try:
                async with asyncio.timeout(self._deadlines.turn):
                    await lock.acquire()
            except TimeoutError:
                raise NotNow from None
            try:
                yield
            finally:
                lock.release()
        finally:
            lock, waiting = self._turns.pop(spec.printer_id)
            if waiting > 1:
                self._turns[spec.printer_id] = lock, waiting - 1


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
