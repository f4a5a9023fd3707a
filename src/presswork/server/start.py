"""A start: from settings to what the fronts are built with. The first one makes data directory, keys, CA and database."""

from __future__ import annotations

import asyncio
from pathlib import Path

from presswork.core.clock import Clock, Randomness
from presswork.core.errors import Distrusted, Invalid
from presswork.core.settings import ServerSettings
from presswork.server.identity import administrator_exists, new_set_up_token
from presswork.server.platform.context import ServerContext
from presswork.server.platform.database import Database, sqlite_url
from presswork.server.platform.events import Events
from presswork.server.platform.rates import AccountSignInLimits, Rate, SignInLimits
from presswork.server.platform.secrets import Vault, create_key_file, read_key_file
from presswork.server.schema import migrate
from presswork.server.tenants import installation_exists, open_installation

DATABASE = "presswork.db"
"""The SQLite database in the server's directory."""


async def open_context(
    settings: ServerSettings, *, public_url: str, clock: Clock, randomness: Randomness
) -> ServerContext:
    """Open the installation of these settings, or make it. The caller closes its database.

    ``Distrusted`` where the key file is missing or another one: a new key over an existing installation would lose its CA.
    """
    events = Events()
    database = await asyncio.to_thread(_make_and_open, settings, clock, randomness, events)
    try:
        await migrate(database)
        async with database.writing() as session:
            exists = await installation_exists(session)
            key = await asyncio.to_thread(_key, key_file(settings), randomness, exists=exists)
            vault = Vault(key, randomness)
            installation = await open_installation(session, vault)
    except BaseException:
        await database.close()
        raise
    return ServerContext(
        installation=installation,
        vault=vault,
        database=database,
        events=events,
        clock=clock,
        randomness=randomness,
        public_url=public_url,
        sign_in_limits=SignInLimits(clock),
        account_sign_in_limits=AccountSignInLimits(clock),
        ticket_limit=Rate(clock, burst=120, seconds_each=0.5),
        owner_limit=Rate(clock, burst=300, seconds_each=2),
    )


async def new_set_up_link(context: ServerContext) -> str | None:
    """A one-time link for the first person, or None once there is an administrator; an earlier link is void."""
    tenant_id = context.installation.tenant_id
    async with context.database.writing() as session:
        if await administrator_exists(session, tenant_id):
            return None
        token = await new_set_up_token(session, tenant_id)
    return f"{context.public_url}/set-up/{token}"


def check_directory(directory: Path) -> None:
    """``Invalid`` where others may read the data directory. ``OSError`` where it is not there. Blocks."""
    if directory.stat().st_mode & 0o077:
        raise Invalid(f"Others may read the data directory {directory}. Run: chmod 700 {directory}")


def database_file(settings: ServerSettings) -> Path | None:
    """Where the SQLite database is; None where the database is a server of its own."""
    return settings.directory / DATABASE if settings.database_url is None else None


def key_file(settings: ServerSettings) -> Path:
    """Where the key of the installation is."""
    return settings.key_file or settings.directory.absolute().parent / "server.key"


def open_database(settings: ServerSettings, clock: Clock, randomness: Randomness, events: Events) -> Database:
    """The database of these settings. Blocks."""
    file = database_file(settings)
    url = settings.database_url if file is None else sqlite_url(file)
    return Database(str(url), clock=clock, randomness=randomness, events=events)


def _make_and_open(settings: ServerSettings, clock: Clock, randomness: Randomness, events: Events) -> Database:
    settings.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    check_directory(settings.directory)
    return open_database(settings, clock, randomness, events)


def _key(file: Path, randomness: Randomness, *, exists: bool) -> bytes:
    key = read_key_file(file)
    if key is not None:
        return key
    if exists:
        raise Distrusted(f"The key file {file} is missing. Put back the one that was made with this database.")
    return create_key_file(file, randomness)
