"""Breaks work off at its n-th step. A step is what a task does between two awaits; every task of the process is counted.

    steps = Steps(wish["step"], strike)
    asyncio.get_running_loop().set_task_factory(steps.task)
    steps.armed = True

Each attempt wants a process of its own: ``forked`` makes one from a process that has everything imported.
"""

from __future__ import annotations

import asyncio
import errno
import os
import traceback
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Literal

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
