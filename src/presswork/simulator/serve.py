"""Lets a simulated printer listen: IPP or IPPS, RAW, LPR, and its page. ``simulate`` is the whole of it, for tests too."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace

from presswork.core.clock import Clock, Randomness, SystemClock, system_randomness
from presswork.net.http_message import HttpLimits, HttpRequest
from presswork.net.http_server import serve_http
from presswork.printer.http import ipp_handler
from presswork.printer.job import Requester
from presswork.simulator import lpr, raw
from presswork.simulator.certificate import own_certificate
from presswork.simulator.simulator import PATH, Listen, Simulator
from presswork.simulator.snmp import serve_snmp
from presswork.simulator.web import page_handler, read_assets

Receive = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]
_IPP_LIMITS = HttpLimits(stop_seconds=0.2, body_seconds=300)
_PAGE_LIMITS = HttpLimits(connections=64, stop_seconds=0.2)


@asynccontextmanager
async def simulate(
    name: str = "Simulated Printer",
    listen: Listen = Listen(),  # noqa: B008 - Listen is immutable
    *,
    page_seconds: float = 0.0,
    clock: Clock | None = None,
    randomness: Randomness = system_randomness,
) -> AsyncIterator[Simulator]:
    """A printer that runs until the block ends; everything listens when it begins.

    ``page_seconds`` is how long a printed side takes. Raises OSError, in a group, where a port is taken.
    """
    simulator = Simulator(name, listen, clock or SystemClock(), randomness, page_seconds)
    failure: Exception | None = None
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(_run(simulator))
        try:
            await simulator.started()
            yield simulator
        except Exception as error:
            failure = error
        finally:
            running.cancel()
    if failure is not None:
        raise failure


async def _run(simulator: Simulator) -> None:
    tls = None
    if simulator.listen.tls:
        tls, simulator.certificate_sha256 = await asyncio.to_thread(own_certificate, simulator.name, simulator.clock)
    async with simulator.sandbox, asyncio.TaskGroup() as tasks:
        tasks.create_task(_serve_page(simulator))
        tasks.create_task(_serve_ipp(simulator, tls))
        tasks.create_task(_serve_raw(simulator))
        if simulator.listen.lpd_port is not None:
            tasks.create_task(_serve_lpd(simulator))
        if simulator.listen.snmp_port is not None:
            tasks.create_task(_serve_snmp(simulator))
        tasks.create_task(simulator.engine.run())


async def _serve_ipp(simulator: Simulator, tls: ssl.SSLContext | None) -> None:
    async def identify(_: HttpRequest) -> Requester:
        return Requester(None, may_name_owner=True)

    handler = ipp_handler(lambda path: simulator.printer if path == PATH else None, identify)
    while True:
        address = (simulator.listen.address, simulator.listen.port)
        async with serve_http(handler, address, clock=simulator.clock, tls=tls, limits=_IPP_LIMITS) as server:
            simulator.listen = replace(simulator.listen, port=server.port)
            await simulator.page_online.wait()
            simulator.describe()
            simulator.ipp_online.set()
            await _until(simulator, offline=True)
        simulator.ipp_online.clear()
        await _until(simulator, offline=False)


async def _serve_raw(simulator: Simulator) -> None:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        of = simulator
        await raw.receive(reader, writer, of.store, of.faults, of.bell, pjl=of.listen.pjl)

    while True:
        async with _listening(simulator, receive, simulator.listen.raw_port) as port:
            simulator.listen = replace(simulator.listen, raw_port=port)
            simulator.raw_online.set()
            await _until(simulator, offline=True)
        simulator.raw_online.clear()
        await _until(simulator, offline=False)


async def _serve_lpd(simulator: Simulator) -> None:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await lpr.receive(reader, writer, simulator.store, simulator.faults, simulator.bell)

    while True:
        async with _listening(simulator, receive, simulator.listen.lpd_port or 0) as port:
            simulator.listen = replace(simulator.listen, lpd_port=port)
            simulator.lpd_online.set()
            await _until(simulator, offline=True)
        simulator.lpd_online.clear()
        await _until(simulator, offline=False)


async def _serve_snmp(simulator: Simulator) -> None:
    while True:
        address = (simulator.listen.address, simulator.listen.snmp_port or 0)
        async with serve_snmp(simulator.mib, address) as (_, port):
            simulator.listen = replace(simulator.listen, snmp_port=port)
            await simulator.ipp_online.wait()
            simulator.snmp_online.set()
            await _until(simulator, offline=True)
        simulator.snmp_online.clear()
        await _until(simulator, offline=False)


@asynccontextmanager
async def _listening(simulator: Simulator, receive: Receive, port: int) -> AsyncIterator[int]:
    """Take connections at that port until the context ends; those that are open then break off, as when the power goes."""
    tasks: set[asyncio.Task[None]] = set()
    async with asyncio.TaskGroup() as connections:

        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = connections.create_task(receive(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

        server = await asyncio.start_server(accept, simulator.listen.address, port, start_serving=False)
        try:
            await server.start_serving()
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tasks:
                task.cancel()


async def _serve_page(simulator: Simulator) -> None:
    handler = page_handler(simulator, await asyncio.to_thread(read_assets))
    address = ("127.0.0.1", simulator.listen.page_port)
    async with serve_http(handler, address, clock=simulator.clock, limits=_PAGE_LIMITS) as server:
        simulator.listen = replace(simulator.listen, page_port=server.port)
        simulator.page_online.set()
        await asyncio.Event().wait()


async def _until(simulator: Simulator, *, offline: bool) -> None:
    simulator.bell.ring()
    while simulator.faults.offline != offline:
        await simulator.bell.wait()
