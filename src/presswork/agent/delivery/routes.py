"""What lies around the ways: by which route a job goes, of this computer alone or through others (``agent/route``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from presswork.agent.delivery.way import Delivered, Errand, Watched, Way
from presswork.agent.spool.job import Job
from presswork.core.errors import PrinterUnreachable
from presswork.protocols.control.route_words import Without
from presswork.protocols.control.words import PrinterSpec

Direct = Callable[[float | None], Way]
"""The way from this computer to the printer; with so many seconds, at most, until an address takes the connection."""


class NoRoute(PrinterUnreachable):
    """Nobody brought the job to its printer; nothing was accepted. ``without`` says why, for each route."""

    def __init__(self, without: tuple[Without, ...]) -> None:
        super().__init__("The printer is reached neither directly nor through another computer.")
        self.without = without


class Routes(Protocol):
    """Brings jobs to printers by one of several routes."""

    async def deliver(self, errand: Errand, spec: PrinterSpec, direct: Direct) -> Delivered:
        """As ``Way.deliver``. Raises ``NoRoute`` in the place of ``PrinterUnreachable``."""
        ...

    async def take_up(self, job: Job) -> Watched | None:
        """After a restart: the watch over a job past its mark that another computer has; None where none has it."""
        ...

    async def cancel(self, job: Job) -> bool:
        """Have another computer give the job up. False where none has it. Raises ``NotPossible``, ``Unavailable``."""
        ...


class Alone:
    """This computer sends everything itself."""

    async def deliver(self, errand: Errand, spec: PrinterSpec, direct: Direct) -> Delivered:
        """See ``Routes``."""
        del spec
        return await direct(None).deliver(errand)

    async def take_up(self, job: Job) -> Watched | None:
        """See ``Routes``."""
        del job
        return None

    async def cancel(self, job: Job) -> bool:
        """See ``Routes``."""
        del job
        return False
