"""What legacy systems print: which kind it is, and what becomes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.agent.redirector.inward import MOST_JOBS
from presswork.agent.redirector.kinds import Kinds
from presswork.agent.redirector.wrapped import MOST_LINES
from presswork.agent.spool.job import Phase
from presswork.core.clock import system_randomness
from presswork.documents.inspect import count_pages
from presswork.documents.text import Paper
from presswork.net.ipp_client import IppClient
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation, Status
from presswork.testing.legacy_systems import (
    PDF,
    UEL,
    ask,
    control,
    data,
    free_port,
    lpr,
    print_by_ipp,
    raw,
    the_job,
    wrapped,
)
from presswork.testing.redirector import (
    ADA,
    GRACE,
    PlayedOwners,
    inward_spec,
    running_redirector,
)

DOCUMENTS = {
    "pdf": (PDF, "application/pdf"),
    "postscript": (b"%!PS-Adobe-3.0\nshowpage\n", "application/postscript"),
    "pcl": (b"\x1bE\x1b&l26AInvoice\x1b*r1A\x1b*b3W\0\1\2\x1b*rB\f\x1bE", "application/vnd.hp-pcl"),
    "pcl xl": (b") HP-PCL XL;2;0;\n\xd1\x58\0\0", "application/vnd.hp-pclxl"),
    "text with escapes further on": (b"line\r\n" * 50_000 + b"\x1b(s3Bbold", "application/vnd.hp-pcl"),
    "jpeg": (b"\xff\xd8\xff\xe0 picture", "image/jpeg"),
    "pwg": (b"RaS2PwgRaster\0", "image/pwg-raster"),
    "urf": (b"UNIRAST\0\0\0\0\1", "image/urf"),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_what_printers_take_goes_into_the_job_as_it_is(tmp_path: Path, kind: str) -> None:
    octets, document_format = DOCUMENTS[kind]
    number = free_port()
    async with running_redirector(tmp_path, inward_spec(ipp=True, lpd=True, socket_port=number)) as running:
        assert await lpr(await running.port("lpd"), *control(), *data(octets)) == bytes(5)
        assert await lpr(await running.port("lpd"), *control(name=""), *data(wrapped(octets))) == bytes(5)
        assert await raw(await running.port("socket", number), wrapped(octets))
        for one in (octets, wrapped(octets)):
            reply = await print_by_ipp(
                await running.port("ipp"), octets=one, document_format="application/octet-stream"
            )
            assert reply.code == Status.SUCCESSFUL_OK
        jobs = await running.jobs()
        assert [job.document_format for job in jobs] == [document_format] * 5
        assert [await running.document(job) for job in jobs] == [octets] * 5
        assert [job.ticket.copies for job in jobs] == [1, 2, 2, 1, 2]
        assert [job.name for job in jobs] == ["Payroll", "Report", "Report", "Payroll", "Payroll"]


async def test_plain_text_becomes_pages_whichever_way_it_comes(tmp_path: Path) -> None:
    number, text = free_port(), "Größe\r\n\fpage two\r\n\f".encode("latin-1")
    async with running_redirector(tmp_path, inward_spec(ipp=True, lpd=True, socket_port=number)) as running:
        assert await lpr(await running.port("lpd"), *control(copies=3), *data(text)) == bytes(5)
        assert await raw(await running.port("socket", number), text)
        assert (await print_by_ipp(await running.port("ipp"), octets=text, document_format="text/plain")).code == 0
        jobs = await running.jobs()
        assert [job.document_format for job in jobs] == ["application/pdf"] * 3
        assert [job.ticket.copies for job in jobs] == [3, 1, 1]
        for job in jobs:
            assert await count_pages(await running.document(job), "application/pdf") == 2


@pytest.mark.parametrize("octets", [b"\0\1\2 no document at all", b"^XA^FDlabel^FS^XZ", "Привет\n".encode()])
async def test_what_is_never_taken_ends_as_a_job_that_says_why(tmp_path: Path, octets: bytes) -> None:
    """The sender is told that it was received: else it would send it again for ever."""
    number = free_port()
    async with running_redirector(tmp_path, inward_spec(ipp=True, lpd=True, socket_port=number)) as running:
        assert await lpr(await running.port("lpd"), *control(), *data(octets)) == bytes(5)
        assert await raw(await running.port("socket", number), octets)
        jobs = await running.jobs()
        assert [job.user_id for job in jobs] == [ADA, GRACE]
        for job in jobs:
            assert (job.phase, job.state, job.document_kept) == (Phase.ENDED, JobState.ABORTED, False)
            last = (await running.spool.story(job.id)).timeline[-1]
            assert last.event is JobEvent.REFUSED
            assert "PDF" in last.sentence()
        reply = await print_by_ipp(await running.port("ipp"), octets=octets, document_format="application/octet-stream")
        assert reply.code >= Status.CLIENT_ERROR_BAD_REQUEST, "IPP says so itself"
        assert len(await running.jobs()) == 2


@pytest.mark.parametrize("octets", [b"\0\1\2 no document at all", "Привет\n".encode()])
async def test_by_ipp_in_two_steps_the_owner_hears_as_well_why_it_is_never_taken(tmp_path: Path, octets: bytes) -> None:
    """The printing system that sends it may tell nobody."""

    async def document() -> AsyncIterator[bytes]:
        yield octets

    async with running_redirector(tmp_path, inward_spec(ipp=True)) as running:
        port = await running.port("ipp")
        await ask(port, "ada", Operation.CREATE_JOB)
        async with IppClient(f"ipp://127.0.0.1:{port}/ipp/print/secure", user="ada") as client:
            number = Attribute.of("job-id", (await the_job(running)).number)
            last = Attribute.of("last-document", True)
            reply = await client.call(Operation.SEND_DOCUMENT, number, last, document=document())
        assert reply.code >= Status.CLIENT_ERROR_BAD_REQUEST
        job = await the_job(running)
        assert (job.phase, job.state) == (Phase.ENDED, JobState.ABORTED)
        assert "PDF" in (await running.spool.story(job.id)).timeline[-1].sentence()


async def test_while_the_server_is_away_what_is_never_taken_is_refused(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True), owners=PlayedOwners(away=True)) as running:
        assert await lpr(await running.port("lpd"), *control(), *data(b"\0\1\2")) == b"\0\0\0\0\1"
        assert await running.jobs() == []


async def test_several_documents_in_one_file_are_several_jobs_but_by_ipp(tmp_path: Path) -> None:
    two = UEL + b"@PJL\r\n" + PDF + UEL + b"@PJL\r\n%!PS two" + UEL
    async with running_redirector(tmp_path, inward_spec(ipp=True, lpd=True)) as running:
        assert await lpr(await running.port("lpd"), *control(), *data(two)) == bytes(5)
        formats = [job.document_format for job in await running.jobs()]
        assert formats == ["application/pdf", "application/postscript"]
        reply = await print_by_ipp(await running.port("ipp"), octets=two)
        assert reply.code == Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED
        assert len([job for job in await running.jobs() if job.document_kept]) == 2


@pytest.mark.parametrize(("way", "times"), [("lpr", MOST_JOBS), ("lpr", MOST_JOBS + 1), ("raw", MOST_JOBS + 1)])
async def test_of_too_many_documents_in_one_the_rest_is_told_as_not_taken_and_never_sent_again(
    tmp_path: Path, way: str, times: int
) -> None:
    number = free_port()
    octets = (UEL + b"@PJL SET USERNAME=ada\r\n%!PS") * times + UEL
    async with running_redirector(tmp_path, inward_spec(lpd=True, socket_port=number)) as running:
        if way == "lpr":
            assert await lpr(await running.port("lpd"), *control(), *data(octets)) == bytes(5)
        else:
            assert await raw(await running.port("socket", number), octets)
        jobs = await running.jobs()
        assert [job.phase for job in jobs[:MOST_JOBS]] == [Phase.HELD] * MOST_JOBS
        assert [job.phase for job in jobs[MOST_JOBS:]] == [Phase.ENDED] * (times - MOST_JOBS)
        for job in jobs[MOST_JOBS:]:
            assert f"first {MOST_JOBS}" in (await running.spool.story(job.id)).timeline[-1].sentence()


async def test_pjl_without_end_is_no_document(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True, ipp=True)) as running:
        bomb = UEL + b"@PJL SET QTY=2\n" * (MOST_LINES + 1) + PDF
        assert await lpr(await running.port("lpd"), *control(), *data(bomb)) == bytes(5)
        assert (await the_job(running)).phase is Phase.ENDED
        assert (await print_by_ipp(await running.port("ipp"), octets=bomb)).code >= Status.CLIENT_ERROR_BAD_REQUEST


async def test_text_with_escapes_that_are_not_pcls_goes_to_no_printer(tmp_path: Path) -> None:
    """As a terminal's colours: printed as PCL they would be rubbish, wherever in the text they stand."""
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        for text in (b"\x1b[31mred", b"line\r\n" * 50_000 + b"\x1b[31mred", b"line\r\n" * 50_000 + b"\x1b"):
            assert await lpr(await running.port("lpd"), *control(), *data(text)) == bytes(5)
        assert [job.phase for job in await running.jobs()] == [Phase.ENDED] * 3


@pytest.mark.parametrize("first", [4096, 4100, 9000])
async def test_what_a_document_is_does_not_depend_on_the_pieces_it_comes_in(tmp_path: Path, first: int) -> None:
    text = b"line\r\n" * 1000 + b"\x01" + b"line\r\n" * 500

    async def document() -> AsyncIterator[bytes]:
        yield text[:first]
        yield text[first:]

    kinds = Kinds(tmp_path, 1 << 24, system_randomness)
    async with kinds.sandbox, kinds.prepared(document(), Paper(21000, 29700)) as prepared:
        assert prepared.document_format == "application/pdf"


async def test_the_language_that_pjl_names_is_that_of_one_document(tmp_path: Path) -> None:
    two = UEL + b"@PJL ENTER LANGUAGE=PCL\n\x1bEone" + UEL + b"@PJL COMMENT\n\0\1\2 nothing known" + UEL
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        assert await lpr(await running.port("lpd"), *control(), *data(two)) == bytes(5)
        assert [job.phase for job in await running.jobs()] == [Phase.HELD, Phase.ENDED]
