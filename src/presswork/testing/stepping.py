"""Breaks work off at its n-th step. A step is what a task does between two awaits; every task of the process is counted.

    steps = Steps(wish["step"], strike)
    asyncio.get_running_loop().set_task_factory(steps.task)
    steps.armed = True

Each attempt wants a process of its own: ``forked`` makes one from a process that has everything imported. That one is a
program beside the test, its ``driver``.
"""

from __future__ import annotations

import asyncio
import errno
import json
import os
import shutil
import sys
import traceback
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from presswork.core.logging import configure_logging
from presswork.testing.timing import MS

Mode = Literal["killed", "cancelled", "failed"]
SURVIVED, BROKEN_OFF, MISTAKE = 0, 42, 99
STRIDE = int(os.environ.get("PRESSWORK_STRIDE", "3"))
"""Every which step is tried, where all of them would take long; 1 for all."""


class Steps:
    """Counts, and does what is to be done at the step that was chosen."""

    def __init__(self, step: int, strike: Callable[[Stepped], None]) -> None:
        self.left = step
        self.strike = strike
        self.armed = False

    @classmethod
    def of(cls, step: int, mode: Mode, main: asyncio.Task[Any], struck: Callable[[], None] = lambda: None) -> Steps:
        """At that step the process is killed, ``main`` is cancelled, or the task fails with ``OSError``."""

        def strike(stepped: Stepped) -> None:
            struck()
            match mode:
                case "killed":
                    os._exit(BROKEN_OFF)
                case "cancelled":
                    main.cancel()
                case "failed":
                    stepped.failure = OSError(errno.EIO, "made to fail")

        return cls(step, strike)

    def task(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any], **rest: Any) -> asyncio.Task[Any]:
        """For ``set_task_factory``."""
        return asyncio.Task(Stepped(work, self), loop=loop, **rest)


class Stepped(Coroutine[Any, Any, Any]):
    """A coroutine whose steps are counted."""

    def __init__(self, work: Coroutine[Any, Any, Any], steps: Steps) -> None:
        self.work = work
        self.steps = steps
        self.failure: BaseException | None = None

    def send(self, value: Any) -> Any:
        """One step."""
        self._count()
        if self.failure is not None:
            failure, self.failure = self.failure, None
            return self.work.throw(failure)
        return self.work.send(value)

    def throw(self, *error: Any) -> Any:
        """One step, too."""
        self._count()
        return self.work.throw(*error)

    def close(self) -> None:
        """See ``Coroutine``."""
        self.work.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self.work.__await__()

    def _count(self) -> None:
        if self.steps.armed:
            self.steps.left -= 1
            if not self.steps.left:
                self.steps.strike(self)


def forked(work: Callable[[], int]) -> int:
    """The id of a process of its own that does ``work`` and ends with its status."""
    child = os.fork()
    if child == 0:
        status = MISTAKE
        try:
            status = work()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return child


def status_of(child: int) -> int:
    """Wait for it to end: its status, or the negative number of the signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def broken_off(
    attempt: Callable[[], Coroutine[Any, Any, int]], recover: Callable[[], Coroutine[Any, Any, dict[str, Any]]]
) -> dict[str, Any]:
    """The story of an attempt in a process of its own, and of what another one finds and does after it.

    ``attempt`` gives ``SURVIVED`` or ``BROKEN_OFF``; ``recover`` what is to be told besides.
    """
    status = status_of(forked(lambda: asyncio.run(attempt())))
    reading, writing = os.pipe()

    def say() -> int:
        os.close(reading)
        os.write(writing, json.dumps(asyncio.run(recover())).encode())
        return SURVIVED

    recovered = status_of(forked(say))
    os.close(writing)
    with os.fdopen(reading) as said:
        text = said.read()
    story = json.loads(text) if text else {}
    return {"survived": status == SURVIVED, "mistake": MISTAKE in (status, recovered), **story}


def answer_wishes(answer: Callable[[Any], dict[str, Any]]) -> None:
    """What a driver's program does: a story for each wish, until there are no more."""
    configure_logging()  # to standard error
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


class Driver:
    """A program that makes one attempt for each line of its input, a wish, and answers a line, the story: both JSON."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def attempt(self, directory: Path, **wish: Any) -> dict[str, Any]:
        """What came of an attempt in that directory, which is gone afterwards."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps({"directory": str(directory), **wish}).encode() + b"\n")
        async with asyncio.timeout(120_000 * MS):
            story: dict[str, Any] = json.loads(await self._process.stdout.readline())
        await asyncio.to_thread(shutil.rmtree, directory)
        return story


@asynccontextmanager
async def driver(program: Path) -> AsyncIterator[Driver]:
    """The program as long as the block lasts."""
    process = await asyncio.create_subprocess_exec(sys.executable, program, stdin=PIPE, stdout=PIPE)
    try:
        yield Driver(process)
        assert process.stdin
        process.stdin.close()
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
