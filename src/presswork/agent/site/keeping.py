"""As the site node: held jobs of other computers are taken over, to be released from their owners' pages and delivered from here."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

from presswork.agent.delivery.way import End
from presswork.agent.desired import Desired
from presswork.agent.relay.receiver import Begun, Transfer
from presswork.agent.site.carrier import STAGED
from presswork.agent.spool import Spool
from presswork.agent.spool.arriving import Arriving
from presswork.agent.spool.moves import ArrivingDocument
from presswork.core.clock import Clock
from presswork.core.errors import Fault, NotFound, NotPossible, Unavailable
from presswork.protocols.control.held import HeldJob
from presswork.protocols.ticket import Ticket

RESERVE = 256 * 1024 * 1024
"""Octets that stay free beside a job that is taken over: for this computer's own documents."""
STAGED_KEPT = timedelta(days=7)
"""So long a job that arrived waits for its holder's commit. Giving it up loses nothing: its holder has it."""
_EVERY = 3600.0


class Keeping:
    """The ``Receiver`` of tickets of the kind HOLD."""

    def __init__(self, spool: Spool, desired: Desired, clock: Clock, *, reserve: int = RESERVE) -> None:
        """``reserve``: octets that stay free."""
        self._spool = spool
        self._desired = desired
        self._clock = clock
        self._reserve = reserve
        self._promised: dict[UUID, int] = {}
        """Octets that are still to come, of each transfer that was told that there is room."""

    async def run(self) -> None:
        """Give up, until cancelled, what arrived and was never committed."""
        while True:
            await self._spool.moves.drop_older(self._clock.now() - STAGED_KEPT)
            await asyncio.sleep(_EVERY)

    async def receive(self, transfer: Transfer) -> End:
        """See ``Receiver``. The end says that the job is here, whole; whose it is then, ``commit`` says."""
        held = transfer.held
        if not self._desired.state.duties.site_node:
            raise NotPossible("This computer takes over no jobs: it is no site node.")
        if held is None or held.job_id != transfer.ticket.job_id:
            raise NotPossible("The job is not described as one that is taken over has to be.")
        wanted = [number for number, one in enumerate(held.documents, start=1) if not one.cancelled]
        if wanted != sorted(transfer.headers):
            raise NotPossible("The job is not described as one that is taken over has to be.")
        await self._spool.moves.check_new(held.job_id)
        size = sum(one.size for one in held.documents if not one.cancelled)
        free = await self._spool.free_octets()
        if free < size + sum(self._promised.values()) + self._reserve:
            raise Unavailable("The disk of the other computer has no room for this document.")
        self._promised[transfer.ticket.ticket_id] = size
        try:
            return await self._stage(transfer, held)
        finally:
            del self._promised[transfer.ticket.ticket_id]

    async def _stage(self, transfer: Transfer, held: HeldJob) -> End:
        await transfer.go()
        arriving = Arriving(transfer.ticket.ticket_id, transfer.ticket.sender_id, transfer.ticket.fence, held)
        try:
            await self._spool.moves.stage(arriving, self._documents(transfer))
        except Fault as fault:
            return End.not_printed(fault.sentence)
        return STAGED

    async def _documents(self, transfer: Transfer) -> AsyncIterator[ArrivingDocument]:
        for number, header in transfer.headers.items():
            sealed = self._arriving(transfer.ticket.ticket_id, header.encode(), transfer.sealed(number))
            yield ArrivingDocument(header, transfer.keys[number], sealed)

    async def _arriving(
        self, ticket_id: UUID, start: bytes, chunks: AsyncIterator[bytes | memoryview]
    ) -> AsyncIterator[bytes | memoryview]:
        yield start
        async for chunk in chunks:
            size = len(chunk)
            yield chunk
            self._promised[ticket_id] = max(0, self._promised[ticket_id] - size)  # it is being written

    async def after_restart(self, begun: Begun) -> End:
        """See ``Receiver``."""
        if await self._spool.moves.staged(begun.ticket.ticket_id) is None:
            return End.not_printed("the other computer stopped while the job arrived")
        return STAGED

    async def cancel(self, begun: Begun) -> None:
        """See ``Receiver``: nobody asks for it; what is staged and never committed goes by itself."""
        raise NotPossible("A job that arrives is not cancelled here; its holder has it still.")

    async def commit(self, ticket: Ticket, secret: str) -> bool:
        """The sender has committed: the job is ours from now on. False: it never arrived, or was given up; it is not ours.

        Answers the same however often it is asked. What it answers is on the disk.
        """
        if await self._spool.moves.adopted(ticket.job_id, ticket.fence):
            return True
        try:
            await self._spool.moves.adopt(ticket.ticket_id, self._desired.state.computer_name, secret)
        except (NotFound, NotPossible):
            # Twice at once: the other one may have been quicker.
            return await self._spool.moves.adopted(ticket.job_id, ticket.fence)
        return True
