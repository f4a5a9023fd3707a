"""Where legacy systems reach this computer: the ports that its duties name, while they name them."""

from __future__ import annotations

import asyncio
import socket
from functools import partial
from typing import Any

from presswork.agent.intake import Intake
from presswork.agent.intake.front import read_icon
from presswork.agent.intake.printers import Printers
from presswork.agent.listeners import open_on_lan
from presswork.agent.queue_states import QueueStates
from presswork.agent.redirector import lpd, raw
from presswork.agent.redirector.inward import Inward, allows, follow_owners
from presswork.agent.redirector.ipp import OFFER, InwardStore, Senders, lan_front
from presswork.agent.redirector.streams import CONNECTIONS, Streams
from presswork.agent.spool import Spool
from presswork.agent.supervision import kept_running
from presswork.core.clock import Clock, Randomness
from presswork.core.settings import AgentSettings
from presswork.net.http_message import HttpLimits
from presswork.net.http_server import serve_http
from presswork.protocols.control.route import InwardSpec

_IPP, _LPD, _SOCKET = "ipp", "lpd", "socket"
Port = tuple[str, int]
"""Protocol and number; of IPP and LPR 0 stands for the port of the settings."""


class InwardListeners:
    """Opens and closes them as the desired state has it. One that cannot be opened keeps no other from it."""

    def __init__(
        self,
        settings: AgentSettings,
        inward: Inward,
        intake: Intake,
        spool: Spool,
        states: QueueStates,
        *,
        clock: Clock,
        randomness: Randomness,
    ) -> None:
        self._settings = settings
        self._inward = inward
        self._intake = intake
        self._spool = spool
        self._states = states
        self._clock = clock
        self._randomness = randomness
        self.open: dict[Port, int] = {}
        """What is listened on now, and the number the port really has."""

    async def run(self) -> None:
        """Until cancelled."""
        desired = self._inward.desired
        running: dict[Port, asyncio.Task[None]] = {}
        async with self._inward.kinds.sandbox, asyncio.TaskGroup() as tasks:
            look = partial(follow_owners, self._spool, desired, self._inward.owners)
            tasks.create_task(kept_running("declared owners", look, self._randomness))
            while True:
                seen = desired.generation
                wanted = self._wanted()
                for port in running.keys() - wanted:
                    running.pop(port).cancel()
                for port in wanted - running.keys():
                    serve = partial(self._serve, port)
                    name = f"inward {port[0]} {port[1] or ''}".strip()
                    running[port] = tasks.create_task(kept_running(name, serve, self._randomness))
                await desired.changed(seen)

    def _wanted(self) -> set[Port]:
        specs = self._inward.specs
        wanted = {(_SOCKET, spec.socket_port) for spec in specs if spec.socket_port is not None}
        wanted |= {(_IPP, 0) for spec in specs if spec.ipp}
        return wanted | {(_LPD, 0) for spec in specs if spec.lpd}

    async def _serve(self, port: Port) -> None:
        protocol, number = port
        ports = self._settings.ports
        number = {_IPP: ports.inward_ipp, _LPD: ports.inward_lpd}.get(protocol, number)
        with open_on_lan(number) as listening:
            self.open[port] = listening[0].getsockname()[1]
            try:
                match protocol:
                    case "ipp":
                        await self._serve_ipp(listening)
                    case "lpd":
                        await Streams(self._may_come_by_lpd, self._lpd).serve(listening)
                    case _:
                        await Streams(partial(self._may_come_by_raw, number), partial(self._raw, number)).serve(
                            listening
                        )
            finally:
                del self.open[port]

    async def _serve_ipp(self, listening: tuple[socket.socket, ...]) -> None:
        make_store = partial(InwardStore, inward=self._inward, senders=Senders())
        port = listening[0].getsockname()[1]
        printers = Printers(
            self._inward.desired,
            self._states,
            self._clock,
            port,
            lambda queue: (self._intake.parts(queue, make_store)[0], None),
            host=socket.gethostname(),
            offer=OFFER,
        )
        handler = lan_front(self._inward, printers, await asyncio.to_thread(read_icon))
        limits = HttpLimits(connections=CONNECTIONS)
        async with asyncio.TaskGroup() as tasks:
            for listener in listening:
                tasks.create_task(self._serve_http(handler, listener, limits))

    async def _serve_http(self, handler: Any, listener: socket.socket, limits: HttpLimits) -> None:
        # a listener that closes on its own would take the other's number with it: each serves a copy
        async with serve_http(handler, listener.dup(), clock=self._clock, limits=limits):
            await asyncio.Event().wait()

    def _may_come_by_lpd(self, peername: Any) -> bool:
        return any(spec.lpd and allows(spec, peername) for spec in self._inward.specs)

    async def _lpd(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await lpd.receive(reader, writer, self._inward)
        return True

    def _may_come_by_raw(self, number: int, peername: Any) -> bool:
        spec = self._spec(number)
        return spec is not None and allows(spec, peername)

    async def _raw(self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        spec = self._spec(number)
        return spec is not None and await raw.receive(reader, self._inward, spec)

    def _spec(self, number: int) -> InwardSpec | None:
        return next((spec for spec in self._inward.specs if spec.socket_port == number), None)
