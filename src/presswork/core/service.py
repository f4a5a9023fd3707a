"""What a program that serves does first: room for many connections, and a log of what its loop has to say."""

from __future__ import annotations

import asyncio
import errno
import sys
from typing import Any

import structlog

if sys.platform != "win32":
    import resource

_DESCRIPTORS = 65_536
_SAY_AGAIN = 60.0
"""Seconds in which it is said once that there are no descriptors left."""
_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_log = structlog.get_logger(__name__)


def use_all_descriptors() -> None:
    """Raise the soft limit of open files, often 1024, to the hard one: a crowd of connections is not to stop the rest."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class LoopLog:
    """What the event loop complains of, as lines of the log. That connections cannot be taken is no mistake of ours."""

    def __init__(self) -> None:
        self._exhausted_at: float | None = None

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """See ``loop.set_exception_handler``."""
        error = context.get("exception")
        if isinstance(error, OSError) and error.errno in _EXHAUSTED:
            if self._exhausted_at is None or loop.time() - self._exhausted_at > _SAY_AGAIN:
                self._exhausted_at = loop.time()
                _log.error("No connection can be taken now: this computer has no room for more.", reason=error.strerror)
            return
        _log.error("Something failed that nobody waited for.", what=context.get("message"), exc_info=error)
