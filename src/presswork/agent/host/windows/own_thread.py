"""Blocking calls on a thread of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import BoundedSemaphore, Thread
from typing import TypeVar

_T = TypeVar("_T")


class NoRoom(Exception):
    """As many threads as there may be wait for calls that do not come back."""


class OwnThread:
    """One call after the other. The thread is used for nothing else, then or later: it may have become another user.

    A call that hangs holds up nobody, not even the end of the program; its thread keeps its place in ``room`` until it ends.
    """

    def __init__(self, room: BoundedSemaphore) -> None:
        """Raises ``NoRoom``."""
        if not room.acquire(blocking=False):
            raise NoRoom
        self._room = room
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        try:
            Thread(target=self._run, name="spooler", daemon=True).start()
        except RuntimeError:  # the system has none left
            room.release()
            raise NoRoom from None

    async def call(self, function: Callable[[], _T], seconds: float) -> _T:
        """What it returns or raises; ``TimeoutError`` after so long, and it goes on by itself."""
        future: Future[_T] = Future()

        def work() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = function()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

        self._calls.put(work)
        async with asyncio.timeout(seconds):
            return await asyncio.wrap_future(future)

    def end(self, last: Callable[[], None]) -> None:
        """No more calls: ``last``, which raises nothing, when those that were begun are over. Nobody waits for it."""
        self._calls.put(last)
        self._calls.put(None)

    def _run(self) -> None:
        try:
            while (work := self._calls.get()) is not None:
                work()
        finally:
            self._room.release()
