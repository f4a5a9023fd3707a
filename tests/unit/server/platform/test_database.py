"""Sessions, transactions, and what comes back as it went in."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import OperationalError, StatementError
from structlog.testing import capture_logs

from presswork.core.clock import system_randomness
from presswork.core.errors import Busy, Fault, NoSpace, Unavailable
from presswork.server.platform import database as database_module
from presswork.server.platform.database import Base, Database, insert_new, scoped, sqlite_url
from presswork.server.platform.events import News
from presswork.server.printers import Printer
from presswork.server.schema import metadata
from presswork.server.tenants import Tenant, create_tenant
from presswork.testing.tenants import World


async def _names(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(Tenant.name).order_by(Tenant.name)))


async def _rename(world: World, name: str) -> None:
    async with world.database.writing() as session:
        await session.execute(update(Tenant).where(Tenant.id == world.here.tenant_id).values(name=name))


async def test_what_is_written_stays(world: World) -> None:
    await _rename(world, "changed")
    assert await _names(world.database) == ["changed", "there"]


async def test_what_fails_leaves_nothing(world: World) -> None:
    async def fail_half_way() -> None:
        async with world.database.writing() as session:
            await session.execute(update(Tenant).values(name="half"))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        await fail_half_way()
    assert await _names(world.database) == ["here", "there"]


async def test_an_error_does_not_tell_what_was_to_be_written(world: World) -> None:
    async def fail() -> None:
        async with world.database.writing() as session:
            await session.execute(text("INSERT INTO nowhere VALUES (:secret)"), {"secret": "a-password-hash"})

    with pytest.raises(OperationalError) as error:
        await fail()
    assert "a-password-hash" not in str(error.value)


async def test_a_reading_session_changes_nothing(world: World) -> None:
    async with world.database.reading() as session:
        await session.execute(update(Tenant).values(name="quietly"))
    assert await _names(world.database) == ["here", "there"]


async def test_writers_queue_up_and_none_is_lost(world: World) -> None:
    async def count_up() -> None:
        async with world.database.writing() as session:
            tenant = await session.get_one(Tenant, world.here.tenant_id)
            await asyncio.sleep(0.001)
            tenant.name = str(int(tenant.name) + 1)

    await _rename(world, "0")
    async with asyncio.TaskGroup() as tasks:
        for _ in range(12):
            tasks.create_task(count_up())
    assert "12" in await _names(world.database)


async def test_who_does_not_get_a_turn_is_told_to_come_again(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_module, "_BUSY_MILLISECONDS", 20)
    impatient = await asyncio.to_thread(
        Database,
        sqlite_url(tmp_path / "world.db"),
        clock=world.clock,
        randomness=system_randomness,
        events=world.events,
    )

    async def write() -> None:
        async with impatient.writing() as session:
            await session.execute(update(Tenant).values(name="late"))

    async with world.database.writing() as session:
        await session.execute(update(Tenant).values(name="first"))
        with pytest.raises(Busy):
            await write()
    await write()
    await impatient.close()
    assert await _names(world.database) == ["late", "late"]


@pytest.mark.parametrize(
    ("pragma", "fault", "words"),
    [
        ("PRAGMA max_page_count=1", NoSpace, "disk of the server is full"),
        ("PRAGMA query_only=ON", Unavailable, "cannot use its database"),
    ],
)
async def test_a_disk_that_does_not_take_it_is_a_fault_and_nothing_is_kept(
    world: World, pragma: str, fault: type[Fault], words: str
) -> None:
    async def write() -> None:
        async with world.database.writing() as session:
            await session.execute(text(pragma))
            for _ in range(200):
                await create_tenant(session, "x" * 255)

    with capture_logs() as said, pytest.raises(fault, match=words):
        await write()
    assert await _names(world.database) == ["here", "there"]
    assert [entry["log_level"] for entry in said] == ["error"]


async def test_news_is_told_after_the_commit_and_not_after_a_fault(world: World) -> None:
    agent = world.here.agent
    news = News(agent.tenant_id, agent.computer_id)

    async def announce_and_fail() -> None:
        async with world.database.writing() as session:
            session.announce(news)
            raise RuntimeError("afterwards")

    with world.events.waiter(agent.tenant_id, agent.computer_id) as waiter:
        with pytest.raises(RuntimeError, match="afterwards"):
            await announce_and_fail()
        async with world.database.writing() as session:
            session.announce(news)
            session.announce(news)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await waiter.wait()
        async with asyncio.timeout(1):
            await waiter.wait()


async def test_times_come_back_aware_and_in_utc(world: World) -> None:
    east = timezone(timedelta(hours=5))
    at = datetime(2026, 5, 6, 7, 8, 9, 123456, tzinfo=east)
    async with world.database.writing() as session:
        await session.execute(update(Tenant).where(Tenant.id == world.here.tenant_id).values(created_at=at))
    async with world.database.reading() as session:
        tenant = await session.get_one(Tenant, world.here.tenant_id)
    assert tenant.created_at == at
    assert tenant.created_at.tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(world: World) -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what must not be
    with pytest.raises(StatementError, match="without a zone"):
        async with world.database.writing() as session:
            await session.execute(update(Tenant).values(created_at=naive))


async def test_keywords_come_back_as_they_were(world: World) -> None:
    async with world.database.writing() as session:
        printer = (await session.scalars(scoped(Printer, world.here.user))).one()
        printer.state_reasons = ("media-empty", "toner-low")
    async with world.database.reading() as session:
        printer = (await session.scalars(scoped(Printer, world.here.user))).one()
    assert printer.state_reasons == ("media-empty", "toner-low")


async def test_sqlite_keeps_what_was_confirmed_and_wipes_what_was_deleted(world: World) -> None:
    async with world.database.engine.connect() as connection:
        found = {
            name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "foreign_keys", "secure_delete", "synchronous")
        }
    assert found == {"journal_mode": "wal", "foreign_keys": 1, "secure_delete": 1, "synchronous": 2}


async def test_inserting_what_is_there_is_no_fault(world: World) -> None:
    row = {"id": UUID(int=7), "name": "first", "desired_revision": "1", "created_at": world.clock.now()}
    async with world.database.writing() as session:
        await session.execute(insert_new(session, Tenant, [row]))
        await session.execute(insert_new(session, Tenant, [{**row, "name": "second"}]))
    assert await _names(world.database) == ["first", "here", "there"]


def test_every_table_has_its_tenant() -> None:
    above_tenants = {"installation", "tenants"}
    assert above_tenants < set(metadata().tables)
    for name, table in metadata().tables.items():
        assert name in above_tenants or not table.c.tenant_id.nullable


def test_every_model_of_a_tenant_can_be_scoped(world: World) -> None:
    for mapper in Base.registry.mappers:
        if "tenant_id" in inspect(mapper.class_).columns:
            query = scoped(mapper.class_, world.here.user)
            assert "tenant_id =" in str(query)
