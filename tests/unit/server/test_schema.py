"""Migrations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

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


def _install_first_release(file: Path) -> None:
    config = alembic_config()
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        tenant, now = "1" * 32, "2026-01-01 00:00:00"
        connection.exec_driver_sql("INSERT INTO tenants VALUES (?, 'here', '', ?)", (tenant, now))
        for letter in "ab":
            connection.exec_driver_sql(
                "INSERT INTO printers (tenant_id, id, name, location, device_uri, created_at, state, state_reasons,"
                " make_and_model, document_formats) VALUES (?, ?, ?, '', 'ipp://192.0.2.1', ?, '', '[]', '', '[]')",
                (tenant, letter * 32, letter, now),
            )
        connection.exec_driver_sql(
            "INSERT INTO queues (tenant_id, id, name, info, location, mode, printer_id, created_at)"
            " VALUES (?, ?, 'Desk', '', '', 'direct', ?, ?)",
            (tenant, "c" * 32, "a" * 32, now),
        )
    engine.dispose()


async def test_printers_of_the_first_release_get_a_sign(database: Database, tmp_path: Path) -> None:
    await asyncio.to_thread(_install_first_release, tmp_path / "new.db")
    await migrate(database)
    async with database.engine.connect() as connection:
        signs = [row[0] for row in await connection.exec_driver_sql("SELECT sign FROM printers")]
    assert len(set(signs)) == 2
    assert {len(sign) for sign in signs} == {5}


async def test_queues_of_the_first_release_keep_their_printer_and_are_for_everybody(
    database: Database, tmp_path: Path
) -> None:
    await asyncio.to_thread(_install_first_release, tmp_path / "new.db")
    await migrate(database)
    async with database.engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT name, printer_id, automatic, for_groups, for_networks FROM queues"
        )
        assert [tuple(row) for row in rows] == [("Desk", "a" * 32, 1, 0, 0)]
        assert (await connection.exec_driver_sql("PRAGMA foreign_keys")).scalar_one() == 1


def test_the_steps_are_one_line_in_the_order_of_their_numbers() -> None:
    steps = list(ScriptDirectory.from_config(alembic_config()).walk_revisions())[::-1]
    assert [step.revision for step in steps] == [f"{number:04}" for number in range(1, len(steps) + 1)]
