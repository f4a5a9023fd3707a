"""Legacy systems print, by each protocol; whose the jobs are, and what is refused."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, suppress
from pathlib import Path
from uuid import UUID

import pytest

from presswork.agent.redirector.inward import MOST_JOBS, address_of, allows, claim_declared
from presswork.agent.redirector.ipp import MOST_REMEMBERED, OFFER, Senders
from presswork.agent.redirector.kinds import MOST_WAITING, Kinds
from presswork.agent.redirector.owners import Owners
from presswork.agent.redirector.wrapped import MOST_LINES
from presswork.agent.spool.job import Job, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Fault, ServerUnreachable
from presswork.documents.inspect import count_pages
from presswork.documents.text import Paper
from presswork.net.ipp_client import IppClient
from presswork.printer.job import JobState
from presswork.protocols.control.route import OwnerReply, OwnerRequest
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import MimeMediaType, Name, Tag
from presswork.protocols.lpd import ControlFile
from presswork.testing.intake import DIRECT, HOLD
from presswork.testing.pdf import make_pdf
from presswork.testing.redirector import (
    ADA,
    GRACE,
    PlayedOwners,
    RunningRedirector,
    inward_spec,
    running_redirector,
    state_with,
)
from presswork.testing.timing import eventually

PDF = make_pdf(2)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def lpr(port: int, *parts: bytes, queue: str = "secure") -> bytes:
    """What a daemon answers to a job's lines and files, one octet each."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = bytearray()
    try:
        for part in (b"\x02" + queue.encode() + b"\n", *parts):
            writer.write(part)
            await writer.drain()
            async with asyncio.timeout(10):
                answers += await reader.readexactly(1)
            if answers[-1]:
                break
    except (OSError, asyncio.IncompleteReadError):
        answers += b"!"
    finally:
        writer.close()
    return bytes(answers)


def control(
    user: str = "ada", name: str = "Payroll", copies: int = 1, number: int = 1, more: tuple[tuple[str, int], ...] = ()
) -> tuple[bytes, bytes]:
    octets = ControlFile("erp", user, name, f"dfA{number:03}erp", copies, more).encode()
    return b"\x02%d cfA%03derp\n" % (len(octets), number), octets + b"\0"


def data(octets: bytes = PDF, name: bytes = b"dfA001erp") -> tuple[bytes, bytes]:
    return b"\x03%d %s\n" % (len(octets), name), octets + b"\0"


async def raw(port: int, octets: bytes) -> bool:
    """Whether the connection ended well."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(octets)
        writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read(1) == b""
    except OSError:
        return False
    finally:
        writer.close()


async def print_by_ipp(
    port: int,
    user: str = "ada",
    queue: str = "secure",
    octets: bytes = PDF,
    document_format: str = "application/pdf",
) -> Message:
    async def document() -> AsyncIterator[bytes]:
        yield octets

    async with IppClient(f"ipp://127.0.0.1:{port}/ipp/print/{queue}", user=user) as client:
        return await client.call(
            Operation.PRINT_JOB,
            Attribute.of("job-name", Name("Payroll")),
            Attribute.of("document-format", MimeMediaType(document_format)),
            document=document(),
        )


async def the_job(running: RunningRedirector) -> Job:
    (job,) = await running.jobs()
    return job


@pytest.mark.parametrize("order", ["control first", "data first"])
async def test_lpr_in_either_order_is_the_job_of_the_user_it_names(tmp_path: Path, order: str) -> None:
    parts = (*control(), *data()) if order == "control first" else (*data(), *control())
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        assert await lpr(await running.port("lpd"), *parts) == bytes(5)
        job = await the_job(running)
        assert (job.account, job.owner_proof, job.user_id) == ("ada, by LPR", "declared", ADA)
        assert (job.name, job.document_format, job.phase) == ("Payroll", "application/pdf", Phase.HELD)
        assert await running.document(job) == PDF


async def test_lpr_acknowledges_only_what_is_taken(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True, owner="")) as running:
        port = await running.port("lpd")
        assert await lpr(port, *control("eve"), *data()) == b"\0\0\0\0\1", "nobody is called so"
        assert await lpr(port, b"\x03%d dfA001erp\n" % (1 << 40)) == b"\0\1", "too large"
        assert await lpr(port, queue="elsewhere") == b"\1"
        assert await running.jobs() == []


async def test_lpr_each_data_file_has_the_copies_its_own_lines_ask_for(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        both = (*control(copies=3, more=(("dfB001erp", 2),)), *data(), *data(name=b"dfB001erp"))
        assert await lpr(await running.port("lpd"), *both) == bytes(7)
        assert [job.ticket.copies for job in await running.jobs()] == [3, 2]


async def test_lpr_documents_that_wait_go_to_whom_their_own_control_file_names(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        waiting = (*data(), *data(PDF + b"\n", b"dfA002erp"))
        then = (*control(), *control("grace", number=2))
        assert await lpr(await running.port("lpd"), *waiting, *then) == bytes(9)
        assert [(job.user_id, job.size) for job in await running.jobs()] == [(ADA, len(PDF)), (GRACE, len(PDF) + 1)]


async def test_lpr_behind_a_broken_control_file_the_one_before_counts_no_more(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        line, octets = control("grace", number=2)
        port = await running.port("lpd")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        parts = (b"\x02secure\n", *control(), *data(), line, octets[:-1] + b"\1", *data(name=b"dfA002erp"))
        for part, answer in zip(parts, bytes((0, 0, 0, 0, 0, 0, 1, 0, 0)), strict=True):
            writer.write(part)
            assert await reader.readexactly(1) == bytes((answer,))
        writer.close()
        assert [job.user_id for job in await running.jobs()] == [ADA]


async def test_lpr_a_file_that_is_sent_once_more_is_one_job(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        assert await lpr(await running.port("lpd"), *data(b"%!PS first"), *data(), *control()) == bytes(7)
        assert (await the_job(running)).size == len(PDF)


async def test_lpr_documents_without_an_owner_wait_in_bounds(tmp_path: Path) -> None:
    """Each has memory or an open file, and a sender may begin many and give them up."""
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        port = await running.port("lpd")
        begun = [data(name=b"dfA%03derp" % number) for number in range(40)]
        given_up = [part for one in begun for part in (*one, b"\1\n")]
        async with asyncio.TaskGroup() as group:
            answers = [group.create_task(lpr(port, *given_up)) for _ in range(12)]
        assert {one.result() for one in answers} == {bytes(121)}, "what is given up is gone"

        one_more = running.inward.kinds.waiting
        with ExitStack() as waiting:
            for _ in range(MOST_WAITING):
                waiting.enter_context(one_more())
            assert await lpr(port, *control(), *data()) == b"\0\0\0\1"
        assert await lpr(port, *control(), *data()) == bytes(5)


async def test_lpr_of_a_document_of_unknown_size_ends_with_the_connection(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(lpd=True)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", await running.port("lpd"))
        for part in (b"\x02secure\n", *control(), b"\x030 dfA001erp\n"):
            writer.write(part)
            assert await reader.readexactly(1) == b"\0"
        writer.write(PDF)
        writer.write_eof()
        assert await reader.read() == b"\0"
        writer.close()
        assert (await the_job(running)).size == len(PDF)


async def test_raw_is_the_queues_owners_and_with_pjl_whose_it_says(tmp_path: Path) -> None:
    number = free_port()
    uel = b"\x1b%-12345X"
    wrapped = (
        uel + b'@PJL JOB NAME="Payroll"\r\n@PJL SET USERNAME="ada"\r\n@PJL SET COPIES=2\r\n@PJL ENTER LANGUAGE=PDF\r\n'
        + PDF + uel + b"@PJL EOJ\r\n" + uel
    )  # fmt: skip
    async with running_redirector(tmp_path, inward_spec(socket_port=number)) as running:
        port = await running.port("socket", number)
        assert await raw(port, PDF)
        assert await raw(port, wrapped)
        first, second = await running.jobs()
        assert (first.account, first.user_id, first.name) == ("office, by RAW", GRACE, "RAW job")
        assert (second.account, second.user_id, second.name) == ("ada, by RAW", ADA, "Payroll")
        assert (second.ticket.copies, await running.document(second)) == (2, PDF)
        wrapped_for_eve = wrapped.replace(b"ada", b"eve")
        assert await raw(port, wrapped_for_eve), "a name nobody has falls to the queue's owner"
        assert await raw(port, b""), "somebody only looked whether the port is open"
        assert [job.user_id for job in await running.jobs()] == [GRACE, ADA, GRACE]


async def test_ipp_is_the_job_of_the_user_it_names(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True, owner="")) as running:
        port = await running.port("ipp")
        reply = await print_by_ipp(port)
        assert reply.code == Status.SUCCESSFUL_OK
        job = await the_job(running)
        assert (job.account, job.owner_proof, job.user_id, job.phase) == ("ada, by IPP", "declared", ADA, Phase.HELD)
        assert await running.document(job) == PDF
        assert (await print_by_ipp(port, "eve")).code == Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED
        with pytest.raises(Fault):
            await print_by_ipp(port, queue="direct")
        assert len(await running.jobs()) == 1


async def ask(port: int, user: str, operation: Operation, *attributes: Attribute, host: str = "127.0.0.1") -> Message:
    async with IppClient(f"ipp://{host}:{port}/ipp/print/secure", user=user) as client:
        return await client.call(operation, *attributes)


async def test_by_ipp_a_sender_sees_its_jobs_and_does_nothing_to_what_is_here(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True)) as running:
        port = await running.port("ipp")
        await print_by_ipp(port)
        number = Attribute.of("job-id", (await the_job(running)).number)
        assert (await ask(port, "ada", Operation.GET_JOB_ATTRIBUTES, number)).code == Status.SUCCESSFUL_OK
        assert (await ask(port, "grace", Operation.GET_JOB_ATTRIBUTES, number)).code == Status.CLIENT_ERROR_NOT_FOUND
        for user, seen in (("ada", 1), ("grace", 0)):
            assert len((await ask(port, user, Operation.GET_JOBS)).all(Tag.JOB)) == seen
        assert (await ask(port, "ada", Operation.CANCEL_JOB, number)).code == Status.CLIENT_ERROR_NOT_POSSIBLE
        for operation in set(Operation) - (OFFER.operations or set()):
            reply = await ask(port, "ada", operation, number)
            assert reply.code == Status.SERVER_ERROR_OPERATION_NOT_SUPPORTED, operation
        assert (await the_job(running)).phase is Phase.HELD
        described = await ask(port, "ada", Operation.GET_PRINTER_ATTRIBUTES)
        offered = described.group(Tag.PRINTER).get("operations-supported")
        assert offered is not None
        assert set(offered.values) == set(OFFER.operations or ())


async def test_by_ipp_nobody_elsewhere_knows_of_a_job_whatever_name_they_give(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True)) as running:
        port = await running.port("ipp")
        created = await ask(port, "ada", Operation.CREATE_JOB)
        number = Attribute.of("job-id", (await the_job(running)).number)
        assert created.code == Status.SUCCESSFUL_OK
        for operation in (Operation.GET_JOB_ATTRIBUTES, Operation.CANCEL_JOB, Operation.CLOSE_JOB):
            assert (await ask(port, "ada", operation, number, host="[::1]")).code == Status.CLIENT_ERROR_NOT_FOUND
        assert (await ask(port, "ada", Operation.GET_JOBS, host="[::1]")).all(Tag.JOB) == ()
        assert (await ask(port, "ada", Operation.CANCEL_JOB, number)).code == Status.SUCCESSFUL_OK
        assert (await the_job(running)).state is JobState.CANCELED


def test_senders_are_remembered_within_a_bound() -> None:
    senders = Senders()
    for number in range(MOST_REMEMBERED + 1):
        senders.sent(UUID(int=number), "192.0.2.1")
    assert not senders.is_from(UUID(int=0), "192.0.2.1")
    assert senders.is_from(UUID(int=1), "192.0.2.1")
    assert not senders.is_from(UUID(int=1), "192.0.2.2")


UEL = b"\x1b%-12345X"
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


def wrapped(octets: bytes) -> bytes:
    return UEL + b'@PJL JOB NAME="Report"\r\n@PJL SET QTY=2\r\n' + octets + UEL + b"@PJL EOJ\r\n" + UEL


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


async def test_no_web_page_prints_by_ipp(tmp_path: Path) -> None:
    async with running_redirector(tmp_path, inward_spec(ipp=True)) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", await running.port("ipp"))
        writer.write(
            b"POST /ipp/print/secure HTTP/1.1\r\nHost: x\r\nOrigin: https://evil.example\r\n"
            b"Content-Type: application/ipp\r\nContent-Length: 0\r\n\r\n"
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 403")
        writer.close()


async def test_from_elsewhere_nothing_is_taken(tmp_path: Path) -> None:
    number = free_port()
    spec = inward_spec(ipp=True, lpd=True, socket_port=number, allowed=["192.0.2.0/24"])
    async with running_redirector(tmp_path, spec) as running:
        assert await lpr(await running.port("lpd"), *control(), *data()) == b"!"
        assert not await raw(await running.port("socket", number), PDF)
        with pytest.raises(Fault):
            await print_by_ipp(await running.port("ipp"))
        assert await running.jobs() == []
        assert running.owners.asked == []


async def test_while_the_server_is_away_a_job_waits_for_its_owner_and_then_goes_its_way(tmp_path: Path) -> None:
    owners = PlayedOwners(away=True)
    spec = inward_spec(lpd=True, queue_id=DIRECT.queue_id)
    async with running_redirector(tmp_path, spec, owners=owners) as running:
        assert await lpr(await running.port("lpd"), *control(), *data(), queue="direct") == bytes(5)
        job = await the_job(running)
        assert (job.user_id, job.phase, job.account) == (None, Phase.HELD, "ada, by LPR")
        assert (await running.spool.story(job.id)).timeline[-1].event is JobEvent.OWNER_NOT_ASKED
        with pytest.raises(ServerUnreachable):
            await claim_declared(running.spool, running.desired, running.inward.owners)
        owners.away = False
        await claim_declared(running.spool, running.desired, running.inward.owners)
        job = await the_job(running)
        assert (job.user_id, job.phase) == (ADA, Phase.RELEASED)


async def test_a_name_that_turns_out_to_be_nobodys_goes_nowhere(tmp_path: Path) -> None:
    owners = PlayedOwners(away=True)
    async with running_redirector(tmp_path, inward_spec(lpd=True), owners=owners) as running:
        await lpr(await running.port("lpd"), *control("eve"), *data())
        owners.away = False
        for _ in range(2):
            await claim_declared(running.spool, running.desired, running.inward.owners)
        job = await the_job(running)
        assert (job.user_id, job.phase) == (None, Phase.HELD)
        said = [
            entry for entry in (await running.spool.story(job.id)).timeline if entry.event is JobEvent.OWNER_NOT_KNOWN
        ]
        assert len(said) == 1, "once"
        assert "eve, by LPR" in said[0].sentence()


async def test_once_an_administrator_says_who_it_is_the_job_is_theirs(tmp_path: Path) -> None:
    people: dict[str, UUID] = {}
    owners = PlayedOwners(people, away=True)
    async with running_redirector(tmp_path, inward_spec(lpd=True), owners=owners) as running:
        await lpr(await running.port("lpd"), *control("eve"), *data())
        owners.away = False
        await claim_declared(running.spool, running.desired, running.inward.owners)
        people["eve"] = ADA
        await claim_declared(running.spool, running.desired, Owners(owners, SystemClock()))
        job = await the_job(running)
        assert (job.user_id, job.state_reasons) == (ADA, ("job-held-for-release",))


async def test_names_that_are_nobodys_keep_no_other_from_being_asked_for(tmp_path: Path) -> None:
    """The server answers only so many questions: those that it answered already come last."""
    owners = PlayedOwners(away=True)

    async def one_question(request: OwnerRequest) -> OwnerReply:
        owners.away = len(owners.asked) >= 1
        return await owners(request)

    async with running_redirector(tmp_path, inward_spec(lpd=True), owners=owners) as running:
        for user in ("ada", "eve", "mallory"):
            await lpr(await running.port("lpd"), *control(user), *data())
        for _ in range(3):
            owners.asked.clear()
            with suppress(Fault):
                await claim_declared(running.spool, running.desired, Owners(one_question, SystemClock()))
        assert [job.user_id for job in await running.jobs()] == [ADA, None, None]


async def test_the_ports_are_open_as_long_as_the_duty_has_them(tmp_path: Path) -> None:
    number = free_port()
    spec = inward_spec(lpd=True, socket_port=number)
    async with running_redirector(tmp_path, spec) as running:
        await running.port("lpd")
        await running.port("socket", number)
        for state in (state_with(inward_spec(lpd=True)), state_with(spec, redirector=False)):
            before = set(running.listeners.open)
            await running.desired.put(state)
            await eventually(lambda before=before: set(running.listeners.open) != before)  # type: ignore[misc]
        assert running.listeners.open == {}
        await running.desired.put(state_with(spec))
        assert await raw(await running.port("socket", number), PDF)


async def test_a_port_that_is_taken_keeps_no_other_from_being_open(tmp_path: Path) -> None:
    with socket.create_server(("0.0.0.0", 0)) as other:
        spec = inward_spec(lpd=True, socket_port=other.getsockname()[1])
        async with running_redirector(tmp_path, spec) as running:
            assert await lpr(await running.port("lpd"), *control(), *data()) == bytes(5)


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        (("192.0.2.7", 1), True),
        (("::ffff:192.0.2.7", 1, 0, 0), True),
        (("2001:db8::1", 1, 0, 0), True),
        (("198.51.100.1", 1), False),
        (("::ffff:198.51.100.1", 1, 0, 0), False),
        (("fe80::1%eth0", 1, 0, 2), False),
        (("", 0), False),
        (None, False),
    ],
)
def test_from_where(source: object, allowed: bool) -> None:
    assert allows(inward_spec(allowed=["192.0.2.0/24", "2001:db8::/32"]), source) is allowed
    assert not allows(inward_spec(allowed=[]), source)


def test_an_address_that_came_by_ipv6_is_the_one_it_is() -> None:
    assert str(address_of(("::ffff:192.0.2.7", 1, 0, 0))) == "192.0.2.7"
    assert HOLD.name == "secure"
