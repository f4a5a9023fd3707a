"""What docs/explanation/cupsd.md says, tried on the cupsd of this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from presswork.agent.desired import Desired
from presswork.agent.host import keep
from presswork.agent.host.host import SpoolerJob, SpoolerJobState
from presswork.agent.host.linux.queues import requested
from presswork.agent.host.linux.spooler import CupsSpooler
from presswork.core.clock import system_randomness
from presswork.core.errors import Conflict, Forbidden, Unavailable
from presswork.net.ipp_client import IppClient
from presswork.printer.job import JobState
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import QueueSpec
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import MimeMediaType, Name, Tag, Value
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.pdf import make_pdf
from presswork.testing.scripted_printer import Drop, ScriptedPrinter, scripted_printer

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]


_AS_ANOTHER = """
import asyncio, os, sys
from pathlib import Path
from uuid import uuid4
from presswork.agent.host.linux.spooler import CupsSpooler
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import QueueSpec

async def main():
    assert os.geteuid() != 0
    spooler = CupsSpooler(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
    print(await spooler.examine())
    print(await spooler.converge([QueueSpec(queue_id=uuid4(), name="bureau", mode="hold")]))
    await spooler.close()

asyncio.run(main())
"""


def queue(name: str = "bureau", **more: str) -> QueueSpec:
    return QueueSpec.model_validate({"queue_id": uuid4(), "name": name, "mode": "hold"} | more)


def held_printer() -> ScriptedPrinter:
    """What the intake looks like to cupsd."""
    return ScriptedPrinter(job_state=JobState.PENDING_HELD)


@asynccontextmanager
async def spooler_of(cupsd: PrivateCupsd, port: int) -> AsyncIterator[CupsSpooler]:
    spooler = CupsSpooler(cupsd.socket, cupsd.files_conf, port)
    try:
        yield spooler
    finally:
        await spooler.close()


@asynccontextmanager
async def empty(
    *, system_groups: Sequence[str] = ("root", "lpadmin"), policies: Sequence[str] = ("default", "authenticated")
) -> AsyncIterator[tuple[PrivateCupsd, ScriptedPrinter, CupsSpooler]]:
    async with (
        private_cupsd(system_groups=system_groups, policies=policies) as cupsd,
        scripted_printer(held_printer()) as printer,
        spooler_of(cupsd, printer.port) as spooler,
    ):
        yield cupsd, printer, spooler


@asynccontextmanager
async def installed(*queues: QueueSpec) -> AsyncIterator[tuple[PrivateCupsd, ScriptedPrinter, CupsSpooler]]:
    async with empty() as (cupsd, printer, spooler):
        assert await spooler.converge(queues or (queue(),)) == ()
        yield cupsd, printer, spooler


async def until(condition: Callable[[], Awaitable[bool]], timeout: float = 60) -> None:
    async with asyncio.timeout(timeout):
        while not await condition():  # noqa: ASYNC110 - another process changes it
            await asyncio.sleep(0.05)


async def nothing_settled(job: SpoolerJob) -> bool:
    return False


async def everything_settled(job: SpoolerJob) -> bool:
    return True


async def attribute(spooler: CupsSpooler, name: str) -> tuple[Value, ...]:
    reply = await spooler._cupsd.call(Operation.GET_PRINTER_ATTRIBUTES, requested(name), queue="bureau")
    found = reply.group(Tag.PRINTER).get(name)
    return () if found is None else found.values


def documents(cupsd: PrivateCupsd) -> list[str]:
    return [file.name for file in cupsd.spool.iterdir() if file.name.startswith("d0")]


async def job_of(cupsd: PrivateCupsd, spooler: CupsSpooler) -> SpoolerJob:
    (job,) = await spooler._jobs("bureau", "all")
    return job


async def is_completed(cupsd: PrivateCupsd, spooler: CupsSpooler) -> bool:
    return (await job_of(cupsd, spooler)).state is SpoolerJobState.COMPLETED


class TestQueues:
    async def test_added_changed_and_removed(self) -> None:
        async with installed(queue(info="All floors", location="Everywhere")) as (cupsd, _printer, spooler):
            _, said = await cupsd.run("lpstat", "-l", "-p", "bureau")
            assert "Description: All floors" in said
            assert "Location: Everywhere" in said
            assert "is idle" in said
            assert "two-sided-long-edge" in await attribute(spooler, "sides-supported")
            assert await attribute(spooler, "printer-error-policy") == ("retry-job",)

            assert await spooler.converge([queue(info="Ground floor")]) == ()
            _, said = await cupsd.run("lpstat", "-l", "-p", "bureau")
            assert "Description: Ground floor" in said

            assert await spooler.converge([]) == ()
            assert "bureau" not in (await cupsd.run("lpstat", "-v"))[1]

    async def test_nothing_is_asked_of_cupsd_when_nothing_changes(self) -> None:
        spec = queue(info="Two  blanks ", location=" # hash")
        async with installed(spec) as (cupsd, _printer, spooler):
            before = cupsd.error_log.count("CUPS-Add-Modify-Printer")
            assert await spooler.converge([spec]) == ()
            assert cupsd.error_log.count("CUPS-Add-Modify-Printer") == before

    async def test_queues_of_others_are_never_touched(self) -> None:
        async with installed() as (cupsd, printer, spooler):
            await cupsd.run("lpadmin", "-p", "other", "-E", "-v", "ipp://192.0.2.1/ipp/print/other")
            await cupsd.run("lpadmin", "-p", "near", "-E", "-v", f"ipp://127.0.0.1:{printer.port + 1}/ipp/print/near")
            before = (await cupsd.run("lpstat", "-v", "other", "near"))[1]
            (fault,) = await spooler.converge([queue("OTHER")])
            assert isinstance(fault, Conflict)
            assert "OTHER" in fault.sentence
            assert (await cupsd.run("lpstat", "-v", "other", "near"))[1] == before
            assert "bureau" not in (await cupsd.run("lpstat", "-v"))[1]

    async def test_a_policy_set_by_hand_is_set_right(self) -> None:
        async with installed() as (cupsd, _printer, spooler):
            await cupsd.run("lpadmin", "-p", "bureau", "-o", "printer-op-policy=default")
            (finding,) = await spooler.examine()
            assert "prove who prints" in finding.sentence
            assert await spooler.converge([queue()]) == ()
            assert await spooler.examine() == ()

    async def test_a_queue_that_a_person_closed_stays_closed(self) -> None:
        async with installed() as (cupsd, _printer, spooler):
            await cupsd.run("cupsreject", "bureau")
            await cupsd.run("cupsdisable", "bureau")
            assert await spooler.converge([queue()]) == ()
            await spooler.reconcile(nothing_settled)
            assert "not accepting" in (await cupsd.run("lpstat", "-a", "bureau"))[1]
            assert "disabled" in (await cupsd.run("lpstat", "-p", "bureau"))[1]

    async def test_no_jobs_are_taken_before_cupsd_knows_the_capabilities(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("presswork.agent.host.linux.spooler.CAPABILITIES_DEADLINE", 1.0)
        async with empty() as (cupsd, printer, spooler):
            printer.will(Operation.GET_PRINTER_ATTRIBUTES, *[Status.SERVER_ERROR_INTERNAL_ERROR] * 5)
            (fault,) = await spooler.converge([queue()])
            assert isinstance(fault, Unavailable)
            assert (await cupsd.run("lp", "-d", "bureau", document=make_pdf()))[0] != 0
            printer._orders.clear()
            assert await spooler.converge([queue()]) == ()
            assert (await cupsd.run("lp", "-d", "bureau", document=make_pdf()))[0] == 0


class TestTrust:
    async def test_without_the_policy_no_queue_is_installed(self) -> None:
        async with empty(policies=("default",)) as (cupsd, _printer, spooler):
            (fault,) = await spooler.converge([queue()])
            assert isinstance(fault, Conflict)
            assert "authenticated" in fault.sentence
            await cupsd.run("lpadmin", "-p", "other", "-E", "-v", "file:/dev/null")
            (finding,) = await spooler.examine()
            assert "authenticated" in finding.sentence

    async def test_an_agent_outside_the_system_groups_is_told(self) -> None:
        async with empty(system_groups=("lpadmin",)) as (_cupsd, _printer, spooler):
            (finding,) = await spooler.examine()
            assert isinstance(finding, Forbidden)
            assert "lpadmin" in finding.sentence
            (fault,) = await spooler.converge([queue()])
            assert isinstance(fault, Forbidden)

    async def test_an_account_that_is_not_root_needs_only_the_group(self) -> None:
        async with empty(system_groups=("nogroup",)) as (cupsd, printer, _spooler):
            status, said = await cupsd.run(
                sys.executable,
                "-c",
                _AS_ANOTHER,
                str(cupsd.socket),
                str(cupsd.files_conf),
                str(printer.port),
                account="nobody",
            )
            assert (status, said) == (0, "()\n()\n")
            assert "bureau" in (await cupsd.run("lpstat", "-v"))[1]

    async def test_no_cupsd_is_said(self) -> None:
        async with private_cupsd() as cupsd:
            pass
        async with spooler_of(cupsd, 21339) as spooler:
            (finding,) = await spooler.examine()
            assert isinstance(finding, Unavailable)
            assert str(cupsd.socket) in finding.sentence

    async def test_cupsd_refuses_another_name_than_ones_own(self) -> None:
        async with installed() as (cupsd, _printer, spooler):
            status, said = await cupsd.run("lp", "-U", "daemon", "-d", "bureau", document=make_pdf(), account="nobody")
            assert status != 0
            assert "Unauthorized" in said
            assert await spooler._jobs("bureau", "all") == []

    async def test_the_spoolers_account(self) -> None:
        async with private_cupsd() as cupsd, spooler_of(cupsd, 21339) as spooler:
            assert await spooler.account() == "lp"


class TestJobs:
    async def test_copies_and_sides_arrive_once(self) -> None:
        async with installed() as (cupsd, printer, spooler):
            status, _ = await cupsd.run(
                "lp",
                "-d",
                "bureau",
                "-n",
                "2",
                "-o",
                "sides=two-sided-long-edge",
                document=make_pdf(3),
                account="nobody",
            )
            assert status == 0
            await until(lambda: is_completed(cupsd, spooler))
            (created,) = printer.seen(Operation.CREATE_JOB)
            assert created.value("copies") == 2
            assert created.value("sides") == "two-sided-long-edge"
            assert created.value("requesting-user-name") == "nobody"
            assert created.value("job-uuid") is None
            (sent,) = printer.seen(Operation.SEND_DOCUMENT)
            assert sent.document.count(b"/Type /Page\n") + sent.document.count(b"/Type /Page ") <= 3

    async def test_the_job_being_sent_names_its_proven_owner_and_its_uuid(self) -> None:
        async with installed() as (cupsd, printer, spooler):
            assert await spooler.job_being_sent("bureau") is None
            seen: list[SpoolerJob | None] = []
            answer = printer._answer

            async def look() -> None:
                seen.append(await spooler.job_being_sent("bureau"))

            looks = []

            def looking(message):  # type: ignore[no-untyped-def]
                if message.code == Operation.CREATE_JOB:
                    looks.append(asyncio.ensure_future(look()))
                return answer(message)

            printer._answer = looking  # type: ignore[method-assign]
            printer.will(Operation.SEND_DOCUMENT, Status.SERVER_ERROR_BUSY)
            await cupsd.run("lp", "-d", "bureau", document=make_pdf(400), account="nobody")
            await until(lambda: is_completed(cupsd, spooler))
            await asyncio.gather(*looks)
            assert len(looks) == 2
            first, second = seen
            assert first is not None
            assert first.account == "nobody"
            assert second is not None
            assert second.job_uuid == first.job_uuid == (await job_of(cupsd, spooler)).job_uuid

    async def test_no_plain_document_is_left_after_the_purge(self) -> None:
        async with installed() as (cupsd, printer, spooler):
            await cupsd.run("lp", "-d", "bureau", document=make_pdf(), account="nobody")
            job = await job_of(cupsd, spooler)
            assert documents(cupsd)
            await spooler.purge("bureau", job.job_uuid)
            assert documents(cupsd) == []
            assert await spooler._jobs("bureau", "all") == []
            assert printer.seen(Operation.CANCEL_JOB) == []
            await spooler.purge("bureau", job.job_uuid)

    async def test_a_job_whose_upload_broke_off_is_sent_again(self) -> None:
        async with installed() as (cupsd, printer, spooler):
            printer.will(Operation.SEND_DOCUMENT, Drop(after=20_000))
            await cupsd.run("lp", "-d", "bureau", document=make_pdf(2000), account="nobody")

            async def stopped() -> bool:
                return "disabled" in (await cupsd.run("lpstat", "-p", "bureau"))[1]

            await until(stopped)
            assert printer.seen(Operation.SEND_DOCUMENT) == []
            await spooler.reconcile(nothing_settled)
            await until(lambda: is_completed(cupsd, spooler))
            assert len(printer.seen(Operation.SEND_DOCUMENT)) == 1

    async def test_a_job_called_completed_without_our_having_it_is_restarted_and_not_for_ever(self) -> None:
        async with installed() as (cupsd, printer, spooler):
            printer.will(Operation.SEND_DOCUMENT, Drop())
            await cupsd.run("lp", "-d", "bureau", document=make_pdf(), account="nobody")
            await until(lambda: is_completed(cupsd, spooler))
            uuid = (await job_of(cupsd, spooler)).job_uuid
            for count in (2, 3, 4):
                await spooler.reconcile(nothing_settled)

                async def sent(count: int = count) -> bool:
                    return len(printer.seen(Operation.SEND_DOCUMENT)) == count and await is_completed(cupsd, spooler)

                await until(sent)
            await spooler.reconcile(nothing_settled)
            await asyncio.sleep(0.5)
            assert len(printer.seen(Operation.SEND_DOCUMENT)) == 4
            assert (await job_of(cupsd, spooler)).job_uuid == uuid
            await spooler.reconcile(everything_settled)
            assert documents(cupsd) == []

    async def test_a_backend_that_was_killed_counts_as_completed_and_is_restarted(self) -> None:
        async with installed() as (cupsd, printer, spooler):
            answer = printer._answer

            def kill(message):  # type: ignore[no-untyped-def]
                if message.code == Operation.CREATE_JOB and len(printer.seen(Operation.CREATE_JOB)) == 1:
                    for pid in backends(printer.port):
                        os.kill(pid, signal.SIGKILL)
                return answer(message)

            printer._answer = kill  # type: ignore[method-assign]
            await cupsd.run("lp", "-d", "bureau", document=make_pdf(), account="nobody")
            await until(lambda: is_completed(cupsd, spooler))
            assert printer.seen(Operation.SEND_DOCUMENT) == []
            await spooler.reconcile(nothing_settled)

            async def sent() -> bool:
                return len(printer.seen(Operation.SEND_DOCUMENT)) == 1

            await until(sent)

    async def test_a_job_that_a_killed_cupsd_forgot_is_released_and_one_that_a_person_holds_is_not(self) -> None:
        at_once = {"DirtyCleanInterval": "0"}
        async with (
            private_cupsd(directives=at_once) as cupsd,
            scripted_printer(held_printer()) as printer,
            spooler_of(cupsd, printer.port) as spooler,
        ):
            assert await spooler.converge((queue(),)) == ()
            await cupsd.run("lp", "-d", "bureau", "-H", "hold", document=make_pdf(text="held by a person"))
            await waits_for_more(cupsd, make_pdf(text="forgotten"))
            by_a_person, incoming = sorted(await spooler._jobs("bureau", "all"), key=lambda job: job.job_id)
            assert (by_a_person.forgotten, incoming.forgotten) == (False, False)
            await spooler.reconcile(nothing_settled)
            assert printer.seen(Operation.SEND_DOCUMENT) == []

            await cupsd.kill()
            await cupsd.start()
            by_a_person, forgotten = sorted(await spooler._jobs("bureau", "all"), key=lambda job: job.job_id)
            assert (by_a_person.forgotten, forgotten.forgotten) == (False, True)
            assert forgotten.state is SpoolerJobState.PENDING_HELD
            await spooler.reconcile(nothing_settled)

            async def came() -> bool:
                return len(printer.seen(Operation.SEND_DOCUMENT)) == 1

            await until(came)
            (held, _) = sorted(await spooler._jobs("bureau", "all"), key=lambda job: job.job_id)
            assert held.state is SpoolerJobState.PENDING_HELD

    async def test_a_job_its_owner_cancels_in_cupsd_leaves_nothing(self) -> None:
        async with installed() as (cupsd, _printer, spooler):
            await cupsd.run("cupsdisable", "bureau")
            await cupsd.run("lp", "-d", "bureau", document=make_pdf(), account="nobody")
            await cupsd.run("cancel", "bureau-1", account="nobody")
            assert documents(cupsd)
            await spooler.reconcile(nothing_settled)
            assert documents(cupsd) == []


async def waits_for_more(cupsd: PrivateCupsd, document: bytes) -> None:
    """A job as it is on cupsd's disk between the document and the note that it is the last."""

    async def pieces() -> AsyncIterator[bytes]:
        yield document

    uri = "ipp://localhost/printers/bureau"
    async with IppClient(uri, user="root", unix_socket=cupsd.socket, peercred_account="root") as client:
        made = await client.call(Operation.CREATE_JOB, Attribute.of("job-name", Name("Forgotten")))
        job_id = made.group(Tag.JOB).get("job-id")
        assert job_id is not None
        await client.call(
            Operation.SEND_DOCUMENT,
            job_id,
            Attribute.of("document-format", MimeMediaType("application/pdf")),
            Attribute.of("last-document", False),
            document=pieces(),
            document_length=len(document),
        )


def backends(port: int) -> list[int]:
    """Processes of cupsd's ipp backend that speak to us."""
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                with open(f"/proc/{entry.name}/cmdline", "rb") as file:
                    if file.read().startswith(f"ipp://127.0.0.1:{port}/".encode()):
                        found.append(int(entry.name))
            except OSError:
                continue
    return found


class TestKeeping:
    async def test_queues_follow_what_the_server_wants_and_none_goes_before_it_spoke(self) -> None:
        async with installed(queue("old")) as (cupsd, _printer, spooler):
            desired = Desired(_Nowhere())
            task = asyncio.create_task(keep.run(spooler, desired, nothing_settled, system_randomness))
            try:
                looks = cupsd.error_log.count("CUPS-Get-Printers")

                async def looked() -> bool:
                    return cupsd.error_log.count("CUPS-Get-Printers") > looks

                await until(looked)
                assert "old" in (await cupsd.run("lpstat", "-v"))[1]
                await desired.put(
                    DesiredState(revision="1", computer_name="", queues=(queue(),), printers=(), accounts=())
                )

                async def followed() -> bool:
                    said = (await cupsd.run("lpstat", "-a"))[1]
                    return "bureau accepting" in said and "old" not in said

                await until(followed)
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)


class _Nowhere:
    async def remember(self, key: str, value: str) -> None:
        pass

    async def recall(self, key: str) -> str | None:
        return None
