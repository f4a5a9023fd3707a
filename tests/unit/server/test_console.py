"""The server's own command line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from presswork.core.errors import Invalid, NotFound
from presswork.protocols.control.search import FoundDevice, SearchReport
from presswork.server import searches
from presswork.server.console import explain, operator, search_printers
from presswork.testing.organisation import Organisation, furnish
from presswork.testing.server import running_server
from presswork.testing.timing import MS, eventually


async def _answers(organisation: Organisation, **fields: object) -> None:
    """The computer that looks tells something of each search that is open."""
    async with organisation.context.database.writing() as session:
        for order in await searches.open_searches(session, organisation.context.vault, organisation.agent):
            told = {"search_id": order.search_id, "asked": 254, "total": 254, **fields}
            await searches.report_searches(session, organisation.agent, [SearchReport.model_validate(told)])


async def test_a_search_from_the_command_line(tmp_path: Path) -> None:
    said: list[str] = []
    async with running_server(tmp_path) as server:
        organisation = await furnish(server.context)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(
                search_printers(
                    server.context, through="bob-laptop", ranges=["192.0.2.0/24"], announced=True, say=said.append
                )
            )
            await eventually(lambda: bool(said), 10_000 * MS)
            device = FoundDevice(host="192.0.2.7", ways=("ipps://192.0.2.7/ipp/print",), name="Lab")
            await _answers(organisation, devices=[device], ended=True)
    assert said[1:] == [
        "254 of 254 addresses, 1 answers",
        "ipps://192.0.2.7/ipp/print\tLab\t-\t-",
        f"Decide what becomes of them at {server.context.public_url}/printers/search",
    ]


async def test_ctrl_c_stops_the_search(tmp_path: Path) -> None:
    said: list[str] = []
    async with running_server(tmp_path) as server:
        organisation = await furnish(server.context)
        running = asyncio.create_task(
            search_printers(server.context, through="bob-laptop", ranges=[], announced=True, say=said.append)
        )
        await eventually(lambda: bool(said), 10_000 * MS)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        async with server.context.database.reading() as session:
            assert [
                order.stopped
                for order in await searches.open_searches(session, organisation.context.vault, organisation.agent)
            ] == [True]
            (search,) = await searches.list_searches(session, operator(server.context))
    assert search.stopped


async def test_a_computer_that_is_not_there(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        with pytest.raises(NotFound):
            await search_printers(server.context, through="nobody", ranges=[], announced=True, say=print)


async def test_why_is_answered_at_the_command_line_too(tmp_path: Path) -> None:
    said: list[str] = []
    async with running_server(tmp_path) as server:
        await furnish(server.context)
        assert await explain(server.context, person="bob@example.org", printer="kitchen", say=said.append)
        assert said == [
            "Bob Babbage sees Kitchen.",
            "Office, bob on bob-laptop (on no known network):",
            "  yes  The queue is for everybody.",
            "  yes  The queue is seen on every network.",
            "  yes  The queue comes by itself.",
        ]
        assert not await explain(server.context, person="ada@example.org", printer="Kitchen", say=said.append)
        assert said[-1] == "Office: the person has signed in at no computer."
        with pytest.raises(Invalid):
            await explain(server.context, person="bob@example.org", printer="Cellar", say=said.append)
