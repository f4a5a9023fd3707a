"""Parts that are started again."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from presswork.agent.supervision import kept_running


def at_once(count: int) -> bytes:
    return bytes(count)


async def test_a_part_that_fails_is_started_again_and_said_once() -> None:
    started = 0
    fourth = asyncio.Event()

    async def part() -> None:
        nonlocal started
        started += 1
        if started == 3:
            fourth.set()
            await asyncio.Event().wait()
        raise RuntimeError("always the same")

    with capture_logs() as said:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            task = group.create_task(kept_running("link", part, at_once))
            await fourth.wait()
            task.cancel()
    assert started == 3
    assert [(entry["log_level"], entry["part"]) for entry in said] == [("error", "link")]


async def test_another_failure_is_said_too() -> None:
    failures = iter((RuntimeError("one"), ValueError("two")))
    over = asyncio.Event()

    async def part() -> None:
        failure = next(failures, None)
        if failure is None:
            over.set()
            await asyncio.Event().wait()
        else:
            raise failure

    with capture_logs() as said:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            task = group.create_task(kept_running("link", part, at_once))
            await over.wait()
            task.cancel()
    assert len(said) == 2


async def test_cancelling_is_no_failure() -> None:
    async def part() -> None:
        await asyncio.Event().wait()

    task = asyncio.ensure_future(kept_running("link", part, at_once))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
