"""What an operator of this computer said of its queues: kept through restarts, whatever the server says of them."""

from __future__ import annotations

import asyncio
from uuid import UUID

import structlog
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from presswork.agent.desired import Memory

_KEY = "queue-states"
_log = structlog.get_logger(__name__)


class QueueState(BaseModel):
    """One queue. The default is that of a queue nobody touched."""

    model_config = ConfigDict(frozen=True)

    paused: bool = False
    """Jobs are taken; nothing is delivered."""
    disabled: bool = False
    """No jobs are taken over IPP."""
    message: str = ""
    """``printer-message-from-operator``."""
    holds_new: bool = False
    """New jobs wait until an operator lets them go."""
    shut_down: bool = False
    """It answers nothing; with it, it is paused and disabled."""
    purged_through: int = 0
    """Jobs up to this ``job-id`` are no longer shown over IPP."""


_UNTOUCHED = QueueState()
_STATES: TypeAdapter[dict[UUID, QueueState]] = TypeAdapter(dict[UUID, QueueState])


class QueueStates:
    """The state of every queue, in memory and durable."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._states: dict[UUID, QueueState] = {}
        self._changed = asyncio.Event()
        self._lock = asyncio.Lock()
        self.generation = 0
        """Counts the changes since the start; see ``changed``."""

    async def load(self) -> None:
        """Take up what was said before the restart. What cannot be read is forgotten."""
        text = await self._memory.recall(_KEY)
        if text is None:
            return
        try:
            self._states = _STATES.validate_json(text)
        except ValidationError:
            _log.warning("What was paused before the restart cannot be read; nothing is paused now.")

    def of(self, queue_id: UUID) -> QueueState:
        """The state of a queue."""
        return self._states.get(queue_id, _UNTOUCHED)

    async def change(self, queue_id: UUID, **fields: bool | str | int) -> None:
        """Another value for some fields of ``QueueState``: durable first, then in force."""
        async with self._lock:
            states = {**self._states, queue_id: self.of(queue_id).model_copy(update=fields)}
            await self._memory.remember(_KEY, _STATES.dump_json(states).decode())
            self._states = states
        self.generation += 1
        woken, self._changed = self._changed, asyncio.Event()
        woken.set()

    async def changed(self, seen: int) -> int:
        """Wait until there is a newer state than generation ``seen``; returns its generation."""
        while self.generation == seen:
            await self._changed.wait()
        return self.generation
