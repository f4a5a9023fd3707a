"""The peer: a cupsd of one's own that also listens on a TCP port of loopback, with raw or driverless queues."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from presswork.testing.agent import free_port
from presswork.testing.cups import PrivateCupsd, private_cupsd

_SETTINGS = {"LogLevel": "warn", "MaxJobs": "0", "MaxClients": "300", "DefaultAuthType": "None"}


@dataclass(frozen=True)
class Cupsd:
    """A running cupsd and its queues."""

    private: PrivateCupsd
    uris: tuple[str, ...]

    @property
    def pid(self) -> int:
        """Its scheduler's process."""
        return self.private.process.pid


@asynccontextmanager
async def cupsd(device_uris: Sequence[str], *, driverless: bool = False) -> AsyncIterator[Cupsd]:
    """A cupsd with a queue to each device: raw ones, or such as ``lpadmin -m everywhere`` makes."""
    port = free_port()
    async with private_cupsd(directives=_SETTINGS | {"Listen": f"127.0.0.1:{port}"}) as private:
        uris = []
        for number, device_uri in enumerate(device_uris):
            model = ("-m", "everywhere") if driverless else ()
            status, said = await private.run("lpadmin", "-p", f"queue{number}", "-v", device_uri, "-E", *model)
            if status:
                raise RuntimeError(f"lpadmin: {said}")
            uris.append(f"ipp://127.0.0.1:{port}/printers/queue{number}")
        yield Cupsd(private, tuple(uris))


def without_snmp(device_uri: str) -> str:
    """The RAW device as cupsd is fastest with it: it does not ask for the supply levels."""
    return f"{device_uri}/?snmp=false"
