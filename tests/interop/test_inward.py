"""``lp`` with a real cupsd prints to a redirector as to any old printer: by IPP, LPR and RAW."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from presswork.agent.spool.job import Job, Phase
from presswork.documents.inspect import count_pages
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.pdf import make_pdf
from presswork.testing.redirector import ADA, GRACE, PlayedOwners, RunningRedirector, inward_spec, running_redirector
from presswork.testing.timing import MS, eventually

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def run(cupsd: PrivateCupsd, *arguments: str) -> str:
    status, said = await cupsd.run(*arguments)
    assert status == 0, (arguments, said)
    return said


async def completed(cupsd: PrivateCupsd, queue: str, jobs: int = 1) -> None:
    """Wait until cupsd calls so many jobs in that queue completed."""
    async with asyncio.timeout(30_000 * MS):
        while len((await run(cupsd, "lpstat", "-W", "completed", "-o", queue)).splitlines()) < jobs:  # noqa: ASYNC110 - cupsd tells no other way
            await asyncio.sleep(50 * MS)


async def jobs_of(running: RunningRedirector) -> dict[str, Job]:
    return {job.account: job for job in await running.jobs()}


async def test_lp_prints_by_every_protocol_and_each_job_is_the_right_persons(tmp_path: Path) -> None:
    number = free_port()
    document = tmp_path / "letter.pdf"
    document.write_bytes(make_pdf(2))
    spec = inward_spec(ipp=True, lpd=True, socket_port=number)
    async with running_redirector(tmp_path, spec) as running, private_cupsd() as cupsd:
        await run(cupsd, "lpadmin", "-p", "byipp", "-E", "-m", "everywhere", "-v", f"ipp://127.0.0.1:{await running.port('ipp')}/ipp/print/secure")  # fmt: skip
        await run(cupsd, "lpadmin", "-p", "bylpr", "-E", "-v", f"lpd://127.0.0.1:{await running.port('lpd')}/secure")
        await running.port("socket", number)
        await run(cupsd, "lpadmin", "-p", "byraw", "-E", "-v", f"socket://127.0.0.1:{number}")
        for queue in ("byipp", "bylpr", "byraw"):
            await run(cupsd, "lp", "-U", "ada", "-d", queue, "-t", "Payroll", str(document))
        for queue in ("byipp", "bylpr", "byraw"):
            await completed(cupsd, queue)
        jobs = await jobs_of(running)
        assert {account: job.user_id for account, job in jobs.items()} == {
            "ada, by IPP": ADA,
            "ada, by LPR": ADA,
            "office, by RAW": GRACE,
        }
        for job in jobs.values():
            assert (job.phase, job.owner_proof, job.document_format) == (Phase.HELD, "declared", "application/pdf")
        assert (jobs["ada, by IPP"].name, jobs["ada, by LPR"].name) == ("Payroll", "Payroll")
        assert await running.document(jobs["office, by RAW"]) == document.read_bytes()


async def test_what_old_systems_send_as_it_is_becomes_jobs(tmp_path: Path) -> None:
    """Queues without a driver: lists as text, PCL with PJL around it. Copies by LPR are lines of the control file."""
    number = free_port()
    report, order = tmp_path / "report.txt", tmp_path / "order.prn"
    report.write_bytes("Lieferschein für Ada\r\n\fSeite 2\r\n\f".encode("latin-1"))
    pcl = b"\x1bE\x1b&l26AOrder\f\x1bE"
    order.write_bytes(b"\x1b%-12345X@PJL JOB\r\n@PJL ENTER LANGUAGE=PCL\r\n" + pcl + b"\x1b%-12345X")
    spec = inward_spec(ipp=True, lpd=True, socket_port=number)
    async with running_redirector(tmp_path, spec) as running, private_cupsd() as cupsd:
        uris = {
            "byipp": f"ipp://127.0.0.1:{await running.port('ipp')}/ipp/print/secure",
            # else cupsd sends the file three times in one, which nobody can tell from a longer one
            "bylpr": f"lpd://127.0.0.1:{await running.port('lpd')}/secure?manual_copies=no",
            "byraw": f"socket://127.0.0.1:{await running.port('socket', number)}",
        }
        for queue, uri in uris.items():
            await run(cupsd, "lpadmin", "-p", queue, "-E", "-v", uri)
            copies = "-#1" if queue == "byraw" else "-#3"
            await run(cupsd, "lpr", "-U", "ada", "-P", queue, copies, "-T", "Report", str(report))
            await run(cupsd, "lp", "-U", "ada", "-d", queue, "-t", "Order", str(order))
        for queue in uris:
            await completed(cupsd, queue, jobs=2)
        found = {(job.account, job.document_format): job for job in await running.jobs()}
        assert len(found) == 6, "each job once"
        for way in ("ada, by IPP", "ada, by LPR", "office, by RAW"):
            text, passed_on = found[way, "application/pdf"], found[way, "application/vnd.hp-pcl"]
            assert await running.document(passed_on) == pcl
            assert await count_pages(await running.document(text), "application/pdf") == 2
        assert [found[way, "application/pdf"].ticket.copies for way in ("ada, by IPP", "ada, by LPR")] == [3, 3]


async def test_lp_sees_that_a_job_of_nobody_was_not_taken(tmp_path: Path) -> None:
    document = tmp_path / "letter.pdf"
    document.write_bytes(make_pdf(1))
    spec = inward_spec(ipp=True, owner="")
    async with running_redirector(tmp_path, spec, owners=PlayedOwners()) as running, private_cupsd() as cupsd:
        uri = f"ipp://127.0.0.1:{await running.port('ipp')}/ipp/print/secure"
        await run(cupsd, "lpadmin", "-p", "byipp", "-E", "-m", "everywhere", "-v", uri)
        await run(cupsd, "lp", "-U", "eve", "-d", "byipp", str(document))
        await completed(cupsd, "byipp")
        assert running.owners.asked
        assert [job for job in await running.jobs() if job.document_kept] == []


async def test_from_elsewhere_lp_prints_nothing(tmp_path: Path) -> None:
    document = tmp_path / "letter.pdf"
    document.write_bytes(make_pdf(1))
    spec = inward_spec(lpd=True, allowed=["192.0.2.0/24"])
    async with running_redirector(tmp_path, spec) as running, private_cupsd() as cupsd:
        await run(cupsd, "lpadmin", "-p", "bylpr", "-E", "-v", f"lpd://127.0.0.1:{await running.port('lpd')}/secure")
        await run(cupsd, "lp", "-U", "ada", "-d", "bylpr", str(document))
        await eventually(lambda: "could not be sent" in cupsd.error_log, 30_000 * MS)
        assert await run(cupsd, "lpstat", "-W", "completed", "-o") == ""
        assert await running.jobs() == []
        assert running.owners.asked == []
