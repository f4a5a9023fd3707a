"""Jobs from one computer through another to a printer: with real spools, real TLS and a printer of octets."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from presswork.agent.spool.job import Outcome
from presswork.protocols.control.route import PeerSpec
from presswork.testing.delivering import printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.relaying import Holder, Organisation, holder, relay


@dataclass
class Sink:
    """A RAW printer that takes all; ``pause`` stops it."""

    jobs: list[bytearray] = field(default_factory=list)
    goes: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        job = bytearray()
        self.jobs.append(job)
        while True:
            await self.goes.wait()
            data = await reader.read(1 << 18)
            if not data:
                return
            job += data


@dataclass
class Office:
    """A holder, a relay and a printer."""

    organisation: Organisation
    holder: Holder
    relay: PeerSpec
    sink: Sink
    uri: str


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    organisation, sink = Organisation(), Sink()
    sink.goes.set()
    async with (
        raw_server(sink) as port,
        relay(tmp_path / "relay", organisation) as peer,
        holder(tmp_path / "holder", organisation, peer) as sending,
    ):
        yield Office(organisation, sending, peer, sink, f"socket://127.0.0.1:{port}")


@pytest.mark.parametrize("size", [1, 100_000, 64 * 1024 * 9, 3_000_000])
async def test_what_the_printer_gets_is_the_document(office: Office, size: int) -> None:
    document = bytes(range(256)) * (size // 256 + 1)
    job = await office.holder.job(document[:size])
    end = await office.holder.send(job, await office.holder.ticket(job, printer_spec(office.uri)))
    assert end.outcome is Outcome.UNKNOWN  # RAW does not say more
    assert office.sink.jobs == [document[:size]]
    assert office.holder.marks == [None]
    assert office.holder.octets[-1] == size
