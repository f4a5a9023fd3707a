"""One simulated printer: what it is, its jobs, its faults, its output. ``serve.py`` lets it listen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from presswork.core.clock import Clock, Randomness
from presswork.documents.inspect import FORMATS, POSTSCRIPT
from presswork.documents.sandbox import Sandbox
from presswork.printer.description import PrinterDescription
from presswork.printer.events import Subscriptions
from presswork.printer.model import PrinterStateValue
from presswork.printer.printer import Printer
from presswork.simulator.device import SimulatedDevice
from presswork.simulator.engine import Engine
from presswork.simulator.faults import Bell, Faults
from presswork.simulator.output import Output
from presswork.simulator.printer_mib import MibState, Variables, variables
from presswork.simulator.store import MemoryStore

PATH = "/ipp/print"


@dataclass(frozen=True, slots=True)
class Listen:
    """Where it listens; port 0 lets the operating system choose. The page is for this computer only."""

    address: str = "127.0.0.1"
    port: int = 0
    raw_port: int = 0
    page_port: int = 0
    tls: bool = False
    lpd_port: int | None = None
    """For LPR; None: it has no line printer daemon."""
    pjl: bool = False
    """Whether it speaks PJL on its RAW port."""
    snmp_port: int | None = None
    """For SNMP v1 and v2c with the community ``public``; None: it does not answer."""


class Simulator:
    """A printer. ``faults`` may be set at any time; ``output`` is what came out."""

    def __init__(self, name: str, listen: Listen, clock: Clock, randomness: Randomness, page_seconds: float) -> None:
        self.name = name
        self.listen = listen
        self.clock = clock
        self.bell = Bell()
        self.faults = Faults(self.bell)
        self.output = Output()
        self.sandbox = Sandbox()
        """Where its documents are read, as long as it runs."""
        self.store = MemoryStore(clock, randomness, self.bell, self.faults)
        self.token = randomness(16).hex()
        """What the forms of its page carry, so that no other page can send them."""
        self.certificate_sha256: str | None = None
        """Of its certificate, where it speaks IPPS."""
        self.identified = ""
        """What Identify-Printer asked to show last."""
        self.device = SimulatedDevice(self.store, self.output, self.bell, self._say)
        self._said: dict[str, str] = {"location": "On this computer"}
        self.printer = Printer(
            self._description(),
            self.store,
            clock,
            identify=self._identify,
            device=self.device,
            events=Subscriptions(clock),
        )
        self.store.changed = self.printer.job_changed
        self.engine = Engine(
            store=self.store,
            printer=self.printer,
            faults=self.faults,
            bell=self.bell,
            output=self.output,
            device=self.device,
            sandbox=self.sandbox,
            clock=clock,
            page_seconds=page_seconds,
        )
        self.ipp_online = asyncio.Event()
        self.raw_online = asyncio.Event()
        self.lpd_online = asyncio.Event()
        self.page_online = asyncio.Event()
        self.snmp_online = asyncio.Event()
        self._mib: tuple[MibState, Variables] | None = None

    @property
    def uri(self) -> str:
        """Its IPP address."""
        scheme = "ipps" if self.listen.tls else "ipp"
        return f"{scheme}://{self.listen.address}:{self.listen.port}{PATH}"

    @property
    def raw_uri(self) -> str:
        """Its RAW address."""
        return f"socket://{self.listen.address}:{self.listen.raw_port}"

    @property
    def lpd_uri(self) -> str:
        """Its LPR address."""
        return f"lpd://{self.listen.address}:{self.listen.lpd_port}/print"

    @property
    def page_url(self) -> str:
        """Its page."""
        return f"http://127.0.0.1:{self.listen.page_port}/"

    async def started(self) -> None:
        """Until everything listens."""
        for event in (self.page_online, *self._online):
            await event.wait()

    async def switch(self, **faults: Any) -> None:
        """Set faults; with ``offline`` it returns when connections are refused, or taken again."""
        for name, value in faults.items():
            setattr(self.faults, name, value)
        while any(self.faults.offline == online.is_set() for online in self._online):
            await self.bell.wait(1)

    @property
    def _online(self) -> tuple[asyncio.Event, ...]:
        lpd = () if self.listen.lpd_port is None else (self.lpd_online,)
        snmp = () if self.listen.snmp_port is None else (self.snmp_online,)
        return (self.ipp_online, self.raw_online, *lpd, *snmp)

    def mib(self) -> Variables:
        """What it says of itself by SNMP now: the same object as long as nothing changed."""
        reasons = self.printer.state.printer_state_reasons
        state = MibState(
            name=self.name,
            model="Simulated Printer",
            serial_number=self.printer.description.uuid.hex[:12].upper(),
            mac=b"\x02" + self.printer.description.uuid.bytes[:5],
            printing=self.printer.state.printer_state == PrinterStateValue.PROCESSING,
            paper_out="media-empty-error" in reasons,
            jam="media-jam-error" in reasons,
            pjl=self.listen.pjl,
            impressions=self.output.impressions + self._being_printed(),
        )
        if self._mib is None or self._mib[0] != state:
            self._mib = state, variables(state)
        return self._mib[1]

    def _being_printed(self) -> int:
        jobs = (entry.job for entry in self.store.entries.values())
        return sum(job.job_impressions_completed for job in jobs if not job.job_state.terminated)

    def describe(self) -> None:
        """Tell the Printer its addresses anew."""
        self.printer.description = self._description()

    async def _identify(self, actions: tuple[str, ...], message: str) -> None:
        self.identified = message or "Here I am."

    def _say(self, texts: dict[str, str]) -> None:
        self._said |= texts
        self.describe()

    def _description(self) -> PrinterDescription:
        described = PrinterDescription(
            name=self.name,
            uuid=uuid5(NAMESPACE_URL, f"{self.name} {self.uri}"),
            uris=(self.uri,),
            more_info=self.page_url,
            model="Simulated Printer",
            document_formats=(*FORMATS, POSTSCRIPT),
            number_up=(1, 2, 4),
            job_sheets=("none", "standard"),
            icons=(f"{self.page_url}icon.png",),
            identify_actions=("display",),
        )
        return replace(described, **self._said)  # type: ignore[arg-type]
