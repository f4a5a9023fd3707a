"""The computer's default destination: the queue the server wishes here, unless a person chose another.

Only a default that the agent itself set is ever replaced. A queue of ours that a person made the default, and that went
with the network it is for, is the default again when it comes back.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import structlog
from pydantic import BaseModel, ConfigDict, ValidationError

from presswork.agent.desired import Desired
from presswork.agent.host.host import Spooler

_KEY = "default-queue"
_log = structlog.get_logger(__name__)


class Remembered(BaseModel):
    """What is known of the default's past; names as the printing system has them."""

    model_config = ConfigDict(frozen=True)

    ours: str = ""
    """What the agent set last; empty: the default is a person's matter."""
    persons: str = ""
    """What a person chose last."""


NOTHING = Remembered()


class Step(NamedTuple):
    """What to do about the default."""

    then: str | None
    """The default to be set; None: it stays."""
    remembered: Remembered


def next_step(current: str | None, wished: str | None, there: Collection[str], remembered: Remembered) -> Step:
    """``current``: the printing system's default now; ``there``: our queues in it."""
    if current is not None and not _same(current, remembered.ours):
        return Step(None, Remembered(persons=current))
    back = next((name for name in there if _same(name, remembered.persons)), None)
    if back is not None:
        return Step(back, Remembered(persons=back))
    target = next((name for name in there if wished is not None and _same(name, wished)), None)
    if target is None or (current is not None and _same(current, target)):
        return Step(None, remembered)
    return Step(target, Remembered(ours=target, persons=remembered.persons))


class DefaultQueue:
    """Keeps the default, and what is remembered of it, durable."""

    def __init__(self, spooler: Spooler, desired: Desired) -> None:
        self._spooler = spooler
        self._desired = desired
        self._remembered: Remembered | None = None

    async def keep(self) -> None:
        """One look. Raises as ``Spooler``."""
        remembered = await self._recall()
        there = [queue.name for queue in self._desired.state.queues]
        wished = self._desired.state.default_queue
        step = next_step(await self._spooler.default_queue(), wished, there, remembered)
        if step.remembered != remembered:
            # Before it is set: a default that is not remembered as ours would be taken for a person's for ever.
            await self._desired.memory.remember(_KEY, step.remembered.model_dump_json())
            self._remembered = step.remembered
        if step.then is not None:
            await self._spooler.set_default_queue(step.then)

    async def _recall(self) -> Remembered:
        if self._remembered is None:
            text = await self._desired.memory.recall(_KEY)
            try:
                self._remembered = NOTHING if text is None else Remembered.model_validate_json(text)
            except ValidationError:
                _log.warning("What was remembered of the default queue cannot be read; it is left as it is.")
                self._remembered = NOTHING
        return self._remembered


def _same(one: str, other: str) -> bool:
    """The printing system knows no difference between capital and small letters in names."""
    return one.lower() == other.lower()
