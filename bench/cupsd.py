"""The peer: a cupsd of one's own that also listens on a TCP port of loopback, with raw or driverless queues."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from presswork.testing.agent import free_port
from presswork.testing.cups import PrivateCupsd, private_cupsd

_SETTINGS = {"LogLevel": "warn", "MaxJobs": "0", "MaxClients": "300", "DefaultAuthType": "None"}


@dataclass
class Cupsd:
    """A running cupsd and its queues; it can be stopped and started again."""

    private: PrivateCupsd
    port: int
    process: Process
    uris: tuple[str, ...] = ()

    @property
    def pid(self) -> int:
        """Its scheduler's process."""
        return self.process.pid

    async def stop(self) -> None:
        """End it in order."""
        if self.process.returncode is None:
            self.process.terminate()
            async with asyncio.timeout(30):
                await self.process.wait()

    async def start(self) -> None:
        """The same one again; it answers when this returns."""
        files = self.private.directory / "etc"
        self.process = await asyncio.create_subprocess_exec(
            "cupsd", "-f", "-c", str(files / "cupsd.conf"), "-s", str(files / "cups-files.conf"),
            cwd="/", stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(30):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                except OSError:
                    await asyncio.sleep(0.01)
                else:
                    writer.close()
                    return


@asynccontextmanager
async def cupsd(device_uris: Sequence[str], *, driverless: bool = False) -> AsyncIterator[Cupsd]:
    """A cupsd with a queue to each device: raw ones, or such as ``lpadmin -m everywhere`` makes."""
    port = free_port()
    async with private_cupsd(directives=_SETTINGS | {"Listen": f"127.0.0.1:{port}"}) as private:
        running = Cupsd(private, port, private.process)
        try:
            running.uris = tuple(
                [await _add_queue(running, number, uri, driverless) for number, uri in enumerate(device_uris)]
            )
            yield running
        finally:
            await running.stop()


async def _add_queue(running: Cupsd, number: int, device_uri: str, driverless: bool) -> str:
    model = ("-m", "everywhere") if driverless else ()
    status, said = await running.private.run("lpadmin", "-p", f"queue{number}", "-v", device_uri, "-E", *model)
    if status:
        raise RuntimeError(f"lpadmin: {said}")
    return f"ipp://127.0.0.1:{running.port}/printers/queue{number}"


def without_snmp(device_uri: str) -> str:
    """The RAW device as cupsd is fastest with it: it does not ask for the supply levels."""
    return f"{device_uri}/?snmp=false"
