"""Brings the tables to what the models say: which models there are, and Alembic over an asynchronous connection."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData
from sqlalchemy.ext.asyncio import AsyncConnection

from presswork.core.errors import Conflict
from presswork.server import audit, computers, identity, jobs, networks, printers, queues, routes, searches, tenants
from presswork.server.platform.database import Base, Database

DOMAINS = (tenants, audit, identity, networks, computers, printers, queues, searches, jobs, routes)
"""Importing a domain is what makes its tables known."""


def metadata() -> MetaData:
    """All tables of all domains."""
    return Base.metadata


def alembic_config() -> Config:
    """How Alembic finds the steps, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["metadata"] = metadata()
    return config


async def migrate(database: Database) -> None:
    """Take every step that is missing, in one transaction."""
    config = alembic_config()
    steps = await asyncio.to_thread(_read_steps, config)
    async with database.engine.connect() as connection:
        # SQLite changes a table by making it anew: what refers to the old one must not be taken along or stand in the way.
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            await _enforce_references(connection, on=False)
        try:
            async with connection.begin():
                await connection.run_sync(_upgrade, config, steps)
                if sqlite and (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first() is not None:
                    raise Conflict("The database holds rows that refer to nothing. Restore it from a backup.")
        finally:
            if sqlite:
                await _enforce_references(connection, on=True)


async def _enforce_references(connection: AsyncConnection, *, on: bool) -> None:
    """Outside of any transaction: within one, SQLite does not listen."""
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is not None:
        await driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


async def missing_steps(database: Database) -> int:
    """How many steps an upgrade would take now; changes nothing."""
    steps = await asyncio.to_thread(_read_steps, alembic_config())
    async with database.engine.connect() as connection:
        taken = await connection.run_sync(lambda opened: MigrationContext.configure(opened).get_current_revision())
    return len(list(steps.iterate_revisions("head", taken or "base")))


def _read_steps(config: Config) -> ScriptDirectory:
    steps = ScriptDirectory.from_config(config)
    list(steps.walk_revisions())  # each is a file, read now: the upgrade itself runs on the loop
    return steps


def _upgrade(connection: Connection, config: Config, steps: ScriptDirectory) -> None:
    def missing(revision: Any, _context: Any) -> Any:
        return steps._upgrade_revs("head", revision)  # as Alembic's own cookbook does

    with EnvironmentContext(config, steps, fn=missing, destination_rev="head") as environment:
        environment.configure(connection=connection, target_metadata=metadata(), render_as_batch=True)
        with environment.begin_transaction():
            environment.run_migrations()
