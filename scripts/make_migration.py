"""Writes the next migration of the server from the difference between its models and the migrations there are.

python scripts/make_migration.py "printers remember their serial number"
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from presswork.core.clock import SystemClock, system_randomness
from presswork.server.platform.database import Database, sqlite_url
from presswork.server.platform.events import Events
from presswork.server.schema import alembic_config, migrate


def _write(connection: Connection, message: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    number = len(list(ScriptDirectory.from_config(config).walk_revisions())) + 1
    command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")


async def _make(message: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        database = Database(
            sqlite_url(Path(directory) / "empty.db"),
            clock=SystemClock(),
            randomness=system_randomness,
            events=Events(),
        )
        await migrate(database)
        async with database.engine.begin() as connection:
            await connection.run_sync(_write, message)
        await database.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('Say in one sentence what changes: make_migration.py "printers remember their serial number"')
    asyncio.run(_make(sys.argv[1]))
