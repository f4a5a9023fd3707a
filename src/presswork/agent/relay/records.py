"""What a receiver remembers of transfers, durably: which had GO, and how they ended.

The same ticket again is the same transfer, also after a restart: so a record stays until its ticket is too old to be used
and its holder has seen the end. One that is never asked for goes after a week.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from pydantic import ValidationError

from presswork.agent.relay.receiver import Begun
from presswork.agent.relay.wire import RelayBusy
from presswork.agent.spool import Spool
from presswork.protocols.control.base import Line, Word
from presswork.protocols.control.moment import Moment
from presswork.protocols.relay.messages import Ended
from presswork.protocols.ticket import Ticket

MOST: Final = 5000
"""Transfers that are remembered; while so many are fresh, no other one begins."""
_KEPT: Final = timedelta(days=7)
_LATE: Final = timedelta(minutes=5)
"""After so long past its time a ticket is good nowhere."""
_KEY: Final = "relayed "
_log = structlog.get_logger(__name__)


class Record(Word):
    """One transfer."""

    ticket: Ticket
    account: Line
    begun_at: Moment
    sent: bool = True
    """Whether anything may have gone to the printer: where not, the ticket may begin anew."""
    device_job_id: int | None = None
    answered: bool = False
    end: Ended | None = None
    seen: bool = False
    """Whether the holder has the end."""

    @property
    def begun(self) -> Begun:
        """As receivers know it."""
        return Begun(self.ticket, self.account, self.begun_at, self.device_job_id, self.answered)


class Records:
    """Of one agent. What a method promises is on the disk when it returns."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._known: dict[UUID, Record] = {}

    async def load(self) -> None:
        """Take up what is remembered; what cannot be read any more is forgotten."""
        for key, value in (await self._spool.recall_all(_KEY)).items():
            try:
                record = Record.model_validate_json(value)
            except ValidationError:
                _log.warning("what is remembered of a transfer cannot be read")
                await self._spool.forget([key])
            else:
                self._known[record.ticket.ticket_id] = record

    def of(self, ticket_id: UUID) -> Record | None:
        """What is known of that transfer."""
        return self._known.get(ticket_id)

    def unfinished(self) -> Iterable[Record]:
        """Those that had GO and have no end."""
        return [one for one in self._known.values() if one.end is None]

    async def make_room(self, now: datetime) -> None:
        """Forget what is of no more use at the server's time ``now``. Raises ``RelayBusy`` where too much is left."""
        over = [ticket_id for ticket_id, one in self._known.items() if _is_over(one, now)]
        if over and (len(self._known) >= MOST // 2 or len(over) >= MOST // 100):
            for ticket_id in over:
                del self._known[ticket_id]
            await self._spool.forget([_key(ticket_id) for ticket_id in over])
        if len(self._known) >= MOST:
            raise RelayBusy("This computer has carried too many jobs lately. Try another way, or later.")

    async def begin(self, begun: Begun) -> None:
        """It has GO."""
        record = Record(
            ticket=begun.ticket, account=begun.account, begun_at=begun.begun_at, device_job_id=begun.device_job_id
        )
        await self._keep(record)

    async def taken(self, begun: Begun) -> None:
        """All of it was sent."""
        values = {"device_job_id": begun.device_job_id, "answered": begun.answered}
        await self._keep(self._known[begun.ticket.ticket_id].model_copy(update=values))

    async def end(self, begun: Begun, end: Ended, *, sent: bool) -> None:
        """How it ended."""
        known = self._known.get(begun.ticket.ticket_id)
        record = known or Record(ticket=begun.ticket, account=begun.account, begun_at=begun.begun_at)
        await self._keep(record.model_copy(update={"end": end, "sent": sent}))

    async def seen(self, ticket_id: UUID) -> None:
        """Its holder has the end."""
        record = self._known.get(ticket_id)
        if record is not None and record.end is not None and not record.seen:
            await self._keep(record.model_copy(update={"seen": True}))

    async def _keep(self, record: Record) -> None:
        self._known[record.ticket.ticket_id] = record
        await self._spool.remember(_key(record.ticket.ticket_id), record.model_dump_json(exclude_defaults=True))


def _key(ticket_id: UUID) -> str:
    return f"{_KEY}{ticket_id}"


def _is_over(record: Record, now: datetime) -> bool:
    if record.end is None:
        return False
    return now > record.ticket.not_after + (_LATE if record.seen else _KEPT)


def with_device_job(begun: Begun, device_job_id: int | None, *, answered: bool) -> Begun:
    """The same, taken by the device."""
    return replace(begun, device_job_id=device_job_id or begun.device_job_id, answered=answered)
