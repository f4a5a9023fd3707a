"""A PostgreSQL of its own: another data directory and a domain socket, nothing of the machine's."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

_ACCOUNT = "postgres"


def find_postgresql() -> Path | None:
    """The directory of its programs, or None where it is not installed (Debian: ``postgresql-15``)."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


@asynccontextmanager
async def postgresql(programs: Path, directory: Path) -> AsyncIterator[str]:
    """The SQLAlchemy URL of an empty database; ``directory`` has to have a short path, for the sake of its socket."""
    data = directory / "data"
    as_root = os.geteuid() == 0  # PostgreSQL refuses to run as root
    account = pwd.getpwnam(_ACCOUNT) if as_root else pwd.getpwuid(os.geteuid())
    if as_root:
        await asyncio.to_thread(shutil.chown, directory, account.pw_uid, account.pw_gid)
    await _run(
        programs / "initdb", "--pgdata", data, "--auth=trust", "--no-sync", "--locale=C.UTF-8", account=account.pw_name
    )
    server = await asyncio.create_subprocess_exec(
        programs / "postgres",
        *("-D", data, "-k", directory, "-c", "listen_addresses=", "-c", "fsync=off"),
        user=account.pw_uid if as_root else None,
        group=account.pw_gid if as_root else None,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(30):
            while await _status(programs / "pg_isready", "-q", "-h", directory):  # noqa: ASYNC110 - it is not ours to tell
                await asyncio.sleep(0.05)
        # A password, though none is asked for: else the driver looks for ~/.pgpass, on the loop.
        yield f"postgresql+asyncpg://{account.pw_name}:none@/postgres?host={quote(str(directory), safe='')}"
    finally:
        server.terminate()
        await server.wait()


async def _status(program: Path, *arguments: str | Path) -> int:
    process = await asyncio.create_subprocess_exec(program, *arguments)
    return await process.wait()


async def _run(program: Path, *arguments: str | Path, account: str) -> None:
    entry = pwd.getpwnam(account)
    as_root = os.geteuid() == 0
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        user=entry.pw_uid if as_root else None,
        group=entry.pw_gid if as_root else None,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd="/",
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(said.decode(errors="replace"))
