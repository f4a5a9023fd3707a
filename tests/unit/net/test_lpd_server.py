"""The daemon's side of a connection, with clients that do what clients do."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from presswork.core.errors import Invalid
from presswork.net.lpd_server import serve_job
from presswork.protocols.lpd import Subcommand
from presswork.testing.lpd import CORPUS
from presswork.testing.raw_server import raw_server


@dataclass
class Everything:
    """Takes everything."""

    files: list[bytes] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve_job(reader, writer, self, 20)
        except Invalid as fault:
            self.faults.append(fault)

    async def job_asked(self, queue: str) -> bool:
        return queue != "closed"

    async def announced(self, subcommand: Subcommand) -> bool:
        self.files.append(b"")
        return subcommand.size < 1000

    async def piece(self, data: bytes) -> None:
        self.files[-1] += data

    async def file_ended(self, *, complete: bool) -> bool:
        return complete


async def talk(octets: bytes, daemon: Everything) -> bytes:
    async with raw_server(daemon) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(octets)
        writer.write_eof()
        answers = await reader.read()
        writer.close()
    return answers


@pytest.mark.parametrize(
    ("name", "answers"),
    [
        ("control file first", b"\0" * 5),
        ("data file first", b"\0" * 5),
        ("data to the end", b"\0" * 5),
        ("given up", b"\0" * 2),
        ("asked for the queue", b"\1"),
        ("to be removed", b"\1"),
    ],
)
async def test_each_step_is_answered(name: str, answers: bytes) -> None:
    daemon = Everything()
    assert await talk(CORPUS[name], daemon) == answers
    assert daemon.faults == []


async def test_the_files_are_those_that_were_sent() -> None:
    daemon = Everything()
    await talk(CORPUS["data file first"], daemon)
    assert daemon.files == [b"hello", b"Hpc.example.org\nfdfA123pc.example.org\n"]


@pytest.mark.parametrize("octets", [b"\x02closed\n", b"\x02q\n\x031000 dfA001pc\n"])
async def test_after_a_refusal_nothing_is_read(octets: bytes) -> None:
    daemon = Everything()
    assert (await talk(octets + b"\x031 dfA001pc\nx\0", daemon))[-1:] == b"\1"
    assert daemon.files in ([], [b""])


@pytest.mark.parametrize("octets", [b"GET / HTTP/1.1\r\n", b"\x02q\n\x035 dfA001pc\nhel", b"x" * 5000])
async def test_nonsense_and_what_breaks_off_is_no_job(octets: bytes) -> None:
    daemon = Everything()
    await talk(octets, daemon)
    assert len(daemon.faults) == 1
