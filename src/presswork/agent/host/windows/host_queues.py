"""Jobs for queues of Windows' print spooler, as jobs of the user they are of there.

The data go to the printer as they are (data type RAW): the spooler converts no PDF, so the queue's printer has to take the document
itself. Nothing prints of a job that does not come whole. *Not yet run* on Windows; what has been run, and how:
docs/explanation/windows-queues.md.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from threading import BoundedSemaphore
from typing import TypeVar

from presswork.agent.host.queues import MOST, QUEUE_NAME, HostJob, no_such_queue
from presswork.agent.host.windows.faults import fault_of, no_spooler
from presswork.agent.host.windows.handing import ActsAs, Handing
from presswork.agent.host.windows.own_thread import NoRoom, OwnThread
from presswork.agent.host.windows.winspool import PRINTER_ATTRIBUTE_FAX, Queue, Win32Error, Winspool
from presswork.core.errors import Fault, Interrupted, Unavailable

_DEADLINE = 60.0
"""Seconds one call may take: the spooler asks its drivers and monitors, a logon asks a domain controller."""
_THREADS = 64
_ASKS_AT_THE_SCREEN = frozenset({"portprompt:", "file:"})
"""Ports that ask where the file is to be saved. Nobody sits there."""
_T = TypeVar("_T")


class WindowsHostQueues:
    """See ``HostQueues``."""

    carries_job_tickets = False

    def __init__(self, spooler: Winspool, accounts: ActsAs, local_web_port: int, deadline: float = _DEADLINE) -> None:
        self._spooler = spooler
        self._accounts = accounts
        self._ours = re.compile(rf"(?:localhost|127\.0\.0\.1|\[::1\]):{local_web_port}(?!\d)", re.IGNORECASE)
        self._deadline = deadline
        self._room = BoundedSemaphore(_THREADS)

    async def names(self) -> tuple[str, ...]:
        """See ``HostQueues``. A queue whose own name no URI can hold is told by its share's."""
        async with self._thread() as thread:
            known = await self._ask(thread, self._queues)
        return tuple(sorted(known))[:MOST]

    async def look(self, job: HostJob) -> None:
        """See ``HostQueues``."""
        handing = Handing(self._spooler, self._accounts, self._find, job)
        async with self._thread(handing.leave) as thread:
            await self._ask(thread, handing.open, job)

    async def submit(self, job: HostJob, document: AsyncIterator[bytes | memoryview]) -> int:
        """See ``HostQueues``."""
        handing = Handing(self._spooler, self._accounts, self._find, job)
        async with self._thread(handing.leave) as thread:
            await self._ask(thread, handing.open, job)
            number = await self._ask(thread, handing.begin, job)
            try:
                async for piece in document:
                    await self._write(thread, partial(handing.write, piece), job)
            finally:
                if isinstance(document, AsyncGenerator):
                    await document.aclose()
            try:
                await self._ask(thread, handing.finish, job)
            except Fault as fault:
                raise Interrupted(
                    f"The print spooler took a job for the queue {job.queue} without saying that it has it. Look there for it."
                ) from fault
        return number

    async def _write(self, thread: OwnThread, write: Callable[[], None], job: HostJob) -> None:
        try:
            await self._ask(thread, write, job)
        except Unavailable as fault:
            raise Interrupted("The print spooler stopped in the middle of a job. Start it again.") from fault

    async def _ask(self, thread: OwnThread, function: Callable[[], _T], job: HostJob | None = None) -> _T:
        try:
            return await thread.call(function, self._deadline)
        except TimeoutError:
            raise no_spooler() from None
        except Win32Error as error:
            raise fault_of(error, job.queue if job else "", job.user if job else "") from error

    @asynccontextmanager
    async def _thread(self, leave: Callable[[], None] = lambda: None) -> AsyncIterator[OwnThread]:
        try:
            thread = OwnThread(self._room)
        except NoRoom:
            raise no_spooler() from None
        try:
            yield thread
        finally:
            thread.end(leave)

    def _queues(self) -> dict[str, Queue]:
        """Those jobs can be handed to, by the name they are told by. Blocks."""
        found: dict[str, Queue] = {}
        for queue in self._spooler.queues():
            name = next((each for each in (queue.name, queue.share) if QUEUE_NAME.fullmatch(each)), None)
            if name is not None and self._is_for_others(queue):
                found.setdefault(name, queue)
        return found

    def _find(self, name: str) -> Queue:
        queue = self._queues().get(name)
        if queue is None:
            raise no_such_queue(name)
        return queue

    def _is_for_others(self, queue: Queue) -> bool:
        return not (
            self._ours.search(queue.port)
            or queue.attributes & PRINTER_ATTRIBUTE_FAX
            or queue.port.casefold() in _ASKS_AT_THE_SCREEN
        )
