"""What can be wrong with the simulated printer. Set an attribute; everybody who waits notices."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any


class Bell:
    """Wakes all who wait, whenever something changes."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def ring(self) -> None:
        """Something changed: look again."""
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def wait(self, seconds: float | None = None) -> None:
        """Until the next ring, or for so many seconds."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await future
        finally:
            self._waiting.discard(future)


class Faults:
    """Switches, all off at first. ``slow`` is seconds a page takes more."""

    paper_out: bool
    """``media-empty``: it stops, and goes on when there is paper."""
    jam: bool
    """``media-jam``: it stops until the paper is taken out."""
    offline: bool
    """Connections are refused."""
    hang: bool
    """It takes the beginning of a document, then nothing more, and does not answer."""
    lies: bool
    """It says a job is completed, and nothing came out."""
    slow: float

    def __init__(self, bell: Bell) -> None:
        object.__setattr__(self, "_bell", bell)
        self.__dict__.update(paper_out=False, jam=False, offline=False, hang=False, lies=False, slow=0.0)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in self.__dict__:
            msg = f"there is no fault called {name}"
            raise AttributeError(msg)
        self.__dict__[name] = value
        self.__dict__["_bell"].ring()

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why the printer cannot print now: ``printer-state-reasons`` (RFC 8011 §5.4.12); empty when it can."""
        reasons = []
        if self.paper_out:
            reasons.append("media-empty-error")
        if self.jam:
            reasons.append("media-jam-error")
        return tuple(reasons)
