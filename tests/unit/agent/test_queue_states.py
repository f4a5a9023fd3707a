from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from presswork.agent.queue_states import QueueState, QueueStates

QUEUE = UUID(int=7)


class Kept:
    """Facts that stay."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}

    async def remember(self, key: str, value: str) -> None:
        self.facts[key] = value

    async def recall(self, key: str) -> str | None:
        return self.facts.get(key)


async def test_what_was_said_outlives_a_restart() -> None:
    kept = Kept()
    states = QueueStates(kept)
    await asyncio.gather(
        states.change(QUEUE, paused=True),
        states.change(QUEUE, message="No toner."),
        states.change(UUID(int=8), purged_through=5),
    )
    again = QueueStates(kept)
    assert again.of(QUEUE) == QueueState()
    await again.load()
    assert again.of(QUEUE) == states.of(QUEUE) == QueueState(paused=True, message="No toner.")
    assert again.of(UUID(int=8)) == QueueState(purged_through=5)


@pytest.mark.parametrize("text", [None, "", "{}", "[1]", '{"x": {}}'])
async def test_what_cannot_be_read_pauses_nothing(text: str | None) -> None:
    kept = Kept()
    if text is not None:
        await kept.remember("queue-states", text)
    states = QueueStates(kept)
    await states.load()
    assert states.of(QUEUE) == QueueState()


async def test_who_waits_hears_of_a_change() -> None:
    states = QueueStates(Kept())
    waiting = asyncio.create_task(states.changed(states.generation))
    await asyncio.sleep(0)
    await states.change(QUEUE, disabled=True)
    assert await waiting == states.generation
