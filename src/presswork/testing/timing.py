"""The unit of time in tests, so that a slow machine is one number."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Callable

MS = 0.001 * float(os.environ.get("PRESSWORK_TIME_FACTOR", "1"))
"""One millisecond, in seconds, times ``PRESSWORK_TIME_FACTOR``."""


async def eventually(holds: Callable[[], bool], deadline: float = 5000 * MS) -> None:
    """Wait until it holds; ``TimeoutError`` after ``deadline`` seconds."""
    async with asyncio.timeout(deadline):
        for _ in itertools.count():
            if holds():
                return
            await asyncio.sleep(2 * MS)
