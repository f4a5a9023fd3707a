"""v1 and v2c over real sockets: a device that answers, one that lies, one that is silent, none at all."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal, cast

import pytest

from presswork.core.errors import PrinterUnreachable
from presswork.net.snmp import snmp_client
from presswork.net.snmp_reading import Patience
from presswork.protocols.snmp.credentials import Community, User
from presswork.protocols.snmp.message import Pdu, SnmpMessage, Tag, Varbind, decode, encode
from presswork.simulator.snmp import serve_snmp
from presswork.testing.timing import MS

NAME = (1, 3, 6, 1, 2, 1, 1, 5, 0)
KNOWN = {NAME: (Tag.OCTET_STRING, b"Kitchen")}
QUICK = Patience(first=40 * MS, attempts=2)


class Peer(asyncio.DatagramProtocol):
    """Sends for each question what it is told to."""

    def __init__(self, answer: Callable[[SnmpMessage], list[bytes]]) -> None:
        self.answer = answer
        self.questions: list[SnmpMessage] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self.questions.append(decode(data))
        for datagram in self.answer(self.questions[-1]):
            self.transport.sendto(datagram, address)


@asynccontextmanager
async def peer(answer: Callable[[SnmpMessage], list[bytes]]) -> AsyncIterator[tuple[Peer, int]]:
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: Peer(answer), local_addr=("127.0.0.1", 0))
    try:
        yield protocol, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def reply(question: SnmpMessage, value: bytes = b"x") -> SnmpMessage:
    return replace(question, pdu=Pdu.RESPONSE, varbinds=(Varbind(NAME, Tag.OCTET_STRING, value),))


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_a_device_is_read(version: Literal["1", "2c"]):
    async with (
        serve_snmp(lambda: KNOWN, ("127.0.0.1", 0)) as (_, port),
        snmp_client("127.0.0.1", Community(version), os.urandom, port=port) as device,
    ):
        assert await device.get(NAME, (1, 3, 9)) == {NAME: b"Kitchen"}
        assert await device.columns((NAME[:-1],), rows=3) == {NAME[:-1]: {(0,): b"Kitchen"}}


async def test_a_wrong_community_is_silence():
    async with (
        serve_snmp(lambda: KNOWN, ("127.0.0.1", 0), community="secret") as (_, port),
        snmp_client("127.0.0.1", Community(), os.urandom, port=port, patience=QUICK) as device,
    ):
        with pytest.raises(PrinterUnreachable, match="does not answer to SNMP"):
            await device.get(NAME)


async def test_a_lost_datagram_is_asked_for_again():
    heard: list[SnmpMessage] = []

    def second_time(question: SnmpMessage) -> list[bytes]:
        heard.append(question)
        return [] if len(heard) == 1 else [encode(reply(question))]

    async with (
        peer(second_time) as (_, port),
        snmp_client("127.0.0.1", Community(), os.urandom, port=port, patience=QUICK) as device,
    ):
        assert await device.get(NAME) == {NAME: b"x"}
    assert len(heard) == 2


async def test_what_is_not_the_answer_counts_as_if_it_never_came():
    def lies(question: SnmpMessage) -> list[bytes]:
        true = reply(question, b"true")
        return [
            b"",
            b"\x30\x84\xff\xff\xff\xff",
            os.urandom(300),
            encode(replace(true, request_id=question.request_id ^ 1, varbinds=())),
            encode(replace(true, community=b"other", varbinds=())),
            encode(replace(true, version=0, varbinds=())),
            encode(replace(true, pdu=Pdu.GET, varbinds=())),
            encode(true),
            encode(reply(question, b"late")),
        ]

    async with peer(lies) as (_, port), snmp_client("127.0.0.1", Community(), os.urandom, port=port) as device:
        assert await device.get(NAME) == {NAME: b"true"}
        assert await device.get(NAME) == {NAME: b"true"}


async def test_ids_of_questions_cannot_be_guessed():
    async with (
        peer(lambda question: [encode(reply(question))]) as (asked, port),
        snmp_client("127.0.0.1", Community(), os.urandom, port=port) as device,
    ):
        for _ in range(4):
            await device.get(NAME)
    ids = [question.request_id for question in asked.questions]
    assert len({later - earlier for earlier, later in itertools.pairwise(ids)}) == 3


async def test_nobody_there_is_known_at_once():
    async with peer(lambda question: []) as (_, port):
        pass
    async with snmp_client("127.0.0.1", Community(), os.urandom, port=port, patience=Patience(first=30)) as device:
        with pytest.raises(PrinterUnreachable, match="does not take SNMP"):
            await device.get(NAME)


@pytest.mark.parametrize("host", ["no such host", "a" * 300])
@pytest.mark.parametrize("credentials", [Community(), User("ada")], ids=["v2c", "v3"])
async def test_an_address_that_is_none(host: str, credentials: Community | User):
    with pytest.raises(PrinterUnreachable, match="cannot be reached"):
        async with snmp_client(host, credentials, os.urandom):
            pass
