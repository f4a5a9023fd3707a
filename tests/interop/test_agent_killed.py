"""The agent as a program under an account of its own, between cupsd and ippeveprinter; killed, and started again."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from presswork.agent.desired import Desired
from presswork.agent.spool import open_spool
from presswork.agent.spool.job import Job, Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.words import AccountBinding, PrinterSpec, QueueSpec
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.pdf import make_pdf
from presswork.testing.peers import Ippeveprinter, ippeveprinter

pytestmark = [pytest.mark.interop, pytest.mark.timeout(400)]
ADA, AGENT = "games", "nobody"
"""Who prints, and the agent's own account."""
GROUP = "nogroup"


@dataclass
class Computer:
    """One computer with a direct queue to one printer."""

    cupsd: PrivateCupsd
    printer: Ippeveprinter
    directory: Path
    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)

    async def start(self) -> Process:
        """The agent; it takes the account that owns its directory."""
        with (self.directory / "log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "presswork", "agent", "run", env=self.environment, stdout=log, stderr=log, cwd="/"
            )
        self.processes.append(process)
        return process

    async def until(self, condition: Callable[[], Awaitable[bool]], timeout: float = 120) -> None:
        """Fails with the agent's log."""
        try:
            async with asyncio.timeout(timeout):
                while not await condition():  # noqa: ASYNC110 - other processes change it
                    await asyncio.sleep(0.01)
        except TimeoutError:
            pytest.fail((self.directory / "log").read_text(errors="replace")[-4000:])

    async def queue_is_ready(self) -> bool:
        return "direct accepting" in (await self.cupsd.run("lpstat", "-a"))[1]

    async def jobs(self) -> list[Job]:
        """What is in the spool of an agent that does not run."""
        spool = await open_spool(self.directory / "agent/spool", SystemClock(), system_randomness)
        try:
            return await spool.list()
        finally:
            await spool.close()

    def plain_documents(self) -> list[str]:
        return [file.name for file in self.cupsd.spool.iterdir() if file.name.startswith("d0")]


@asynccontextmanager
async def computer(tmp_path: Path, **printer: float) -> AsyncIterator[Computer]:
    directory = Path(tempfile.mkdtemp(prefix="pw", dir="/tmp"))
    try:
        async with private_cupsd(system_groups=(GROUP,)) as cupsd, ippeveprinter(tmp_path, **printer) as device:  # type: ignore[arg-type]
            directory.chmod(0o755)
            await know(directory / "agent", device.uri)
            environment = {name: value for name, value in os.environ.items() if not name.startswith("PRESSWORK_")}
            environment |= {
                "PRESSWORK_AGENT_DIRECTORY": str(directory / "agent"),
                "PRESSWORK_AGENT_PORTS__LOCAL_WEB": str(free_port()),
                "PRESSWORK_AGENT_PORTS__CLIENT_CONTROL": "0",
                "PRESSWORK_AGENT_CUPS_SOCKET": str(cupsd.socket),
                "PRESSWORK_AGENT_CUPS_FILES_CONF": str(cupsd.files_conf),
            }
            here = Computer(cupsd, device, directory, environment)
            try:
                yield here
            finally:
                for process in here.processes:
                    if process.returncode is None:
                        await kill(process)
    finally:
        shutil.rmtree(directory)


async def know(directory: Path, device_uri: str) -> None:
    """What the server would have said, remembered by an agent that is to be ``AGENT``."""
    directory.mkdir(mode=0o700)
    printer = PrinterSpec(printer_id=uuid4(), name="Lobby", device_uri=device_uri)
    queue = QueueSpec(queue_id=uuid4(), name="direct", mode="direct", printer_id=printer.printer_id)
    person = AccountBinding(account=ADA, user_id=uuid4(), person="Ada Lovelace")
    spool = await open_spool(directory / "spool", SystemClock(), system_randomness)
    state = DesiredState(revision="1", computer_name="desk", queues=(queue,), printers=(printer,), accounts=(person,))
    await Desired(spool).put(state)
    await spool.close()
    owner = pwd.getpwnam(AGENT)
    for path in (directory, *directory.rglob("*")):
        os.chown(path, owner.pw_uid, owner.pw_gid)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def heavy_pdf(octets: int) -> bytes:
    """One page with an image that cannot be compressed."""
    side = int((octets / 3) ** 0.5)
    pixels = os.urandom(side * side * 3)
    plain = make_pdf()
    image = (
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceRGB "
        b"/Length %d >>\nstream\n%b\nendstream" % (side, side, len(pixels), pixels)
    )
    body = plain[: plain.index(b"xref\n")].replace(
        b"/Font << /F1 3 0 R >>", b"/Font << /F1 3 0 R >> /XObject << /I 6 0 R >>"
    )
    old = body[body.index(b"5 0 obj") :]
    drawn = b"q 400 0 0 400 72 72 cm /I Do Q"
    body = body.replace(old, b"5 0 obj\n<< /Length %d >>\nstream\n%b\nendstream\nendobj\n" % (len(drawn), drawn))
    body += b"6 0 obj\n" + image + b"\nendobj\n"
    offsets = [body.index(b"\n%d 0 obj" % number) + 1 for number in range(1, 7)]
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return body + b"xref\n0 7\n0000000000 65535 f \n%btrailer\n<< /Size 7 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        table,
        len(body),
    )


async def kill(process: Process) -> None:
    process.send_signal(signal.SIGKILL)
    await process.wait()


async def stop(process: Process) -> None:
    process.terminate()
    async with asyncio.timeout(20):
        await process.wait()


async def test_killed_in_mid_upload_the_job_arrives_once(tmp_path: Path) -> None:
    async with computer(tmp_path) as here:
        agent = await here.start()
        await here.until(here.queue_is_ready)
        status, said = await here.cupsd.run(
            "lp",
            "-d",
            "direct",
            "-n",
            "2",
            "-o",
            "sides=two-sided-long-edge",
            account=ADA,
            document=heavy_pdf(80_000_000),
        )
        assert status == 0, said

        async def half_arrived() -> bool:
            files = [path for path in (here.directory / "agent/spool").rglob("*") if path.is_file()]
            return any(path.stat().st_size > 2_000_000 and "db" not in path.name for path in files)

        await here.until(half_arrived)
        await kill(agent)
        assert here.plain_documents()
        # a pause in which cupsd finds out: it stops the queue
        await here.until(lambda: stopped(here))
        agent = await here.start()
        (printed,) = await here.printer.printed(1, timeout=120)
        assert (printed.attributes["copies"], printed.attributes["sides"]) == ("2", "two-sided-long-edge")

        async def forgotten() -> bool:
            return not here.plain_documents()

        await here.until(forgotten)
        await asyncio.sleep(1)
        assert len(here.printer.printed_now()) == 1
        assert process_account(agent.pid) == pwd.getpwnam(AGENT).pw_uid
        await stop(agent)
        jobs = await here.jobs()
        assert sorted(job.outcome for job in jobs if job.outcome) == [Outcome.PRINTED]
        assert [job.document_kept for job in jobs] == [False] * len(jobs)


async def test_killed_while_the_printer_prints_the_job_is_followed_to_its_end(tmp_path: Path) -> None:
    async with computer(tmp_path, printing_takes=5) as here:
        agent = await here.start()
        await here.until(here.queue_is_ready)
        await here.cupsd.run("lp", "-d", "direct", account=ADA, document=make_pdf())

        async def printing() -> bool:
            return any((here.printer.directory / "printed").glob(".new.*"))

        await here.until(printing)
        await kill(agent)
        asked = here.printer.log.count("Get-Job-Attributes")
        agent = await here.start()
        await here.printer.printed(1, timeout=120)
        await here.until(lambda: asks_no_more(here.printer, asked))
        await stop(agent)
        (job,) = await here.jobs()
        assert (job.phase, job.outcome) == (Phase.ENDED, Outcome.PRINTED)
        assert len(here.printer.printed_now()) == 1


async def asks_no_more(printer: Ippeveprinter, asked: int) -> bool:
    """The agent asks every two seconds as long as it does not know the end; ``asked``: so often before it was killed."""
    before = printer.log.count("Get-Job-Attributes")
    await asyncio.sleep(4)
    return asked < before == printer.log.count("Get-Job-Attributes")


async def stopped(here: Computer) -> bool:
    return "disabled" in (await here.cupsd.run("lpstat", "-p", "direct"))[1]


def process_account(pid: int) -> int:
    return os.stat(f"/proc/{pid}").st_uid
