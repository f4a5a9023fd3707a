"""Octets to a device that may stop taking them."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from presswork.net.outgoing import Outgoing, Patience, connect, no_patience
from presswork.testing.raw_server import Behaviour, raw_server

LONG = bytes(20_000_000)


@asynccontextmanager
async def outgoing(behaviour: Behaviour, stall: float, patience: Patience = no_patience) -> AsyncIterator[Outgoing]:
    async with raw_server(behaviour) as port:
        _, writer = await connect("127.0.0.1", port, 10)
        try:
            yield Outgoing(writer, stall, patience)
        finally:
            writer.transport.abort()


async def test_what_is_sent_is_with_the_operating_system() -> None:
    received = bytearray()
    done = asyncio.Event()

    async def takes(reader: StreamReader, writer: StreamWriter) -> None:
        while len(received) < 2 * len(LONG):
            received.extend(await reader.read(1_000_000))
        done.set()

    async with outgoing(takes, 20) as out:
        for number in (1, 2):
            await out.send(LONG)
            assert out.handed == number * len(LONG)
        async with asyncio.timeout(20):
            await done.wait()


async def test_one_that_takes_nothing_is_given_up_and_what_is_gone_is_known() -> None:
    async def hangs(reader: StreamReader, writer: StreamWriter) -> None:
        await asyncio.Event().wait()

    async with outgoing(hangs, 0.5) as out:
        with pytest.raises(TimeoutError):
            await out.send(LONG)
        assert 0 < out.handed < len(LONG)


async def test_with_a_reason_it_is_waited_for() -> None:
    asked = 0
    go_on = asyncio.Event()

    async def stands(reader: StreamReader, writer: StreamWriter) -> None:
        await go_on.wait()
        while await reader.read(1_000_000):
            pass

    async def patience() -> bool:
        nonlocal asked
        asked += 1
        if asked == 2:
            go_on.set()
        return True

    async with outgoing(stands, 0.3, patience) as out:
        await out.send(LONG)
        assert out.handed == len(LONG)
        assert asked >= 2


async def test_a_connection_that_broke_is_an_error() -> None:
    async def breaks(reader: StreamReader, writer: StreamWriter) -> None:
        writer.transport.abort()

    async with outgoing(breaks, 5) as out:
        with pytest.raises(ConnectionError):
            await _for_ever(out)


@pytest.mark.parametrize("host", ["printer..example", "x" * 70, "127.0.0.1"])
async def test_where_nobody_is(host: str) -> None:
    with pytest.raises(OSError, match=r"is no name of a computer|Connect call failed"):
        await connect(host, 1, 5)


async def _for_ever(out: Outgoing) -> None:
    while True:
        await out.send(LONG)
