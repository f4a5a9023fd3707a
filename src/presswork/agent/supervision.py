"""Parts that are started again when they fail, so that a mistake in one takes nothing else down.

What the agent cannot do without (the spool, the two ports) is not kept here: without it the agent ends, and whoever
started it starts it again, with the ports held meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator

import structlog

from presswork.core.backoff import Backoff
from presswork.core.clock import Randomness
from presswork.core.errors import Fault

_log = structlog.get_logger(__name__)
_LIVED_WELL = 300.0
"""Seconds after which a failure is the first again."""
_MOST_FAILURES = 100
"""Different ones that are told apart."""


async def kept_running(
    part: str, run: Callable[[], Awaitable[None]], randomness: Randomness, *, backoff: Backoff | None = None
) -> None:
    """Run it until cancelled; after a failure again, each time a little later.

    A failure is logged when it comes first, with its traceback unless it is a fault, which is no mistake of ours; that it
    goes on, with the 10th, the 100th, … time.
    """
    backoff = backoff or Backoff(randomness)
    failures: Counter[str] = Counter()
    now = asyncio.get_running_loop().time
    while True:
        begun = now()
        try:
            await run()
        except Exception as error:
            _tell(part, error, failures)
        if now() - begun > _LIVED_WELL:
            backoff.succeeded()
        await asyncio.sleep(backoff.failed())


def _tell(part: str, error: Exception, failures: Counter[str]) -> None:
    causes = tuple(_causes(error))
    kind = ", ".join(sorted({f"{type(one).__name__}: {one}" for one in causes}))
    if len(failures) >= _MOST_FAILURES:
        failures.clear()
    failures[kind] += 1
    times = failures[kind]
    if times == 1 and all(isinstance(one, Fault) for one in causes):
        _log.warning("A part of the agent cannot go on now; it is started again.", part=part, reason=kind)
    elif times == 1:
        _log.error("A part of the agent failed; it is started again, the rest goes on.", part=part, exc_info=error)
    elif times >= 10 and str(times).strip("0") == "1":
        _log.error("A part of the agent fails again and again.", part=part, failure=kind, times=times)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What failed, out of the groups around it: those all look alike."""
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _causes(one)
    else:
        yield error
