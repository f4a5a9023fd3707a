"""Whose turn it is: the order of what waits for a printer, as an operator wants it, and jobs set aside at a device (RFC 3998 §4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from uuid import UUID

import structlog
from pydantic import TypeAdapter, ValidationError

from presswork.agent.delivery.line import Line
from presswork.agent.delivery.ways import Ways
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Phase
from presswork.core.errors import NotPossible
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ipp.registry import Operation

_KEY = "delivery-order"
_ORDERS: TypeAdapter[dict[UUID, list[UUID]]] = TypeAdapter(dict[UUID, list[UUID]])
_log = structlog.get_logger(__name__)


class Turns:
    """See ``intake.device.Current``. An order is kept through restarts, for as long as its jobs wait."""

    def __init__(
        self, spool: Spool, printers: Callable[[UUID], PrinterSpec | None], ways: Ways, lines: Mapping[UUID, Line]
    ) -> None:
        self._spool = spool
        self._printers = printers
        self._ways = ways
        self._lines = lines
        self._orders: dict[UUID, list[UUID]] = {}
        self._lock = asyncio.Lock()

    async def load(self) -> None:
        """Take up the order of before the restart. What cannot be read is forgotten: then it is that of creation."""
        text = await self._spool.recall(_KEY)
        try:
            self._orders = {} if text is None else _ORDERS.validate_json(text)
        except ValidationError:
            _log.warning("the order of the jobs before the restart cannot be read")

    def first(self) -> list[UUID]:
        """Jobs that go before all others of their printers, in their order; some may be over."""
        return [job_id for order in self._orders.values() for job_id in order]

    async def schedule(self, job_id: UUID, predecessor: UUID | None) -> None:
        """Send a job that waits right after another one; None: next. Raises ``NotPossible``."""
        async with self._lock:
            job = await self._spool.get(job_id)
            line = None if job.printer_id is None else self._lines.get(job.printer_id)
            if job.phase is not Phase.RELEASED or job.printer_id is None or line is None or job_id not in line.order:
                raise NotPossible("Only a job that waits for its printer can be moved in the queue.")
            if predecessor is not None and predecessor not in line.order:
                before = await self._spool.get(predecessor)
                if before.phase is not Phase.SENDING or before.printer_id != job.printer_id:
                    raise NotPossible("The other job does not wait for the same printer, so nothing can come after it.")
                predecessor = None
            if predecessor == job_id:
                raise NotPossible("A job cannot come after itself.")
            line.move(job_id, predecessor)
            now = line.order
            first = now[: now.index(job_id) + 1]
            kept = [one for one in self._orders.get(job.printer_id, []) if one in now and one not in first]
            orders = {printer_id: order for printer_id, order in self._orders.items() if printer_id in self._lines}
            orders[job.printer_id] = first + kept
            await self._spool.remember(_KEY, _ORDERS.dump_json(orders).decode())
            self._orders = orders

    async def suspend(self, job_id: UUID) -> None:
        """Have the device set aside a job it has, so that others go on. Raises ``NotPossible`` where it does not."""
        await self._ask(Operation.SUSPEND_CURRENT_JOB, job_id)

    async def resume(self, job_id: UUID) -> None:
        """Have the device go on with a job it set aside. Raises ``NotPossible`` where it does not."""
        await self._ask(Operation.RESUME_JOB, job_id)

    async def _ask(self, operation: Operation, job_id: UUID) -> None:
        job = await self._spool.get(job_id)
        spec = None if job.printer_id is None else self._printers(job.printer_id)
        way = None if spec is None else self._ways.asking(spec, job.account)
        if job.phase is not Phase.SENDING or job.device_job_id is None or way is None:
            raise NotPossible("This printer cannot be told to set a job aside.")
        await way.ask(operation, job.device_job_id)
