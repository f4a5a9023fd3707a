"""RFC 1179, line printer daemon protocol: what the agent sends, octet by octet, and what a daemon of ours answers."""

from __future__ import annotations

import asyncio
import re
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from presswork.agent.spool.job import Job
from presswork.net.lpd import LpdClient
from presswork.net.outgoing import Outgoing, connect
from presswork.simulator.serve import simulate
from presswork.simulator.simulator import Listen
from presswork.testing.delivering import delivering, printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.redirector import inward_spec, running_redirector

LETTER = b"%PDF-1.4 a letter\x00\x02\n"


@dataclass
class Tape:
    """Takes down what comes; answers yes after each of so many octets, which it is told."""

    steps: list[bytes] = field(default_factory=list)
    source_port: int = 0

    async def __call__(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.source_port = writer.get_extra_info("peername")[1]
        await self._step(await reader.readuntil(b"\n"), writer)
        for _ in range(2):
            line = await reader.readuntil(b"\n")
            await self._step(line, writer)
            await self._step(await reader.readexactly(int(line[1:].split()[0]) + 1), writer)
        self.steps.append(await reader.read())

    async def _step(self, octets: bytes, writer: StreamWriter) -> None:
        self.steps.append(octets)
        writer.write(b"\0")
        await writer.drain()


@asynccontextmanager
async def taped(directory: Path, name: str = "A letter") -> AsyncIterator[Tape]:
    """One job of the agent."""
    tape = Tape()
    async with raw_server(tape) as port, delivering(directory) as agent:
        await agent.ended(await agent.release(printer_spec(f"lpd://127.0.0.1:{port}/office"), LETTER, name=name))
        yield tape


async def test_5_2_receive_a_printer_job(tmp_path: Path) -> None:
    async with taped(tmp_path) as tape:
        assert tape.steps[0] == b"\x02office\n"


async def test_6_2_and_6_3_the_files_and_their_acknowledgements(tmp_path: Path) -> None:
    """Count, space, name; as many octets as announced, then one of zero; each answered before the next is sent."""
    async with taped(tmp_path) as tape:
        _, control, control_octets, data, data_octets, rest = tape.steps
        assert re.fullmatch(rb"\x02[0-9]+ cfA[0-9]{3}[!-~]+\n", control)
        assert control_octets[-1:] == b"\0"
        assert re.fullmatch(rb"\x0320 dfA[0-9]{3}[!-~]+\n", data)
        assert data_octets == LETTER + b"\0"
        assert rest == b""
        assert control.split()[1][3:] == data.split()[1][3:], "the same number and host"


async def test_7_the_control_file(tmp_path: Path) -> None:
    """Host (§7.2), user (§7.8), job name (§7.4), the document as it is (§7.22), unlink (§7.9), source name (§7.11)."""
    async with taped(tmp_path, "x" * 255) as tape:
        lines = tape.steps[2].removesuffix(b"\0").decode("ascii").splitlines()
        assert [line[0] for line in lines] == ["H", "P", "J", "l", "U", "N"]
        said = {line[0]: line[1:] for line in lines}
        assert said["l"] == said["U"] == tape.steps[3].split()[1].decode()
        assert len(said["H"]) <= 31
        assert len(said["P"]) <= 31
        assert len(said["J"]) <= 99
        assert len(said["N"]) <= 131


async def test_3_1_the_source_port_is_any(tmp_path: Path) -> None:
    """A difference on purpose: docs/reference/ways.md says why."""
    async with taped(tmp_path) as tape:
        assert tape.source_port > 1023


async def test_6_3_a_document_of_more_than_four_gigabytes_is_announced_as_it_is() -> None:
    asked: list[bytes] = []

    async def daemon(reader: StreamReader, writer: StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\n"))
        writer.write(b"\1")
        await writer.drain()

    async with raw_server(daemon) as port:
        reader, writer = await connect("127.0.0.1", port, 5)
        client = LpdClient(reader, Outgoing(writer, 5), 5)
        assert not await client.announce_document("dfA001pc", 6 * 2**30)
        writer.close()
    assert asked == [b"\x036442450944 dfA001pc\n"]


@pytest.mark.parametrize("command", [b"\x01print\n", b"\x03print\n", b"\x04print anna 1\n", b"\x05print anna 1\n"])
async def test_5_the_other_commands_are_refused_by_the_simulator(command: bytes) -> None:
    async with simulate(listen=Listen(lpd_port=0)) as printer:
        reader, writer = await asyncio.open_connection("127.0.0.1", printer.listen.lpd_port)
        writer.write(command)
        assert await reader.read() == b"\x01"
        writer.close()


async def test_6_1_a_job_that_is_given_up_leaves_nothing() -> None:
    async with simulate(listen=Listen(lpd_port=0)) as printer:
        reader, writer = await asyncio.open_connection("127.0.0.1", printer.listen.lpd_port)
        writer.write(b"\x02print\n\x035 dfA001pc\n%PDF-\0\x01\n")
        writer.write_eof()
        assert await reader.read() == b"\0\0\0\0"
        assert printer.store.entries == {}
        writer.close()


async def told_to_redirector(directory: Path, *parts: bytes) -> tuple[bytes, list[Job]]:
    """What a redirector answers to these lines and files, one octet each, and the jobs it has then."""
    async with running_redirector(directory, inward_spec(lpd=True)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", await running.port("lpd"))
        answers = b""
        for part in parts:
            writer.write(part)
            answers += await reader.readexactly(1)
        writer.close()
        return answers, await running.jobs()


def control_file(*lines: str) -> tuple[bytes, bytes]:
    octets = "".join(f"{line}\n" for line in lines).encode("ascii")
    return b"\x02%d cfA001erp\n" % len(octets), octets + b"\0"


def data_file(octets: bytes = LETTER, letter: str = "A") -> tuple[bytes, bytes]:
    return f"\x03{len(octets)} df{letter}001erp\n".encode("ascii"), octets + b"\0"


async def test_7_what_a_control_file_says_of_a_job_to_a_redirector(tmp_path: Path) -> None:
    """Owner (§7.8), job name (§7.4) before that of the file (§7.11); class, banner, mail and width change nothing."""
    lines = control_file(
        "Herp", "Pada", "JPayroll", "Cclass", "Lada", "Mada", "W132", "fdfA001erp", "UdfA001erp", "Npay.pdf"
    )
    answers, (job,) = await told_to_redirector(tmp_path, b"\x02secure\n", *lines, *data_file())
    assert answers == bytes(5)
    assert (job.account, job.name, job.ticket.copies) == ("ada, by LPR", "Payroll", 1)


async def test_7_as_many_lines_as_print_the_file_are_copies(tmp_path: Path) -> None:
    lines = control_file("Herp", "Pada", *["ldfA001erp"] * 3, "UdfA001erp", "Npay.pdf")
    answers, (job,) = await told_to_redirector(tmp_path, b"\x02secure\n", *data_file(), *lines)
    assert answers == bytes(5)
    assert (job.name, job.ticket.copies) == ("pay.pdf", 3)


async def test_6_files_belong_together_by_the_number_in_their_names(tmp_path: Path) -> None:
    """Two jobs in one connection, each with its document first: nothing of the second is the first one's owner's."""
    second = [part.replace(b"001erp", b"002erp") for part in (*data_file(), *control_file("Pgrace", "ldfA001erp"))]
    parts = (*data_file(), *control_file("Pada", "ldfA001erp"), *second)
    answers, jobs = await told_to_redirector(tmp_path, b"\x02secure\n", *parts)
    assert answers == bytes(9)
    assert [job.account for job in jobs] == ["ada, by LPR", "grace, by LPR"]


async def test_6_3_every_data_file_is_printed(tmp_path: Path) -> None:
    lines = control_file("Herp", "Pada", "fdfA001erp", "fdfB001erp")
    parts = (*data_file(), *data_file(letter="B"), *lines)
    answers, jobs = await told_to_redirector(tmp_path, b"\x02secure\n", *parts)
    assert answers == bytes(7)
    assert len(jobs) == 2


@pytest.mark.parametrize("command", [b"\x01secure\n", b"\x03secure\n", b"\x04secure ada\n", b"\x05secure ada 1\n"])
async def test_5_the_other_commands_are_refused_by_a_redirector(tmp_path: Path, command: bytes) -> None:
    assert await told_to_redirector(tmp_path, command) == (b"\1", [])


async def test_6_1_what_was_sent_before_a_job_is_given_up_is_no_job_of_a_redirector(tmp_path: Path) -> None:
    """Neither is there one whose sender says that a file is broken (§6.2, §6.3)."""
    lines = control_file("Herp", "Pada", "fdfA001erp")
    assert await told_to_redirector(tmp_path, b"\x02secure\n", *data_file(), b"\x01\n", *lines) == (bytes(6), [])
    broken = (data_file()[0], LETTER + b"\1")
    assert await told_to_redirector(tmp_path, b"\x02secure\n", *lines, *broken) == (b"\0\0\0\0\1", [])
    for first in (lines, ()):
        parts = (*first, *broken, *data_file(LETTER * 2), *(lines if not first else ()))
        answers, jobs = await told_to_redirector(tmp_path / str(len(first)), b"\x02secure\n", *parts)
        assert answers.count(b"\1") == 1
        assert [job.size for job in jobs] == [2 * len(LETTER)]
