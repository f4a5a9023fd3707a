"""Which way a printer's URI scheme is."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count

from presswork.agent.delivery.connections import Connections
from presswork.agent.delivery.counter import Counters
from presswork.agent.delivery.deadlines import Deadlines
from presswork.agent.delivery.ipp import IppWay
from presswork.agent.delivery.lpd import LpdWay, Sender
from presswork.agent.delivery.one_by_one import InTurn, OneByOne
from presswork.agent.delivery.pins import Memory, Pins
from presswork.agent.delivery.pjl_known import PjlKnown
from presswork.agent.delivery.socket import SocketWay
from presswork.agent.delivery.strongest import Strongest
from presswork.agent.delivery.tally import Tally
from presswork.agent.delivery.way import Way
from presswork.core.clock import Clock
from presswork.protocols.control.words import PrinterReport, PrinterSpec


@dataclass(frozen=True, slots=True)
class Ways:
    """Makes the way to a printer."""

    memory: Memory
    learned: Callable[[PrinterReport], None]
    counters: Counters
    clock: Clock
    deadlines: Deadlines
    connections: Connections = field(default_factory=Connections)
    """What is kept open while a printer says how it gets on."""
    one_by_one: OneByOne = field(default_factory=OneByOne)
    """Whose turn it is where a printer takes one connection."""
    _numbers: count[int] = field(default_factory=count)

    def beside(self) -> Ways:
        """For jobs of others: the same printers in turn with these, and connections of their own."""
        return replace(self, connections=Connections())

    def to(self, spec: PrinterSpec, account: str, connect: float | None = None) -> Way:
        """The way for a job of that account: by the strongest of the printer's addresses that answers.

        ``connect``: so many seconds for a connection, where that is less than the deadline.
        """
        ways = self
        if connect is not None and connect < self.deadlines.connect:
            ways = replace(self, deadlines=replace(self.deadlines, connect=connect))
        return Strongest(tuple((uri, partial(ways._one, _at(spec, uri), account)) for uri in addresses(spec)))

    def asking(self, spec: PrinterSpec, account: str) -> IppWay | None:
        """The way by which the printer can be asked about a job it has; None where it has no such address."""
        uri = next((uri for uri in addresses(spec) if uri.startswith(("ipps:", "ipp:"))), None)
        way = None if uri is None else self._one(spec.model_copy(update={"device_uri": uri}), account)
        return way if isinstance(way, IppWay) else None

    def _one(self, spec: PrinterSpec, account: str) -> Way:
        """Raises ``Invalid`` for an address that cannot be right."""
        match spec.device_uri.partition(":")[0]:
            case "socket":
                known = PjlKnown(self.memory, spec, self.clock)
                return self._in_turn(spec, SocketWay(spec, known, self._tally(spec), self.connections, self.deadlines))
            case "lpd":
                sender = Sender(socket.gethostname(), account, next(self._numbers))
                return self._in_turn(spec, LpdWay(spec, sender, self._tally(spec), self.deadlines))
            case _:
                pins = Pins(self.memory)
                return IppWay(
                    spec, account, pins=pins, learned=self.learned, clock=self.clock, deadlines=self.deadlines
                )

    def _in_turn(self, spec: PrinterSpec, way: Way) -> Way:
        return InTurn(way, partial(self.one_by_one.turn, spec.printer_id, self.deadlines.turn))

    def _tally(self, spec: PrinterSpec) -> Tally:
        return Tally(self.counters(spec), self.deadlines, self.clock)


def addresses(spec: PrinterSpec) -> tuple[str, ...]:
    """Those a computer can send to by itself, strongest first: a queue of another computer is none."""
    return tuple(uri for uri in spec.ways or (spec.device_uri,) if not uri.startswith("redirector:"))


def _at(spec: PrinterSpec, device_uri: str) -> PrinterSpec:
    return spec if spec.device_uri == device_uri else spec.model_copy(update={"device_uri": device_uri})
