"""Two sites, each with its own subnet and gateway: two computers tell where they are and get different queues."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from presswork.core.settings import Ports, ServerSettings
from presswork.server import computers, networks, queues
from presswork.server.app import running
from presswork.server.computers import UnknownNetwork
from presswork.server.tenants import Principal
from presswork.testing.agent import free_port
from presswork.testing.namespaces import POSSIBLE, Lan, lan
from presswork.testing.server import ServerInTest
from presswork.testing.timing import MS

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(240),
    pytest.mark.skipif(not POSSIBLE, reason="needs root and ip of iproute2"),
]
_DEADLINE = 90_000 * MS
_SITES = ("north", "south")


class Computer:
    """A computer on its LAN, and what its cupsd says."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def ready(self) -> None:
        async with asyncio.timeout(_DEADLINE):
            assert await self._line() == b"ready\n"

    async def cups(self, *command: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command).encode() + b"\n")
        async with asyncio.timeout(30):
            _, said = json.loads(await self._line())
        return str(said)

    async def queues(self) -> set[str]:
        return {line.split()[0] for line in (await self.cups("lpstat", "-e")).splitlines()}

    async def default(self) -> str:
        return (await self.cups("lpstat", "-d")).strip().rpartition(" ")[2]

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        return await self._process.stdout.readline()


@asynccontextmanager
async def computer_on(where: Lan, directory: Path, url: str, code: str) -> AsyncIterator[Computer]:
    directory.mkdir()
    program = where.command(sys.executable, str(Path(__file__).with_name("computer_on_lan.py")))
    process = await asyncio.create_subprocess_exec(*program, str(directory), url, code, stdin=PIPE, stdout=PIPE)
    try:
        yield Computer(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(30):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(_DEADLINE):
        for _ in itertools.count():
            if await holds():
                return
            await asyncio.sleep(100 * MS)


async def _unknown(server: ServerInTest, who: Principal) -> list[UnknownNetwork]:
    async with server.context.database.reading() as session:
        return list(await computers.unknown_networks(session, who))


async def _prepare(server: ServerInTest, who: Principal) -> None:
    """A queue for each site."""
    printer = await server.add_printer("Hall", "ipp://192.0.2.1/ipp/print")
    async with server.context.database.writing() as session:
        for site in _SITES:
            queue = await queues.add_queue(session, who, name=f"{site}-desk", mode="direct", printer_id=printer)
            network = await networks.add_network(session, who, name=site)
            await queues.show_on_network(session, who, queue.id, site)
            await queues.set_default(session, who, network.id, queue.id)


async def test_each_site_has_its_queue_and_its_default(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        lans = dict(zip(_SITES, [await stack.enter_async_context(lan()) for _ in _SITES], strict=True))
        port = free_port()
        url = f"https://{lans['north'].gateway}:{port}"
        settings = ServerSettings(
            directory=tmp_path / "server",
            address="0.0.0.0",
            ports=Ports(server=port),
            tls="own",
            public_url=url,
        )
        server = ServerInTest(await stack.enter_async_context(running(settings)))
        who = (await server.set_up()).principal
        await _prepare(server, who)
        found = {
            site: await stack.enter_async_context(
                computer_on(where, tmp_path / site, url, await server.enrolment_code())
            )
            for site, where in lans.items()
        }
        for computer in found.values():
            await computer.ready()

        marks = {f"{where.gateway} {where.gateway_mac}" for where in lans.values()}

        async def both_told() -> bool:
            # At first an agent may not have spoken to its gateway yet, and so not know the hardware address.
            return {one.value for one in await _unknown(server, who)} == marks

        await _until(both_told)
        told = {one.value: one for one in await _unknown(server, who)}
        for site, where in lans.items():
            mark = f"{where.gateway} {where.gateway_mac}"
            assert told[mark].prefixes == (where.subnet,)
            async with server.context.database.writing() as session:
                network = await networks.find_network(session, who, site)
                await computers.file_network(session, who, kind="gateway", value=mark, network_id=network.id)
        assert await _unknown(server, who) == []
        for site, computer in found.items():

            async def there(computer: Computer = computer, site: str = site) -> bool:
                return await computer.queues() == {f"{site}-desk"} and await computer.default() == f"{site}-desk"

            await _until(there)
