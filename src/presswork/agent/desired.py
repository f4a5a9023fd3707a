"""What this computer is to have, as the server last said it: in memory for everybody, on disk for the next start.

Printing goes on by it while the server is away.
"""

from __future__ import annotations

import asyncio
from typing import Protocol
from uuid import UUID

import structlog
from pydantic import ValidationError

from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import AccountBinding, PrinterSpec, QueueSpec

_KEY = "desired-state"
_NOTHING = DesiredState(revision="", computer_name="", queues=(), printers=(), accounts=())
_log = structlog.get_logger(__name__)


class Memory(Protocol):
    """Keeps small facts durably; the spool does."""

    async def remember(self, key: str, value: str) -> None:
        """Durable when it returns."""
        ...

    async def recall(self, key: str) -> str | None:
        """What was remembered under ``key`` last."""
        ...


class Desired:
    """The current ``DesiredState`` with look-ups that cost the same however much it holds."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._changed = asyncio.Event()
        self.generation = 0
        """Counts the changes since the start; see ``changed``."""
        self._take(_NOTHING)

    async def load(self) -> None:
        """Take up what was remembered before the restart. What cannot be read is forgotten: the next sync brings it anew."""
        text = await self._memory.recall(_KEY)
        if text is None:
            return
        try:
            self._take(DesiredState.model_validate_json(text))
        except ValidationError:
            _log.warning("The remembered desired state cannot be read; waiting for the server to send it again.")

    async def put(self, state: DesiredState) -> None:
        """A new state: durable first, then in force."""
        await self._memory.remember(_KEY, state.model_dump_json())
        self._take(state)

    def _take(self, state: DesiredState) -> None:
        self.state = state
        self._queues = {queue.name: queue for queue in state.queues}
        self._queues_by_id = {queue.queue_id: queue for queue in state.queues}
        self._printers = {printer.printer_id: printer for printer in state.printers}
        self._accounts = {binding.account: binding for binding in state.accounts}
        self.generation += 1
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    async def changed(self, seen: int) -> int:
        """Wait until there is a newer state than generation ``seen``; returns its generation. The caller sets the deadline."""
        while self.generation == seen:
            await self._changed.wait()
        return self.generation

    def queue(self, name: str) -> QueueSpec | None:
        """The queue of that name."""
        return self._queues.get(name)

    def queue_by_id(self, queue_id: UUID) -> QueueSpec | None:
        """The queue with that id."""
        return self._queues_by_id.get(queue_id)

    def printer(self, printer_id: UUID) -> PrinterSpec | None:
        """The printer with that id."""
        return self._printers.get(printer_id)

    def person(self, account: str) -> AccountBinding | None:
        """Who the account of this computer is, where somebody signed in for it."""
        return self._accounts.get(account)
