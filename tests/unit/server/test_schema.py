"""Migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from presswork.core.clock import SystemClock, system_randomness
from presswork.server.platform.database import Database, sqlite_url
from presswork.server.platform.events import Events
from presswork.server.schema import alembic_config, metadata, migrate


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await asyncio.to_thread(
        Database,
        sqlite_url(tmp_path / "new.db"),
        clock=SystemClock(),
        randomness=system_randomness,
        events=Events(),
    )
    yield opened
    await opened.close()


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
    return list(compare_metadata(context, metadata()))


async def test_from_nothing_the_steps_lead_to_the_models(database: Database) -> None:
    await migrate(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_a_second_start_has_nothing_to_do(database: Database) -> None:
    await migrate(database)
    await migrate(database)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_what_fails_leaves_the_tables_as_they_were(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE printers (id INTEGER)")
    with pytest.raises(Exception, match="printers already exists"):
        await migrate(database)
    async with database.engine.connect() as connection:
        names = [row[0] for row in await connection.exec_driver_sql("SELECT name FROM sqlite_master")]
    assert names == ["printers"]


def test_the_steps_are_one_line_in_the_order_of_their_numbers() -> None:
    steps = list(ScriptDirectory.from_config(alembic_config()).walk_revisions())[::-1]
    assert [step.revision for step in steps] == [f"{number:04}" for number in range(1, len(steps) + 1)]
