"""The IPP printers of the queues: each is made when somebody asks for it, so that a start loads none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from presswork.agent.desired import Desired
from presswork.core.clock import Clock
from presswork.printer.description import PrinterDescription
from presswork.printer.printer import Printer
from presswork.printer.store import JobStore
from presswork.protocols.control.words import QueueSpec

PATH = "/ipp/print/"


@dataclass(frozen=True, slots=True)
class _Made:
    queue: QueueSpec
    printer: Printer


class Printers:
    """Finds the Printer of a path. A queue that changed gets a new one; one that is gone is gone."""

    def __init__(self, desired: Desired, clock: Clock, port: int, store: Callable[[QueueSpec], JobStore]) -> None:
        self._desired = desired
        self._clock = clock
        self._port = port
        self._store = store
        self._made: dict[str, _Made] = {}
        self._generation = desired.generation

    def find(self, path: str) -> Printer | None:
        """The Printer whose URIs have this path."""
        name = path.removeprefix(PATH)
        if name == path:
            return None
        if self._generation != self._desired.generation:
            self._forget_removed()
        queue = self._desired.queue(name)
        if queue is None:
            return None
        made = self._made.get(name)
        if made is None or made.queue != queue:
            made = self._made[name] = _Made(queue, self._make(queue))
        return made.printer

    def _make(self, queue: QueueSpec) -> Printer:
        return Printer(description_of(queue, self._port), self._store(queue), self._clock)

    def _forget_removed(self) -> None:
        self._generation = self._desired.generation
        self._made = {name: made for name, made in self._made.items() if self._desired.queue(name) is not None}


def description_of(queue: QueueSpec, port: int) -> PrinterDescription:
    """What the queue's Printer says of itself. It offers what common printers do; the one chosen at release decides."""
    return PrinterDescription(
        name=queue.name,
        uuid=queue.queue_id,
        # The address, not a name: at ::1 somebody else might listen.
        uris=(f"ipp://127.0.0.1:{port}{PATH}{queue.name}",),
        more_info=f"http://127.0.0.1:{port}/",
        info=queue.info or queue.name,
        location=queue.location,
        make="Presswork",
        model="Queue",
    )
