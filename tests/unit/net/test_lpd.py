"""Client and daemon of RFC 1179 with each other."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from presswork.net.lpd import LpdClient
from presswork.net.outgoing import Outgoing, connect
from presswork.protocols.lpd import ControlFile
from presswork.testing.lpd_daemon import ScriptedDaemon, breaks
from presswork.testing.raw_server import Behaviour, raw_server

CONTROL = ControlFile("pc", "anna", "A letter", "dfA001pc")


@asynccontextmanager
async def client_of(behaviour: Behaviour, reply: float = 20) -> AsyncIterator[tuple[LpdClient, Outgoing]]:
    async with raw_server(behaviour) as port:
        reader, writer = await connect("127.0.0.1", port, 10)
        out = Outgoing(writer, 20)
        try:
            yield LpdClient(reader, out, reply), out
        finally:
            writer.transport.abort()


async def test_a_job_there() -> None:
    daemon = ScriptedDaemon()
    async with client_of(daemon) as (client, out):
        assert await client.receive_job("office")
        assert await client.send_control_file("cfA001pc", CONTROL.encode())
        assert await client.announce_document("dfA001pc", 5)
        await out.send(b"hello")
        assert await client.end_document()
    assert (daemon.queues, daemon.controls, daemon.documents) == (["office"], [CONTROL], [b"hello"])


async def test_what_is_refused_is_said() -> None:
    async with client_of(ScriptedDaemon(queue=False)) as (client, _):
        assert not await client.receive_job("office")
    async with client_of(ScriptedDaemon(control=False)) as (client, _):
        assert await client.receive_job("office")
        assert not await client.send_control_file("cfA001pc", CONTROL.encode())
    async with client_of(ScriptedDaemon(data=False)) as (client, _):
        assert await client.receive_job("office")
        assert not await client.announce_document("dfA001pc", 5)


async def test_a_daemon_that_goes_or_says_nothing_is_an_error() -> None:
    async def mute(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.Event().wait()

    async with client_of(ScriptedDaemon(at_data=breaks)) as (client, _):
        assert await client.receive_job("office")
        with pytest.raises(ConnectionError):
            await client.announce_document("dfA001pc", 5)
    async with client_of(mute, reply=0.1) as (client, _):
        with pytest.raises(TimeoutError):
            await client.receive_job("office")


async def test_a_late_acknowledgement_is_waited_for_where_there_is_a_reason() -> None:
    printed = asyncio.Event()

    async def prints_first(writer: StreamWriter) -> None:
        await printed.wait()

    async def patience() -> bool:
        printed.set()
        return True

    async with client_of(ScriptedDaemon(at_end=prints_first), reply=0.5) as (client, out):
        assert await client.receive_job("office")
        assert await client.announce_document("dfA001pc", 5)
        await out.send(b"hello")
        assert await client.end_document(patience)
