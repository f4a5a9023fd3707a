"""The line to an agent."""

from __future__ import annotations

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from presswork.protocols.control.agent import Wake
from presswork.server import computers
from presswork.testing.timing import eventually

from .conftest import Computer

PATH = "/websocket/agent"


def _line(computer: Computer, **headers: str) -> connect:
    given = computer.headers("GET", PATH) | headers
    url = computer.server.url.replace("http", "ws", 1) + PATH
    return connect(url, additional_headers=given, compression=None, proxy=None, close_timeout=2)


async def _woken(line: ClientConnection) -> Wake:
    async with asyncio.timeout(5):
        return Wake.model_validate_json(await line.recv())


async def _quiet(line: ClientConnection) -> bool:
    try:
        async with asyncio.timeout(0.1):
            await line.recv()
    except TimeoutError:
        return True
    return False


async def _until(computer: Computer, *, waiting: bool) -> None:
    context = computer.server.context
    tenant_id = context.installation.tenant_id
    await eventually(lambda: context.events.waiting(tenant_id, computer.computer_id) is waiting)


async def test_news_wakes_and_silence_does_not(computer: Computer) -> None:
    async with _line(computer) as line:
        await _until(computer, waiting=True)
        assert await _quiet(line)
        await computer.server.add_queue("Office")
        assert (await _woken(line)).kind == "wake"
        assert await _quiet(line)
        await computer.server.add_printer("Hall", "ipp://192.0.2.9")
        assert await _quiet(line), "no queue of this computer prints there"


async def test_what_the_agent_says_is_left(computer: Computer) -> None:
    async with _line(computer) as line:
        await _until(computer, waiting=True)
        await line.send("hello")
        await line.send(b"\x00\xff")
        await computer.server.add_queue("Office")
        await _woken(line)


async def test_who_hangs_up_is_not_waited_for(computer: Computer) -> None:
    async with _line(computer):
        await _until(computer, waiting=True)
    await _until(computer, waiting=False)


async def test_a_newer_line_ends_the_older(computer: Computer) -> None:
    async with _line(computer) as older:
        await _until(computer, waiting=True)
        async with _line(computer) as newer:
            with pytest.raises(ConnectionClosed) as closed:
                await _woken(older)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
            await computer.server.add_queue("Office")
            await _woken(newer)


async def test_removing_the_computer_ends_its_line_and_it_gets_no_other(computer: Computer) -> None:
    assert computer.server.administrator is not None
    async with _line(computer) as line:
        await _until(computer, waiting=True)
        async with computer.server.context.database.writing() as session:
            await computers.revoke_computer(session, computer.server.administrator.principal, computer.computer_id)
        with pytest.raises(ConnectionClosed):
            await _woken(line)
    with pytest.raises(InvalidStatus) as refused:
        async with _line(computer):
            pass
    assert refused.value.response.status_code == 403
    assert b'"revoked"' in refused.value.response.body


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": "DPoP x"}, 403), ({"Authorization": "Bearer x"}, 401), ({"DPoP": "x"}, 403)],
)
async def test_a_line_is_signed_before_it_is_opened(computer: Computer, headers: dict[str, str], status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with _line(computer, **headers):
            pass
    assert refused.value.response.status_code == status
    assert not computer.server.context.events.waiting(
        computer.server.context.installation.tenant_id, computer.computer_id
    )


async def test_too_long_a_message_ends_the_line(computer: Computer) -> None:
    async with _line(computer) as line:
        await _until(computer, waiting=True)
        await line.send("x" * 200_000)
        with pytest.raises(ConnectionClosed):
            await _woken(line)
    await _until(computer, waiting=False)


async def test_the_end_of_the_server_ends_the_lines(computer: Computer) -> None:
    async with _line(computer) as line:
        await _until(computer, waiting=True)
        computer.server.running.stop()
        with pytest.raises(ConnectionClosed):
            await _woken(line)
