"""What this computer is to have, as the server last said it: in memory for everybody, on disk for the next start.

Printing goes on by it while the server is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Protocol
from uuid import UUID

import structlog
from pydantic import TypeAdapter, ValidationError

from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import AccountBinding, PrinterSpec, QueueSpec

_KEY = "desired-state"
_LEARNED = "learned-printers"
LEARNED_LIMIT = 200
"""Printers kept beside those of the desired state, because something was released to them; the newest ones."""
_PRINTERS: TypeAdapter[tuple[PrinterSpec, ...]] = TypeAdapter(tuple[PrinterSpec, ...])
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
        self.memory = memory
        self._changed = asyncio.Event()
        self._learned: dict[UUID, PrinterSpec] = {}
        self.generation = 0
        """Counts the changes since the start; see ``changed``."""
        self._take(_NOTHING)

    async def load(self) -> None:
        """Take up what was remembered before the restart. What cannot be read is forgotten: the next sync brings it anew."""
        learned, text = await self.memory.recall(_LEARNED), await self.memory.recall(_KEY)
        try:
            if learned is not None:
                self._learned = {printer.printer_id: printer for printer in _PRINTERS.validate_json(learned)}
            if text is not None:
                self._take(DesiredState.model_validate_json(text))
        except ValidationError:
            _log.warning("The remembered desired state cannot be read; waiting for the server to send it again.")

    async def put(self, state: DesiredState) -> None:
        """A new state: durable first, then in force."""
        await self.memory.remember(_KEY, state.model_dump_json())
        self._take(state)

    async def learn(self, printer: PrinterSpec) -> None:
        """A printer that something is released to: known from now on, through restarts, as it was told last."""
        if self.printer(printer.printer_id) == printer:
            return
        self._learned.pop(printer.printer_id, None)
        newest = [*self._learned.values(), printer][-LEARNED_LIMIT:]
        self._learned = {one.printer_id: one for one in newest}
        await self.memory.remember(_LEARNED, _PRINTERS.dump_json(tuple(newest)).decode())

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
        """The printer with that id: as the desired state has it, else as it was learned."""
        return self._printers.get(printer_id) or self._learned.get(printer_id)

    @property
    def printers(self) -> Collection[PrinterSpec]:
        """All printers this computer knows; by far not all there are."""
        return ({**self._learned, **self._printers}).values()

    def may_print(self, queue: QueueSpec, account: str) -> bool:
        """Whether this account may print to that queue."""
        return queue.accounts is None or account in queue.accounts

    def queues_of(self, account: str) -> tuple[QueueSpec, ...]:
        """The queues that this account may print to."""
        return tuple(queue for queue in self.state.queues if self.may_print(queue, account))

    def person(self, account: str) -> AccountBinding | None:
        """Who the account of this computer is, where somebody signed in for it."""
        return self._accounts.get(account)
