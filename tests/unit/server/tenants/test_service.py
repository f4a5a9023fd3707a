"""The installation and its tenants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from presswork.core.clock import system_randomness
from presswork.core.errors import Distrusted, NotFound
from presswork.protocols.ticket import ticket_key_of
from presswork.server.platform.database import Database, sqlite_url
from presswork.server.platform.events import Events
from presswork.server.platform.secrets import Vault
from presswork.server.schema import migrate
from presswork.server.tenants import (
    Tenant,
    desired_changed,
    desired_revision,
    installation_exists,
    open_installation,
    rename_tenant,
    tenant_name,
)
from presswork.server.tenants.models import InstallationRow
from presswork.testing.clock import StandingClock
from presswork.testing.tenants import World


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = await asyncio.to_thread(
        Database,
        sqlite_url(tmp_path / "new.db"),
        clock=StandingClock(),
        randomness=system_randomness,
        events=Events(),
    )
    await migrate(opened)
    yield opened
    await opened.close()


def _vault() -> Vault:
    return Vault(system_randomness(32), system_randomness)


async def test_the_first_start_makes_it_and_the_next_finds_it(database: Database) -> None:
    vault = _vault()
    async with database.writing() as session:
        assert not await installation_exists(session)
        first = await open_installation(session, vault)
    async with database.writing() as session:
        assert await installation_exists(session)
        second = await open_installation(session, vault)
    assert (second.id, second.tenant_id) == (first.id, first.tenant_id)
    assert second.authority.fingerprint == first.authority.fingerprint


async def test_another_key_does_not_open_it(database: Database) -> None:
    async with database.writing() as session:
        await open_installation(session, _vault())
    with pytest.raises(Distrusted, match="key file"):
        async with database.writing() as session:
            await open_installation(session, _vault())


async def test_the_key_of_the_ca_is_not_in_the_database(database: Database) -> None:
    async with database.writing() as session:
        installation = await open_installation(session, _vault())
        row = (await session.scalars(select(InstallationRow))).one()
    assert installation.authority.key_der() not in row.ca_key_sealed
    assert "PRIVATE" not in row.ca_certificate


async def test_the_key_for_tickets_is_made_once_and_is_not_in_the_database(database: Database) -> None:
    vault = _vault()
    async with database.writing() as session:
        first = (await open_installation(session, vault)).signer
    async with database.writing() as session:
        installation = await open_installation(session, vault)
        row = (await session.scalars(select(InstallationRow))).one()
        now = session.now()
    assert installation.signer.certificate == first.certificate
    assert installation.signer.key.private_bytes_raw() == first.key.private_bytes_raw()
    assert row.ticket_key_sealed is not None
    assert first.key.private_bytes_raw() not in row.ticket_key_sealed
    assert ticket_key_of(first.certificate, installation.authority.pem, now=now) == first.key.public_key()


async def test_an_installation_of_before_gets_its_key_at_the_next_start(database: Database) -> None:
    vault = _vault()
    async with database.writing() as session:
        before = await open_installation(session, vault)
        await session.execute(update(InstallationRow).values(ticket_certificate=None, ticket_key_sealed=None))
    async with database.writing() as session:
        after = await open_installation(session, vault)
    async with database.writing() as session:
        later = await open_installation(session, vault)
    assert before.signer.certificate != after.signer.certificate == later.signer.certificate


async def test_the_sealed_key_of_the_ca_does_not_pass_for_it(database: Database) -> None:
    vault = _vault()
    async with database.writing() as session:
        await open_installation(session, vault)
        await session.execute(update(InstallationRow).values(ticket_key_sealed=InstallationRow.ca_key_sealed))
    with pytest.raises(Distrusted):
        async with database.writing() as session:
            await open_installation(session, vault)


async def test_a_database_without_a_tenant_is_refused(database: Database) -> None:
    vault = _vault()
    async with database.writing() as session:
        await open_installation(session, vault)
        await session.execute(delete(Tenant))
    with pytest.raises(NotFound, match="backup"):
        async with database.writing() as session:
            await open_installation(session, vault)


async def test_a_change_is_a_new_revision_of_that_tenant_and_news_to_it(world: World) -> None:
    here, there = world.here, world.there
    async with world.database.reading() as session:
        before = {tenant: await desired_revision(session, tenant) for tenant in (here.tenant_id, there.tenant_id)}
    with world.events.waiter(here.tenant_id, here.agent.computer_id) as waiter:
        async with world.database.writing() as session:
            await desired_changed(session, here.tenant_id)
        async with asyncio.timeout(1):
            await waiter.wait()
    async with world.database.reading() as session:
        assert await desired_revision(session, here.tenant_id) != before[here.tenant_id]
        assert await desired_revision(session, there.tenant_id) == before[there.tenant_id]


async def test_a_tenant_that_is_not_there_has_no_revision(world: World) -> None:
    with pytest.raises(NotFound):
        async with world.database.reading() as session:
            await desired_revision(session, world.here.agent.computer_id)


async def test_a_tenant_has_a_name(world: World) -> None:
    async with world.database.writing() as session:
        await rename_tenant(session, world.here.tenant_id, "Analytical Engines")
    async with world.database.reading() as session:
        assert await tenant_name(session, world.here.tenant_id) == "Analytical Engines"
        assert await tenant_name(session, world.there.tenant_id) == "there"
