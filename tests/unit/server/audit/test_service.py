"""The audit."""

from __future__ import annotations

import inspect
from uuid import UUID

import pytest
from sqlalchemy import delete

from presswork.server import audit
from presswork.server.audit import Actor, AuditEntry
from presswork.testing.tenants import World


@pytest.fixture
async def empty(world: World) -> World:
    async with world.database.writing() as session:
        await session.execute(delete(AuditEntry))
    return world


async def test_an_entry_says_who_did_what_to_what_when_and_from_where(empty: World) -> None:
    who = empty.here.administrator
    async with empty.database.writing() as session:
        await audit.record(
            session, who, "printer.added", target_id=UUID(int=5), target_name="Hall", device_uri="ipps://x"
        )
    async with empty.database.reading() as session:
        (entry,) = await audit.list_entries(session, who)
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("user", who.user_id, who.display_name)
    assert (entry.action, entry.target_id, entry.target_name) == ("printer.added", UUID(int=5), "Hall")
    assert (entry.at, entry.address) == (empty.clock.now(), "192.0.2.1")
    assert entry.details == {"device_uri": "ipps://x"}


async def test_computers_and_nobody_act_too(empty: World) -> None:
    here = empty.here
    async with empty.database.writing() as session:
        await audit.record(session, here.agent.actor, "computer.renewed")
        await audit.record(session, Actor(here.tenant_id, "nobody", None, "x" * 300, "192.0.2.9"), "session.refused")
    async with empty.database.reading() as session:
        entries = await audit.list_entries(session, here.administrator)
    found = {entry.actor_kind: entry for entry in entries}
    assert found["computer"].actor_id == here.agent.computer_id
    assert found["nobody"].actor_id is None
    assert len(found["nobody"].actor_name) == 255


async def test_pages_follow_each_other_newest_first(empty: World) -> None:
    who = empty.here.administrator
    for number in range(7):
        async with empty.database.writing() as session:
            await audit.record(session, who, f"test.{number}")
        empty.clock.advance(seconds=1)
    seen: list[str] = []
    before = None
    while True:
        async with empty.database.reading() as session:
            page = await audit.list_entries(session, who, before=before, limit=3)
        if not page:
            break
        seen += [entry.action for entry in page]
        before = page[-1].id
    assert seen == [f"test.{number}" for number in reversed(range(7))]


def test_nothing_here_changes_or_removes_an_entry() -> None:
    functions = {name for name in audit.__all__ if inspect.isfunction(getattr(audit, name))}
    assert functions == {"actor_of", "list_entries", "record", "record_each"}
