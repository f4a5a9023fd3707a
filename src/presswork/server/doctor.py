"""`presswork server doctor`: what is wrong with this server, and what to do about it. Looks only; makes and changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from sqlalchemy.exc import SQLAlchemyError

from presswork.core.checks import Check, Finding, Level
from presswork.core.clock import Clock, system_randomness
from presswork.core.errors import NotFound, Unavailable
from presswork.core.settings import ServerSettings
from presswork.server.identity import administrator_exists
from presswork.server.platform.certificate import TLS_DIRECTORY, own_chain
from presswork.server.platform.database import Database
from presswork.server.platform.events import Events
from presswork.server.platform.secrets import Vault, read_key_file
from presswork.server.schema import missing_steps
from presswork.server.start import check_directory, database_file, key_file, open_database
from presswork.server.tenants import Installation, installation_exists, open_installation

_SOON = timedelta(days=14)
_LONG_BEFORE = timedelta(days=365)
_START = "Start the server once: presswork server run"
_RUN = "Start it: presswork server run (as a service: systemctl start presswork-server), and look at its log."


def checks(settings: ServerSettings, clock: Clock) -> Sequence[Check]:
    """What the doctor looks at, in the order in which one would repair it."""

    async def directory() -> Finding:
        try:
            await asyncio.to_thread(check_directory, settings.directory)
        except FileNotFoundError:
            return Finding(Level.PROBLEM, f"There is no data directory {settings.directory} yet.", _START)
        return Finding(Level.GOOD, f"{settings.directory} belongs to the server alone.")

    async def database() -> Finding:
        async with _opened(settings, clock) as opened:
            missing = await missing_steps(opened)
        if missing:
            return Finding(Level.WARNING, f"The database lacks {missing} migrations.", "The next start takes them.")
        return Finding(Level.GOOD, "The database answers, and its tables are those of this version.")

    async def key() -> Finding:
        async with _opened(settings, clock) as opened:
            installation = await _installation(settings, opened)
        until = installation.authority.certificate.not_valid_after_utc
        sentence = f"The key opens the certificate authority, which is good until {until:%Y-%m-%d}."
        if until - clock.now() > _LONG_BEFORE:
            return Finding(Level.GOOD, sentence)
        return Finding(Level.WARNING, sentence, "All computers have to be enrolled again before; plan it.")

    async def people() -> Finding:
        async with _opened(settings, clock) as opened:
            installation = await _installation(settings, opened)
            async with opened.reading() as session:
                someone = await administrator_exists(session, installation.tenant_id)
        if someone:
            return Finding(Level.GOOD, "There is somebody who may administer this server.")
        return Finding(Level.WARNING, "Nobody may sign in yet.", "Get a link: presswork server set-up-link")

    async def certificate() -> Finding:
        if settings.tls == "proxy":
            return Finding(Level.GOOD, "TLS is done by a proxy on this machine.")
        own = settings.tls == "own"
        chain = own_chain(settings.directory / TLS_DIRECTORY) if own else settings.certificate
        until = await asyncio.to_thread(_ends, chain)
        advice = "Restart the server: it renews its own." if own else "Renew the file; the server reads it by itself."
        if until - clock.now() > _SOON:
            return Finding(Level.GOOD, f"The certificate is good until {until:%Y-%m-%d}.")
        level = Level.WARNING if until > clock.now() else Level.PROBLEM
        return Finding(level, f"The certificate is good only until {until:%Y-%m-%d}.", advice)

    async def port() -> Finding:
        address, number = settings.address, settings.ports.server
        here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104 - compared, not bound
        try:
            _, writer = await asyncio.open_connection(here, number)
        except OSError:
            return Finding(Level.PROBLEM, f"The server does not answer on {address}, port {number}.", _RUN)
        writer.close()
        return Finding(Level.GOOD, f"The server's port {number} on {address} is open.")

    return [
        Check("data directory", directory),
        Check("database", database),
        Check("key", key, needs="database"),
        Check("people", people, needs="database"),
        Check("certificate", certificate, needs="database"),
        Check("port", port),
    ]


@asynccontextmanager
async def _opened(settings: ServerSettings, clock: Clock) -> AsyncIterator[Database]:
    file = database_file(settings)
    if file is not None and not await asyncio.to_thread(file.is_file):
        raise NotFound(f"There is no database {file}. {_START}")
    database = await asyncio.to_thread(open_database, settings, clock, system_randomness, Events())
    try:
        yield database
    except (SQLAlchemyError, OSError) as error:
        raise Unavailable(f"The database does not answer: {error}") from error
    finally:
        await database.close()


async def _installation(settings: ServerSettings, database: Database) -> Installation:
    file = key_file(settings)
    key = await asyncio.to_thread(read_key_file, file)
    if key is None:
        raise NotFound(f"The key file {file} is missing. Put back the one that was made with the database.")
    async with database.reading() as session:
        if not await installation_exists(session):
            raise NotFound(f"The database is empty. {_START}")
        return await open_installation(session, Vault(key, system_randomness))


def _ends(chain: Path | None) -> datetime:
    try:
        return x509.load_pem_x509_certificate((chain or Path()).read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        raise NotFound(f"The certificate {chain} cannot be read. {_START}") from None
