"""``lp`` with a real cupsd prints to a redirector as to any old printer: by IPP, LPR and RAW."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from presswork.agent.spool.job import Job, Phase
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


async def completed(cupsd: PrivateCupsd, queue: str) -> None:
    """Wait until cupsd calls the job in that queue completed."""
    async with asyncio.timeout(30_000 * MS):
        while not await run(cupsd, "lpstat", "-W", "completed", "-o", queue):  # noqa: ASYNC110 - cupsd tells no other way
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
