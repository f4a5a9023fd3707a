"""An IPP Printer over the simulator's store, asked in process: every operation without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from uuid import UUID

from presswork.core.clock import system_randomness
from presswork.printer.description import PrinterDescription
from presswork.printer.events import Subscriptions
from presswork.printer.job import Requester
from presswork.printer.printer import Printer
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Tag
from presswork.simulator.device import SimulatedDevice
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.output import Output
from presswork.simulator.store import MemoryStore
from presswork.testing.clock import StandingClock

URI = "ipp://printer.test:631/ipp/print"
DESCRIPTION = PrinterDescription(
    name="office",
    uuid=UUID("0190163d-8694-7d4e-b9f7-4f9a3d2c1b00"),
    uris=(URI, "ipps://printer.test:631/ipp/print"),
    more_info="http://printer.test/",
    identify_actions=("display", "sound"),
)
ANYBODY = Requester(None, may_name_owner=True)
"""A channel that believes ``requesting-user-name``."""


async def pieces(document: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """A document as it arrives."""
    for start in range(0, len(document), size):
        yield document[start : start + size]


@dataclass
class OfficePrinter:
    """The printer and what stands behind it. Nothing prints: jobs stay pending."""

    description: PrinterDescription = DESCRIPTION
    clock: StandingClock = field(default_factory=StandingClock)
    identified: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    whole: bool = False
    """With a device that operators rule, and subscriptions: IPP/2.1."""

    def __post_init__(self) -> None:
        bell = Bell()
        self.store = MemoryStore(self.clock, system_randomness, bell, Faults(bell))
        self.output = Output()
        self.device = SimulatedDevice(self.store, self.output, bell, self._describe)
        self.printer = Printer(
            self.description,
            self.store,
            self.clock,
            identify=self._identify,
            device=self.device if self.whole else None,
            events=Subscriptions(self.clock) if self.whole else None,
        )
        self.store.changed = self.printer.job_changed

    async def ask(self, message: Message, document: bytes = b"", requester: Requester = ANYBODY) -> Message:
        """Any message, as it is."""
        return await self.printer.handle(message, pieces(document), requester)

    async def call(
        self,
        operation: Operation,
        *attributes: Attribute,
        ticket: tuple[Attribute, ...] = (),
        groups: tuple[Group, ...] = (),
        document: bytes = b"",
        user: str = "alice",
        requester: Requester = ANYBODY,
    ) -> Message:
        """A well-formed request."""
        groups = (Group(Tag.JOB, ticket),) if ticket else groups
        return await self.ask(request(operation, 7, URI, user, attributes, groups=groups), document, requester)

    def _describe(self, texts: dict[str, str]) -> None:
        self.printer.description = replace(self.printer.description, **texts)  # type: ignore[arg-type]

    async def _identify(self, actions: tuple[str, ...], message: str) -> None:
        self.identified.append((actions, message))
