"""The daemon's side of one connection of the line printer daemon protocol (RFC 1179)."""

from __future__ import annotations

import asyncio
from typing import Protocol

from presswork.protocols.lpd import ACCEPTED, REFUSED, Code, Command, FileEnd, JobReceiver, Piece, Subcommand

_PIECE = 64 * 1024


class Daemon(Protocol):
    """What a connection is answered with. Each answers whether it is content."""

    async def job_asked(self, queue: str) -> bool:
        """May a job for this queue come?"""
        ...

    async def announced(self, subcommand: Subcommand) -> bool:
        """A file is announced, or the job given up."""
        ...

    async def piece(self, data: bytes) -> None:
        """Some of the file that was announced last."""
        ...

    async def file_ended(self, *, complete: bool) -> bool:
        """All of it is here; ``complete`` says whether its sender thinks so."""
        ...


async def serve_job(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, daemon: Daemon, idle_seconds: float
) -> None:
    """Until the client ends the connection, or is refused. Raises ``Invalid`` and ``OSError``.

    Only jobs are received: every other command is refused.
    """
    receiver = JobReceiver()
    while True:
        async with asyncio.timeout(idle_seconds):
            data = await reader.read(_PIECE)
        for event in receiver.feed(data) if data else receiver.feed_eof():
            if isinstance(event, Piece):
                await daemon.piece(event.data)
                continue
            content = await _answer(daemon, event)
            writer.write(ACCEPTED if content else REFUSED)
            async with asyncio.timeout(idle_seconds):
                await writer.drain()
            if not content and not isinstance(event, FileEnd):
                return
        if not data:
            return


async def _answer(daemon: Daemon, event: Command | Subcommand | FileEnd) -> bool:
    match event:
        case Command():
            return event.code is Code.RECEIVE_JOB and await daemon.job_asked(event.queue)
        case Subcommand():
            return await daemon.announced(event)
        case FileEnd():
            return await daemon.file_ended(complete=event.complete)
