"""A new database as the migrations leave it: made once in a process, for to take all steps each time makes tests slow."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from presswork.core.clock import SystemClock, system_randomness
from presswork.server.platform.database import Database, sqlite_url
from presswork.server.platform.events import Events
from presswork.server.schema import migrate

_made: list[bytes] = []


async def lay_down(file: Path) -> None:
    """Put an empty database with all tables to where a server will look for its own, unless there is one."""
    if not await asyncio.to_thread(file.exists):
        if not _made:
            _made.append(await _make())
        await asyncio.to_thread(_write, file, _made[0])


def _write(file: Path, octets: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_bytes(octets)


async def _make() -> bytes:
    directory = await asyncio.to_thread(tempfile.TemporaryDirectory)
    try:
        file = Path(directory.name) / "empty.db"
        url, clock = sqlite_url(file), SystemClock()
        database = await asyncio.to_thread(Database, url, clock=clock, randomness=system_randomness, events=Events())
        try:
            await migrate(database)
        finally:
            await database.close()
        return await asyncio.to_thread(file.read_bytes)
    finally:
        await asyncio.to_thread(directory.cleanup)
