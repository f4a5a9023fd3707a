"""Parts that are started again."""

from __future__ import annotations

import asyncio

import pytest
from structlog.testing import capture_logs

from presswork.agent.supervision import kept_running
from presswork.core.backoff import Backoff
from presswork.core.errors import Unavailable


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


async def test_what_fails_again_and_again_is_counted() -> None:
    started = 0
    over = asyncio.Event()

    async def part() -> None:
        nonlocal started
        started += 1
        if started > 10:
            over.set()
            await asyncio.Event().wait()
        raise RuntimeError("always the same")

    class AtOnce(Backoff):
        def failed(self) -> float:
            return 0

    with capture_logs() as said:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            task = group.create_task(kept_running("link", part, at_once, backoff=AtOnce(at_once)))
            await over.wait()
            task.cancel()
    assert [entry.get("times") for entry in said] == [None, 10]
    assert said[1]["failure"] == "RuntimeError: always the same"


async def test_failures_are_told_apart_inside_their_groups() -> None:
    failures = iter((ValueError("one"), ValueError("two")))
    over = asyncio.Event()

    async def fails(error: Exception) -> None:
        raise error

    async def part() -> None:
        failure = next(failures, None)
        if failure is None:
            over.set()
            await asyncio.Event().wait()
        else:
            async with asyncio.TaskGroup() as group:
                group.create_task(fails(failure))

    with capture_logs() as said:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            task = group.create_task(kept_running("delivery", part, at_once))
            await over.wait()
            task.cancel()
    assert len(said) == 2


async def test_a_fault_is_no_mistake() -> None:
    over = asyncio.Event()

    async def part() -> None:
        if over.is_set():
            await asyncio.Event().wait()
        over.set()
        raise ExceptionGroup("of tasks", [Unavailable("The disk does not answer.")])

    with capture_logs() as said:
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            task = group.create_task(kept_running("link", part, at_once))
            await over.wait()
            await asyncio.sleep(0)
            task.cancel()
    assert [(entry["log_level"], entry["reason"], "exc_info" in entry) for entry in said] == [
        ("warning", "Unavailable: The disk does not answer.", False)
    ]
