"""Parts the agent can do without: one that fails is started again and takes nothing else down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from presswork.core.backoff import Backoff
from presswork.core.clock import Randomness

_log = structlog.get_logger(__name__)


async def kept_running(part: str, run: Callable[[], Awaitable[None]], randomness: Randomness) -> None:
    """Run it until cancelled. The same failure again is not logged again."""
    backoff = Backoff(randomness)
    said = ""
    while True:
        try:
            await run()
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
            if failure != said:
                _log.exception("A part of the agent failed; it is started again, the rest goes on.", part=part)
            said = failure
        await asyncio.sleep(backoff.failed())
