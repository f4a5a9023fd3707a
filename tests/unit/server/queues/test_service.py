"""Queues, and what a computer is to have."""

from __future__ import annotations

from typing import Any

import pytest

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.agent import DesiredState, Hello
from presswork.server.computers import note_presence
from presswork.server.printers import change_printer
from presswork.server.queues import (
    Queue,
    add_queue,
    change_queue,
    desired_state,
    get_queue,
    list_queues,
    queue_names,
    remove_queue,
)
from presswork.testing.tenants import World


async def _desired(world: World, held: str = "", name: str = "here-pc") -> DesiredState | None:
    async with world.database.writing() as session:
        hello = Hello(version="1", computer_name=name, platform="x")
        computer = await note_presence(session, world.here.agent, hello, sync_after=30)
        return await desired_state(session, world.here.agent, computer, world.vault, held=held)


async def _must(world: World, held: str = "") -> DesiredState:
    desired = await _desired(world, held)
    assert desired is not None
    return desired


async def _add(world: World, **fields: Any) -> Queue:
    given: dict[str, Any] = {"name": "New", "mode": "hold", **fields}
    async with world.database.writing() as session:
        return await add_queue(session, world.here.administrator, **given)


async def test_a_computer_gets_all_it_is_to_have(world: World) -> None:
    await world.bind(world.here.user)
    desired = await _must(world)
    assert desired.computer_name == "here-pc"
    assert [(queue.name, queue.mode, queue.printer_id) for queue in desired.queues] == [("Office", "hold", None)]
    assert desired.printers == ()
    assert [(one.account, one.user_id) for one in desired.accounts] == [("ada", world.here.user.user_id)]


async def test_what_it_has_already_is_not_sent_again(world: World) -> None:
    desired = await _must(world)
    assert await _desired(world, desired.revision) is None
    assert await _desired(world, "something else") is not None


async def test_every_kind_of_change_is_a_new_revision(world: World) -> None:
    seen = [(await _must(world)).revision]
    queue = await _add(world, name="Direct", mode="direct", printer_id=world.here.printer_id)
    seen.append((await _must(world)).revision)
    async with world.database.writing() as session:
        await change_queue(session, world.here.administrator, queue.id, info="For everybody")
    seen.append((await _must(world)).revision)
    async with world.database.writing() as session:
        await change_printer(session, world.here.administrator, world.here.printer_id, name="Attic")
    seen.append((await _must(world)).revision)
    await world.bind(world.here.user)
    seen.append((await _must(world)).revision)
    async with world.database.writing() as session:
        await remove_queue(session, world.here.administrator, queue.id)
    seen.append((await _must(world)).revision)
    renamed = await _desired(world, seen[-1], "renamed")
    assert renamed is not None
    assert renamed.computer_name == "renamed"
    seen.append(renamed.revision)
    assert len(set(seen)) == len(seen) == 7


async def test_changes_of_another_tenant_or_another_computer_are_none(world: World) -> None:
    before = (await _must(world)).revision
    async with world.database.writing() as session:
        await add_queue(session, world.there.administrator, name="New", mode="hold")
    await world.bind(world.there.user, agent=world.there.agent)
    assert await _desired(world, before) is None


async def test_a_direct_queue_needs_a_printer_of_the_tenant(world: World) -> None:
    with pytest.raises(Invalid) as refused:
        await _add(world, mode="direct")
    assert refused.value.details == {"field": "printer_id"}
    with pytest.raises(NotFound):
        await _add(world, mode="direct", printer_id=world.there.printer_id)
    queue = await _add(world, mode="direct", printer_id=world.here.printer_id)
    assert queue.printer_id == world.here.printer_id


async def test_a_hold_queue_may_have_one(world: World) -> None:
    queue = await _add(world, mode="hold", printer_id=world.here.printer_id)
    assert queue.printer_id == world.here.printer_id
    async with world.database.writing() as session:
        changed = await change_queue(
            session, world.here.administrator, queue.id, mode="direct", printer_id=world.here.printer_id
        )
        assert (changed.mode, changed.printer_id) == ("direct", world.here.printer_id)
        changed = await change_queue(session, world.here.administrator, queue.id, mode="hold")
        assert (changed.mode, changed.printer_id) == ("hold", None)


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "ä", "a" * 128, "a\n", "..", "a.b"])
async def test_names_are_what_cupsd_and_addresses_take(world: World, name: str) -> None:
    if name == "a\n":
        name = "a\nb"
    with pytest.raises(Invalid):
        await _add(world, name=name)


@pytest.mark.parametrize("fields", [{"mode": "burn"}, {"info": "x" * 128}, {"location": "a\x00b"}])
async def test_what_cannot_be_right_is_refused(world: World, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await _add(world, **({"printer_id": world.here.printer_id} | fields))


async def test_names_are_taken_once_in_a_tenant(world: World) -> None:
    with pytest.raises(Conflict):
        await _add(world, name="Office")


async def test_people_see_the_queues(world: World) -> None:
    await _add(world, name="A-first")
    async with world.database.reading() as session:
        queues = await list_queues(session, world.here.user)
        assert [queue.name for queue in queues] == ["A-first", "Office"]
        assert (await get_queue(session, world.here.user, world.here.queue_id)).name == "Office"
        names = await queue_names(session, world.here.tenant_id, {world.here.queue_id, world.there.queue_id})
        assert names == {world.here.queue_id: "Office"}
        assert await queue_names(session, world.here.tenant_id, set()) == {}
