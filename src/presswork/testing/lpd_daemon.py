"""A line printer daemon that does exactly what a test tells it, right or wrong."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from presswork.net.lpd_server import serve_job
from presswork.protocols.lpd import ControlFile, Subcode, Subcommand
from presswork.testing.raw_server import raw_server

Hook = Callable[[StreamWriter], Awaitable[None]]


@dataclass
class ScriptedDaemon:
    """Keeps what it was sent. Each field is what to answer, or what to do instead, at one place of the protocol."""

    queue: bool = True
    control: bool = True
    data: bool = True
    end: bool = True
    at_data: Hook | None = None
    """Instead of the answer to the announcement of a document."""
    at_octets: tuple[int, Hook] | None = None
    """After so many octets of a document."""
    at_end: Hook | None = None
    """Instead of the answer to its end."""
    queues: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    controls: list[ControlFile] = field(default_factory=list)
    documents: list[bytes] = field(default_factory=list)
    connections: int = 0

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        await serve_job(reader, writer, _Connection(self, writer), idle_seconds=30)


@dataclass
class _Connection:
    script: ScriptedDaemon
    writer: StreamWriter
    code: Subcode = Subcode.ABORT
    octets: bytearray = field(default_factory=bytearray)

    async def job_asked(self, queue: str) -> bool:
        self.script.queues.append(queue)
        return self.script.queue

    async def announced(self, subcommand: Subcommand) -> bool:
        self.code, self.octets = subcommand.code, bytearray()
        self.script.names.append(subcommand.name)
        if self.code is Subcode.CONTROL_FILE:
            return self.script.control
        if self.script.at_data is not None:
            await self.script.at_data(self.writer)
        return self.script.data

    async def piece(self, data: bytes) -> None:
        before = len(self.octets)
        self.octets += data
        place = self.script.at_octets
        if place is not None and self.code is Subcode.DATA_FILE and before < place[0] <= len(self.octets):
            await place[1](self.writer)

    async def file_ended(self, *, complete: bool) -> bool:
        assert complete
        if self.code is Subcode.CONTROL_FILE:
            self.script.controls.append(ControlFile.parse(bytes(self.octets)))
            return True
        self.script.documents.append(bytes(self.octets))
        if self.script.at_end is not None:
            await self.script.at_end(self.writer)
        return self.script.end


@asynccontextmanager
async def lpd_daemon(script: ScriptedDaemon) -> AsyncIterator[str]:
    """Runs it; gives an address of its queue ``office``."""
    async with raw_server(script) as port:
        yield f"lpd://127.0.0.1:{port}/office"


async def breaks(writer: StreamWriter) -> None:
    """The power goes."""
    writer.transport.abort()
    raise ConnectionResetError


async def hangs(writer: StreamWriter) -> None:
    """It says nothing more."""
    await asyncio.Event().wait()
