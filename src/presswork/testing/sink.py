"""A RAW printer that keeps what it gets, and stops taking on order."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field


@dataclass
class Sink:
    """To be served by ``raw_server``. Takes all, until ``limit`` octets of a job; then it waits for ``goes``."""

    limit: int | None = None
    jobs: list[bytearray] = field(default_factory=list)
    goes: asyncio.Event = field(default_factory=asyncio.Event)
    ended: int = 0
    """Connections that are over."""

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        """One connection."""
        job = bytearray()
        self.jobs.append(job)
        try:
            while True:
                if self.limit is not None and len(job) >= self.limit:
                    await self.goes.wait()
                data = await reader.read(1 << 16)
                if not data:
                    return
                job += data
        finally:
            self.ended += 1
