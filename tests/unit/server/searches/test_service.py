"""Searches begin, are carried out by one computer, and end."""

from __future__ import annotations

import pytest

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.protocols.control.agent import Hello
from presswork.protocols.control.search import SearchReport
from presswork.server.computers import AgentPrincipal, note_presence
from presswork.server.searches import (
    Search,
    get_search,
    list_searches,
    open_searches,
    report_searches,
    standing,
    start_search,
    stop_search,
)
from presswork.testing.tenants import World


async def online(world: World, agent: AgentPrincipal | None = None) -> None:
    hello = Hello(version="0.1.0", computer_name="here-pc", platform="Debian 12")
    async with world.database.writing() as session:
        await note_presence(session, agent or world.here.agent, hello, sync_after=30)


async def start(world: World, *ranges: str, announced: bool = True) -> Search:
    await online(world)
    async with world.database.writing() as session:
        return await start_search(
            session,
            world.here.administrator,
            computer_id=world.here.agent.computer_id,
            ranges=ranges,
            announced=announced,
        )


async def tell(world: World, search: Search, agent: AgentPrincipal | None = None, **fields: object) -> None:
    report = SearchReport.model_validate({"search_id": search.id, "asked": 1, "total": 254, **fields})
    async with world.database.writing() as session:
        await report_searches(session, agent or world.here.agent, [report])


async def test_its_computer_is_woken_and_told_where_to_look(world: World) -> None:
    agent = world.here.agent
    await online(world)
    with world.events.waiter(agent.tenant_id, agent.computer_id) as waiter:
        search = await start(world, " 192.0.2.9/24 ")
        await waiter.wait()
    async with world.database.reading() as session:
        (told,) = await open_searches(session, world.vault, agent)
        assert await open_searches(session, world.vault, world.there.agent) == ()
    assert (told.search_id, told.ranges, told.announced, told.stopped) == (search.id, ("192.0.2.0/24",), True, False)


async def test_progress_and_end(world: World) -> None:
    search = await start(world, "192.0.2.0/24")
    await tell(world, search, asked=17)
    async with world.database.reading() as session:
        found = await get_search(session, world.here.administrator, search.id)
        assert (found.asked, found.total, standing(session, found)) == (17, 254, "runs")
    await tell(world, search, asked=254, ended=True)
    async with world.database.reading() as session:
        (found,) = await list_searches(session, world.here.administrator)
        assert standing(session, found) == "done"
        assert await open_searches(session, world.vault, world.here.agent) == ()


async def test_stopping(world: World) -> None:
    search = await start(world, "192.0.2.0/24")
    async with world.database.writing() as session:
        await stop_search(session, world.here.administrator, search.id)
    async with world.database.reading() as session:
        assert [one.stopped for one in await open_searches(session, world.vault, world.here.agent)] == [True]
    await tell(world, search, ended=True)
    async with world.database.reading() as session:
        assert standing(session, await get_search(session, world.here.administrator, search.id)) == "stopped"


async def test_a_computer_that_falls_silent_ends_it(world: World) -> None:
    search = await start(world)
    world.clock.advance(minutes=6)
    async with world.database.reading() as session:
        assert standing(session, await get_search(session, world.here.administrator, search.id)) == "failed"
        assert await open_searches(session, world.vault, world.here.agent) == ()


async def test_what_could_not_be_done_is_said(world: World) -> None:
    search = await start(world)
    await tell(world, search, ended=True, sentence="No.")
    async with world.database.reading() as session:
        assert standing(session, await get_search(session, world.here.administrator, search.id)) == "failed"


@pytest.mark.parametrize(
    "ranges", [["nonsense"], ["10.0.0.0/8"], ["224.0.0.0/24"], ["192.0.2.0/24"] * 65, ["127.0.0.0/8"]]
)
async def test_where_nobody_can_look(world: World, ranges: list[str]) -> None:
    with pytest.raises(Invalid):
        await start(world, *ranges)


async def test_nowhere_is_no_search(world: World) -> None:
    with pytest.raises(Invalid):
        await start(world, announced=False)


async def test_only_through_a_computer_that_is_there_and_not_too_often(world: World) -> None:
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await start_search(session, world.here.administrator, computer_id=world.here.agent.computer_id)
    for _ in range(4):
        await start(world)
    with pytest.raises(Conflict):
        await start(world)
    with pytest.raises(NotFound):
        async with world.database.writing() as session:
            await start_search(session, world.there.administrator, computer_id=world.here.agent.computer_id)


async def test_another_computers_word_does_not_count(world: World) -> None:
    search = await start(world, "192.0.2.0/24")
    await tell(world, search, world.there.agent, asked=99, ended=True)
    async with world.database.reading() as session:
        found = await get_search(session, world.here.administrator, search.id)
    assert (found.asked, found.ended_at) == (0, None)
