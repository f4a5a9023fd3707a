"""Intake: the local web server and what works beside it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import structlog

from presswork.agent.desired import Desired
from presswork.agent.host.host import Host
from presswork.agent.intake.arrivals import Arrivals
from presswork.agent.intake.claims import follow_claims
from presswork.agent.intake.device import Current, QueueDevice
from presswork.agent.intake.events import tell_of_jobs
from presswork.agent.intake.front import local_front, read_icon
from presswork.agent.intake.handover import Handover
from presswork.agent.intake.pages import PageCounter
from presswork.agent.intake.printers import Printers
from presswork.agent.intake.requesters import Requesters
from presswork.agent.intake.room import Room
from presswork.agent.intake.store import CancelDelivery, QueueStore
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool
from presswork.agent.supervision import kept_running
from presswork.core.backoff import Backoff
from presswork.core.clock import Clock, Randomness, system_randomness
from presswork.core.errors import Fault
from presswork.net.http_server import serve_http
from presswork.printer.http import ipp_handler
from presswork.protocols.control.words import QueueSpec

Store = TypeVar("Store", bound=QueueStore)
_log = structlog.get_logger(__name__)


class Intake:
    """Where jobs come in. ``submit`` and ``is_settled`` are for the rest of the agent; ``run`` serves."""

    def __init__(
        self,
        spool: Spool,
        desired: Desired,
        host: Host,
        clock: Clock,
        queue_states: QueueStates,
        *,
        pages: PageCounter,
        cancel: CancelDelivery,
        current: Current,
        document_limit: int,
        randomness: Randomness = system_randomness,
    ) -> None:
        """``document_limit``: octets of the largest document."""
        self._spool = spool
        self._desired = desired
        self._host = host
        self._clock = clock
        self._randomness = randomness
        self._queue_states = queue_states
        self._cancel = cancel
        self._current = current
        self._pages = pages
        self._handover = Handover(spool, desired, host.spooler)
        self.arrivals = Arrivals(
            spool,
            desired,
            Room(spool, clock),
            document_limit,
            self._pages.count_soon,
            holds_new=lambda queue_id: queue_states.of(queue_id).holds_new,
        )
        self.submit = self.arrivals.submit
        """A whole job in one call, from the client of this computer."""
        self.is_settled = self._handover.is_settled
        """For ``Spooler.reconcile``."""

    async def run(self, listener: socket.socket, mark: str = "") -> None:
        """Serve on this socket, bound to the IPv4 loopback address, until cancelled. ``mark``: see ``local_front``.

        What works beside is started again when it fails. Serving itself is not: the agent ends with it.
        """
        port = listener.getsockname()[1]
        icon = await asyncio.to_thread(read_icon)
        printers = Printers(self._desired, self._queue_states, self._clock, port, self._parts)
        async with asyncio.TaskGroup() as tasks:
            requesters = Requesters(self._host.peers, self._host.spooler, self._clock, tasks)
            handler = local_front(ipp_handler(printers.find, requesters.identify), icon, mark)
            tasks.create_task(self._resume())
            for part, run in (
                ("pages", self._pages.run),
                ("handover", self._handover.run),
                ("events", partial(tell_of_jobs, self._spool, printers, self._clock)),
                ("claims", partial(follow_claims, self._spool, self._desired)),
            ):
                tasks.create_task(kept_running(part, run, self._randomness), name=part)
            async with serve_http(handler, listener, clock=self._clock, on_connection=requesters.accept):
                await asyncio.Event().wait()

    async def _resume(self) -> None:
        """Until it is done: a disk that is full now has room later, and the rest does not wait for that."""
        backoff = Backoff(self._randomness)
        while True:
            try:
                await self.arrivals.resume()
            except Fault as fault:
                _log.warning("jobs that came just before a restart cannot go on now; trying again", code=fault.code)
                await asyncio.sleep(backoff.failed())
            else:
                return

    def _parts(self, queue: QueueSpec) -> tuple[QueueStore, QueueDevice]:
        return self.parts(queue, QueueStore)

    def parts(self, queue: QueueSpec, make_store: Callable[..., Store]) -> tuple[Store, QueueDevice]:
        """What stands behind a Printer of this queue, with a store of that kind."""
        store = make_store(
            queue,
            spool=self._spool,
            desired=self._desired,
            arrivals=self.arrivals,
            handover=self._handover,
            states=self._queue_states,
            cancel=self._cancel,
        )
        device = QueueDevice(queue, store, self._spool, self._desired, self._queue_states, self.arrivals, self._current)
        return store, device
