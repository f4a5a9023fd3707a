"""Brings the tables to what the models say: which models there are, and Alembic over an asynchronous connection."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData

from presswork.server import audit, computers, identity, jobs, printers, queues, tenants
from presswork.server.platform.database import Base, Database

DOMAINS = (tenants, audit, identity, computers, printers, queues, jobs)
"""Importing a domain is what makes its tables known."""


def metadata() -> MetaData:
    """All tables of all domains."""
    return Base.metadata


def alembic_config(connection: Connection) -> Config:
    """How Alembic finds the steps, without a file of its own."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    config.attributes["metadata"] = metadata()
    return config


async def migrate(database: Database) -> None:
    """Take every step that is missing, in one transaction."""
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda synchronous: command.upgrade(alembic_config(synchronous), "head"))
