"""The printers of a host, as a program."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from presswork.testing.namespaces import Host
from presswork.testing.timing import MS

_DEADLINE = 40_000 * MS
_PROGRAM = str(Path(__file__).with_name("printers.py"))


class Printers:
    """The printers of a host."""

    def __init__(self, host: Host, segment: str, address: str, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        self.host = host
        self.segment = segment
        self.address = address
        self._wanted = [(name, {"address": address, **listen}) for name, listen in wanted.items()]
        self._process: Process | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def names(self) -> tuple[str, ...]:
        """Of all of them."""
        return tuple(name for name, _ in self._wanted)

    def uri(self, name: str, scheme: str = "ipp") -> str:
        """The address of one of them."""
        listen = dict(self._wanted)[name]
        if scheme == "socket":
            return f"socket://{self.address}:{listen['raw_port']}"
        return f"{scheme}://{self.address}:{listen['port']}/ipp/print"

    async def start(self) -> None:
        """They are ready when this returns."""
        program = self.host.command(sys.executable, _PROGRAM, json.dumps(self._wanted))
        self._process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE)
        assert await self._line() == b"ready\n"

    async def stop(self) -> None:
        """They end in order."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                async with asyncio.timeout(_DEADLINE):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    async def ask(self, what: str, name: str, **values: Any) -> Any:
        """See ``printers.py``."""
        assert self._process is not None
        assert self._process.stdin is not None
        async with self._one_at_a_time:
            self._process.stdin.write(json.dumps([what, name, values]).encode() + b"\n")
            return json.loads(await self._line())

    async def calm(self) -> None:
        """No faults."""
        for name, _ in self._wanted:
            await self.ask("switch", name, paper_out=False, jam=False, offline=False, hang=False, lies=False, slow=0.0)

    async def _line(self) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        async with asyncio.timeout(_DEADLINE):
            return await self._process.stdout.readline()
