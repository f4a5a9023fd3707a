"""The local web server as a whole, over its socket."""

from __future__ import annotations

import asyncio
import os
import pwd
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from presswork.agent.intake import PageCounter
from presswork.agent.intake.front import PAGE
from presswork.agent.spool.job import Phase
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import MimeMediaType, Name, Tag
from presswork.testing.intake import (
    HOLD,
    ME,
    PERSON,
    PlayedSpooler,
    RunningIntake,
    running_intake,
    sent_by_spooler,
)
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import document_of, pieces
from presswork.testing.timing import MS

PDF = make_pdf(2)


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[RunningIntake]:
    async with running_intake(tmp_path) as running:
        yield running


async def print_job(running: RunningIntake, user: str = ME, document: bytes = PDF) -> Message:
    async with IppClient(running.uri("secure"), user=user) as printer:
        return await printer.call(
            Operation.PRINT_JOB,
            Attribute.of("job-name", Name("Letter")),
            Attribute.of("document-format", MimeMediaType("application/pdf")),
            document=pieces(document),
        )


async def http(running: RunningIntake, request: str, body: bytes = b"") -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(request.replace("\n", "\r\n").encode() + b"\r\n" + body)
    async with asyncio.timeout(10):
        answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    head, _, text = answer.partition("\r\n\r\n")
    return int(head.split()[1]), text


async def test_a_job_is_durable_and_its_senders_before_the_reply(running: RunningIntake) -> None:
    reply = await print_job(running, user="somebody-else")
    assert reply.code == Status.SUCCESSFUL_OK
    state = reply.group(Tag.JOB).get("job-state")
    assert state is not None
    assert state.value == 4
    (job,) = await running.spool.list()
    assert (job.account, job.owner_proof, job.user_id, job.phase) == (ME, "peer", PERSON.user_id, Phase.HELD)
    assert await document_of(running.spool, job.id) == PDF


async def test_pages_are_counted_beside(running: RunningIntake) -> None:
    await print_job(running)
    (job,) = await running.spool.list()
    async with asyncio.timeout(30_000 * MS):
        while (await running.spool.get(job.id)).pages != 2:  # noqa: ASYNC110
            await asyncio.sleep(20 * MS)


async def test_the_spoolers_account_names_the_owner_and_is_told_to_forget(tmp_path: Path) -> None:
    spooler, job_uuid = PlayedSpooler(user=ME), uuid4()
    spooler.sending = sent_by_spooler("ada", job_uuid)
    async with running_intake(tmp_path, spooler=lambda _: spooler) as running:
        assert (await print_job(running, user="ada")).code == Status.SUCCESSFUL_OK
        (job,) = await running.spool.list()
        assert (job.account, job.owner_proof, job.submitted_uuid) == ("ada", "spooler", job_uuid)
        async with asyncio.timeout(5000 * MS):
            while not spooler.purged:  # noqa: ASYNC110
                await asyncio.sleep(MS)
        assert spooler.purged == [(HOLD.name, job_uuid)]


@pytest.mark.parametrize("document", [b"", b"plain text", b"\xff\xd8\xff a picture that was called a PDF"])
async def test_a_document_of_no_use_makes_no_job(running: RunningIntake, document: bytes) -> None:
    reply = await print_job(running, document=document)
    assert reply.code >= Status.CLIENT_ERROR_BAD_REQUEST
    assert await running.spool.list() == []


async def test_a_queue_there_is_not_is_no_printer(running: RunningIntake) -> None:
    status, _ = await http(
        running,
        "POST /ipp/print/other HTTP/1.1\nHost: localhost\nContent-Type: application/ipp\nContent-Length: 0\n"
        "Connection: close\n",
    )
    assert status == 404


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        ("GET / HTTP/1.1\nHost: example.org\n", 421),
        ("GET / HTTP/1.0\n", 421),
        ("GET / HTTP/1.1\nHost: localhost\nOrigin: https://example.org\n", 403),
        ("POST /ipp/print/secure HTTP/1.1\nHost: example.org\nContent-Type: application/ipp\n", 421),
        ("POST /ipp/print/secure HTTP/1.1\nHost: localhost\nContent-Type: application/ipp\nOrigin: null\n", 403),
        (
            "POST /ipp/print/secure HTTP/1.1\nHost: localhost\nContent-Type: application/ipp\n"
            "Origin: http://localhost:21339\n",
            403,
        ),
        ("POST /ipp/print/secure HTTP/1.1\nHost: localhost\nContent-Type: text/plain\n", 415),
        ("POST /ipp/print/secure HTTP/1.1\nHost: localhost\n", 415),
        ("PUT /ipp/print/secure HTTP/1.1\nHost: localhost\nContent-Type: application/ipp\n", 405),
        ("OPTIONS /ipp/print/secure HTTP/1.1\nHost: localhost\n", 405),
        ("GET /etc/passwd HTTP/1.1\nHost: localhost\n", 404),
    ],
)
async def test_what_is_not_ipp_of_this_computer_is_refused(
    running: RunningIntake, request_head: str, status: int
) -> None:
    answered, text = await http(running, request_head + "Content-Length: 0\nConnection: close\n")
    assert answered == status
    assert "example.org" not in text
    assert "passwd" not in text


@pytest.mark.parametrize("path", ["/", "/?x=<script>", "/ipp/print/secure"])
async def test_there_is_one_page_and_it_is_always_the_same(running: RunningIntake, path: str) -> None:
    status, text = await http(running, f"GET {path} HTTP/1.1\nHost: 127.0.0.1\nConnection: close\n")
    assert (status, text) == (200, PAGE)


@pytest.mark.skipif(os.geteuid() != 0, reason="becoming another account needs root")
async def test_another_account_neither_sees_nor_changes_the_job(running: RunningIntake) -> None:
    await print_job(running)
    (job,) = await running.spool.list()
    other = pwd.getpwnam("nobody")
    script = """
import asyncio, sys
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.values import Keyword, Tag

async def main():
    async with IppClient(sys.argv[1], user=sys.argv[2]) as printer:
        jobs = await printer.call(Operation.GET_JOBS, Attribute.of("which-jobs", Keyword("all")))
        print(len(jobs.all(Tag.JOB)))
        for operation in (Operation.GET_JOB_ATTRIBUTES, Operation.CANCEL_JOB, Operation.RELEASE_JOB):
            print(hex((await printer.call(operation, Attribute.of("job-id", 1))).code))

asyncio.run(main())
"""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        running.uri("secure"),
        ME,
        stdout=-1,
        user=other.pw_uid,
        group=other.pw_gid,
        cwd="/",
    )
    said, _ = await child.communicate()
    assert said.decode().split() == ["0", *["0x406"] * 3]
    assert (await running.spool.get(job.id)).phase is Phase.HELD


async def test_the_icon_of_the_queues_is_where_they_say(running: RunningIntake) -> None:
    async with IppClient(running.uri("secure"), user=ME) as printer:
        reply = await printer.call(Operation.GET_PRINTER_ATTRIBUTES)
    icon = reply.group(Tag.PRINTER).get("printer-icons")
    assert icon is not None
    assert icon.value == f"http://127.0.0.1:{running.port}/icon.png"
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write(b"GET /icon.png HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
    async with asyncio.timeout(10):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    assert b"image/png" in head
    assert body.startswith(b"\x89PNG")


async def test_a_postscript_document_is_taken_as_it_is(running: RunningIntake) -> None:
    async with IppClient(running.uri("secure"), user=ME) as printer:
        reply = await printer.call(Operation.PRINT_JOB, document=pieces(b"%!PS-Adobe-3.0\nshowpage\n"))
    assert reply.code == Status.SUCCESSFUL_OK
    (job,) = await running.spool.list()
    assert (job.document_format, await document_of(running.spool, job.id)) == (
        "application/postscript",
        b"%!PS-Adobe-3.0\nshowpage\n",
    )


class BrokenCounter(PageCounter):
    """Has a mistake in it."""

    async def run(self) -> None:
        raise RuntimeError("a mistake")


async def test_a_part_beside_that_fails_is_said_and_documents_are_taken_all_the_same(tmp_path: Path) -> None:
    with capture_logs() as said:
        async with running_intake(tmp_path, counter=BrokenCounter) as running:
            async with IppClient(running.uri("secure"), user=ME) as printer:
                for _ in range(2):
                    reply = await printer.call(Operation.PRINT_JOB, document=pieces(PDF))
                    assert reply.code == Status.SUCCESSFUL_OK
            assert len(await running.spool.list(phases={Phase.HELD})) == 2
    assert [(entry["part"], entry["log_level"]) for entry in said if "part" in entry] == [("pages", "error")]
