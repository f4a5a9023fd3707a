"""Which way a printer's URI scheme is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.ipp import IppWay
from presswork.agent.delivery.pins import Pins
from presswork.agent.delivery.socket import SocketWay
from presswork.agent.delivery.way import Way
from presswork.core.clock import Clock
from presswork.protocols.control.words import PrinterReport, PrinterSpec


@dataclass(frozen=True, slots=True)
class Ways:
    """Makes the way to a printer."""

    pins: Pins
    learned: Callable[[PrinterReport], None]
    clock: Clock
    deadlines: Deadlines

    def to(self, spec: PrinterSpec, account: str) -> Way:
        """The way for a job of that account. Raises ``Invalid`` for an address that cannot be right."""
        if spec.device_uri.startswith("socket:"):
            return SocketWay(spec, self.deadlines)
        return IppWay(spec, account, pins=self.pins, learned=self.learned, clock=self.clock, deadlines=self.deadlines)
