"""cupsd prints to the agent's own printers: owners, tickets, holding, repeated and refused jobs."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from presswork.agent.host.linux.spooler import CupsSpooler
from presswork.agent.spool.job import Change, Job, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import AccountBinding
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.intake import HOLD, PERSON, STATE, RunningIntake, running_intake
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import document_of

pytestmark = [pytest.mark.interop, pytest.mark.timeout(120)]
ADA, BOB = "games", "nobody"
STATE_OF_ADA = STATE.model_copy(
    update={"accounts": (AccountBinding(account=ADA, user_id=PERSON.user_id, person="Ada Lovelace"),)}
)
_CREATE_LOCAL_PRINTER = """
import asyncio, sys
from pathlib import Path
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.values import Name, Tag, Uri

async def main():
    printer = (Attribute.of("printer-name", Name("mine")), Attribute.of("device-uri", Uri(sys.argv[2])))
    async with IppClient("ipp://localhost/", unix_socket=Path(sys.argv[1])) as cupsd:
        print(await cupsd.call(0x4028, groups=(Group(Tag.PRINTER, printer),)))

asyncio.run(main())
"""


@dataclass
class House:
    cupsd: PrivateCupsd
    running: RunningIntake
    spooler: CupsSpooler

    async def print(self, *arguments: str, account: str = ADA, pages: int = 1) -> str:
        status, said = await self.cupsd.run(
            "lp", "-d", HOLD.name, *arguments, account=account, document=make_pdf(pages)
        )
        assert status == 0, said
        return said

    async def jobs(self, count: int = 1, **which: object) -> list[Job]:
        """Waits until that many are whole."""

        async def there() -> bool:
            found = await self.running.spool.list(**which)  # type: ignore[arg-type]
            return len([job for job in found if job.phase is not Phase.INCOMING]) >= count

        await until(there)
        return await self.running.spool.list(newest_first=False, **which)  # type: ignore[arg-type]

    async def plain_documents_are_gone(self) -> None:
        async def gone() -> bool:
            return not [path for path in self.cupsd.spool.iterdir() if re.match(r"d\d", path.name)]

        await until(gone)


@asynccontextmanager
async def house(directory: Path, **intake: object) -> AsyncIterator[House]:
    async with private_cupsd() as cupsd:
        made: list[CupsSpooler] = []

        def spooler(port: int) -> CupsSpooler:
            made.append(CupsSpooler(cupsd.socket, cupsd.files_conf, port))
            return made[0]

        try:
            async with running_intake(directory, state=STATE_OF_ADA, spooler=spooler, **intake) as running:  # type: ignore[arg-type]
                assert await made[0].converge((HOLD,)) == ()
                yield House(cupsd, running, made[0])
        finally:
            await made[0].close()


async def until(condition: Callable[[], Awaitable[bool]], timeout: float = 30) -> None:
    async with asyncio.timeout(timeout):
        while not await condition():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


async def test_a_document_waits_for_its_owner_and_cupsd_forgets_it(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.print("-t", "A letter", "-n", "2", "-o", "sides=two-sided-long-edge", pages=3)
        (job,) = await here.jobs()
        assert (job.account, job.owner_proof, job.user_id, job.name) == (ADA, "spooler", PERSON.user_id, "A letter")
        assert (job.phase, job.ticket.copies, job.ticket.sides) == (Phase.HELD, 2, "two-sided-long-edge")
        assert (await document_of(here.running.spool, job.id)).startswith(b"%PDF-")
        await here.plain_documents_are_gone()
        assert (await here.running.spool.get(job.id)).phase is Phase.HELD

        async def counted() -> bool:
            return (await here.running.spool.get(job.id)).pages == 3

        await until(counted)


async def test_nobody_prints_in_the_name_of_another(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        status, said = await here.cupsd.run("lp", "-d", HOLD.name, "-U", BOB, account=ADA, document=make_pdf())
        assert status != 0, said
        await here.print(account=BOB)
        (job,) = await here.jobs()
        assert (job.account, job.user_id) == (BOB, None)
        story = await here.running.spool.story(job.id)
        assert [entry.event for entry in story.timeline] == [JobEvent.RECEIVED, JobEvent.UNCLAIMED]


async def test_nobody_prints_in_the_name_of_another_by_a_queue_of_their_own(tmp_path: Path) -> None:
    """CUPS-Create-Local-Printer is open to everybody, and its queues prove no owner."""
    async with house(tmp_path) as here:
        _status, said = await here.cupsd.run(
            *(sys.executable, "-c", _CREATE_LOCAL_PRINTER, str(here.cupsd.socket), here.running.uri(HOLD.name)),
            account=ADA,
        )
        assert "Local printer created" in said, said

        async def takes_jobs() -> bool:
            status, _said = await here.cupsd.run("lp", "-d", "mine", "-U", BOB, account=ADA, document=make_pdf())
            return status == 0

        await until(takes_jobs)

        async def gone() -> bool:
            return "mine" not in (await here.cupsd.run("lpstat", "-v"))[1]

        await until(gone)
        assert await here.running.spool.list() == []
        await here.print(account=BOB)
        (job,) = await here.jobs()
        assert (job.account, job.owner_proof) == (BOB, "spooler")


async def test_a_job_restarted_by_cupsd_is_the_same_job(tmp_path: Path) -> None:
    """Its answer was lost: cupsd sends it again, with the document."""
    async with house(tmp_path) as here:
        purge = here.spooler.purge
        held_back = asyncio.Event()

        async def later(queue: str, job_uuid: object) -> None:
            await held_back.wait()

        here.spooler.purge = later  # type: ignore[method-assign,assignment]  # its job stays restartable
        await here.print()
        (job,) = await here.jobs()

        async def completed() -> bool:
            return bool(await here.spooler._jobs(HOLD.name, "completed"))

        await until(completed)
        assert job.submitted_uuid is not None
        (sent,) = await here.spooler._jobs(HOLD.name, "completed")
        assert sent.job_uuid == job.submitted_uuid
        assert await here.running.intake.is_settled(sent)
        status, said = await here.cupsd.run("lp", "-i", f"{HOLD.name}-{sent.job_id}", "-H", "restart")
        assert status == 0, said

        async def sent_again() -> bool:
            return here.cupsd.error_log.count("Send-Document: successful-ok") >= 2

        await until(sent_again)
        await until(completed)
        assert await here.running.spool.list() == [await here.running.spool.get(job.id)]
        assert (await here.running.spool.get(job.id)).phase is Phase.HELD
        here.spooler.purge = purge  # type: ignore[method-assign]
        held_back.set()


async def test_several_files_of_one_job_are_refused_and_do_not_go_round(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("one.pdf", "two.pdf")]
    for path in paths:
        path.write_bytes(make_pdf())
        path.chmod(0o644)
    tmp_path.chmod(0o755)
    async with house(tmp_path) as here:
        status, said = await here.cupsd.run("lp", "-d", HOLD.name, *map(str, paths))
        assert status == 0, said

        async def over() -> bool:
            return not await here.spooler._jobs(HOLD.name, "not-completed")

        await until(over)
        assert await here.running.spool.list() == []
        assert "Print each file by itself" in here.cupsd.error_log
        await here.print()
        assert len(await here.jobs()) == 1


async def test_a_document_that_is_too_large_neither_stops_the_queue_nor_goes_round(tmp_path: Path) -> None:
    async with house(tmp_path, document_limit=100) as here:
        await here.print()
        (job,) = await here.jobs()
        assert (job.phase, job.document_kept) == (Phase.ENDED, False)
        story = await here.running.spool.story(job.id)
        assert story.timeline[-1].sentence().startswith("Not accepted: The document is larger than 100 octets")

        async def waits_at_cupsd() -> bool:
            return "Job held for" in here.cupsd.error_log

        async def over() -> bool:
            return not await here.spooler._jobs(HOLD.name, "not-completed")

        await until(waits_at_cupsd)
        await here.cupsd.run("lp", "-i", f"{HOLD.name}-1", "-H", "resume")
        await until(over)
        assert len(await here.running.spool.list()) == 1
        _, said = await here.cupsd.run("lpstat", "-p", HOLD.name)
        assert "idle" in said


async def test_a_person_who_cancels_in_cupsd_cancels_while_it_arrives_only(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.print()
        (job,) = await here.jobs()
        await here.plain_documents_are_gone()
        await here.cupsd.run("cancel", "-a", HOLD.name, account=ADA)
        assert (await here.running.spool.get(job.id)).phase is Phase.HELD
        await here.running.spool.change(job.id, Change(phase=Phase.ENDED, event=JobEvent.DELETED))
