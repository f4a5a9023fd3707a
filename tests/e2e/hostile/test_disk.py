"""A disk that is full or read-only, under the running agent and the running server: nothing is promised that is not kept."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import httpx2
import pytest

from e2e.hostile.disk import disk
from e2e.hostile.place import DEADLINE, HASTY, Answer, Place, answer, head, place, said, sign_in_page, web
from presswork.agent.spool.job import Outcome, Phase
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Name
from presswork.testing.agent import environment_of, free_port
from presswork.testing.local import run_presswork
from presswork.testing.pdf import make_pdf
from presswork.testing.scripted_printer import scripted_printer
from presswork.testing.server import running_server
from presswork.testing.site import ServerProcess
from presswork.testing.timing import MS

pytestmark = pytest.mark.timeout(int(240_000 * MS))
LARGE = make_pdf(1) + bytes(4_000_000)


def busy(said: Answer, *words: str) -> None:
    """Told as busy, for then cupsd keeps the job and tries again."""
    assert (said.http, said.status) == (200, Status.SERVER_ERROR_BUSY), said
    assert any(word in said.sentence for word in words), said


async def refused(here: Place, name: str, *words: str) -> None:
    reply = await here.submit(name, make_pdf(1), queue="printer")
    busy(Answer(200, reply.code, said(reply)), *words)
    assert name not in {job.name for job in here.jobs() if job.document_kept}


async def test_the_agents_disk_becomes_full(tmp_path: Path) -> None:
    port = free_port()
    with disk(tmp_path, tmp_path / "agent") as own:
        uris = {"printer": f"ipp://127.0.0.1:{port}/ipp/print"}
        async with place(tmp_path, printers=uris, program=HASTY) as here:
            await here.prints("accepted before", queue="printer")
            await here.job("accepted before", lambda job: JobEvent.UNREACHABLE in job.events)

            octets = encode(request(Operation.PRINT_JOB, 1, here.uri(), "", (Attribute.of("job-name", Name("half")),)))
            async with web(here) as client:
                client.send(head(len(octets) + len(LARGE)) + octets + LARGE[:2_000_000])
                await here.job("half", lambda job: job.phase is Phase.INCOMING)
                own.fill()
                client.send(LARGE[2_000_000:])
                busy(await answer(client), "full")
            await refused(here, "while it is full", "full")
            async with scripted_printer(port=port):
                assert (await here.agent.presswork("jobs")).status == 0

                own.empty()
                assert (await here.ended("accepted before")).outcome is Outcome.PRINTED
                await eventually_prints(here, "after")
                assert (await here.ended("after")).outcome is Outcome.PRINTED
            # Its end may have had no room either; then it comes with its time-out.
            assert not (await here.job("half", lambda _: True)).document_kept
            here.made_no_mistake()


async def test_the_agents_disk_fails_and_is_only_read(tmp_path: Path) -> None:
    port = free_port()
    uris = {"printer": f"ipp://127.0.0.1:{port}/ipp/print"}
    with disk(tmp_path, tmp_path / "agent") as own:
        async with place(tmp_path, printers=uris, program=HASTY) as here:
            await here.prints("accepted before", queue="printer")
            await here.job("accepted before", lambda job: JobEvent.UNREACHABLE in job.events)
            own.fail()
            await refused(here, "while it fails", "disk")
            async with scripted_printer(port=port) as printer:
                # The mark cannot be written, so nothing is sent.
                await here.waited_for("does not take it down")
                assert printer.octets == 0
            ran = await here.agent.presswork("jobs")
            assert (ran.status, "accepted before" in ran.out) == (0, True), ran.err
            here.made_no_mistake()

            await here.agent.kill()
            ran = await run_presswork(environment_of(here.settings), ["agent", "run"])
            assert ran.status == 1
            assert "Traceback" not in ran.err
            assert ran.err.strip().endswith(".")

            own.replace()
            await here.agent.start()
            async with scripted_printer(port=port) as printer:
                await eventually_prints(here, "after")
                assert (await here.ended("accepted before")).outcome is Outcome.PRINTED
                assert len(printer.seen(Operation.SEND_DOCUMENT)) == 2
            here.made_no_mistake()


async def eventually_prints(here: Place, name: str) -> None:
    """For some seconds after a full disk nothing is let in."""
    async with asyncio.timeout(DEADLINE):
        while True:
            reply = await here.submit(name, make_pdf(1), queue="printer")
            if reply.code == Status.SUCCESSFUL_OK:
                return
            assert reply.code == Status.SERVER_ERROR_BUSY, said(reply)
            await asyncio.sleep(200 * MS)


@pytest.mark.parametrize("what", ["full", "read-only"])
async def test_the_servers_disk(tmp_path: Path, what: str) -> None:
    async with AsyncExitStack() as stack:
        own = stack.enter_context(disk(tmp_path, tmp_path / "server", mode=0o700))
        port = free_port()
        async with running_server(tmp_path, port=port) as first:
            await first.set_up()
        server = ServerProcess(tmp_path, port, tmp_path / "server.log")
        stack.push_async_callback(server.kill)
        await server.start()
        person = await stack.enter_async_context(httpx2.AsyncClient(base_url=server.url, timeout=20, trust_env=False))
        if what == "full":
            own.fill()
        else:
            own.fail()
        answered = await sign_in_page(person)
        assert answered.status_code in {503, 507}, answered.text
        assert "Tell whoever runs it" in answered.text
        assert (await person.get("/api/ca")).status_code == 200
        if what == "full":
            own.empty()
        else:
            await server.kill()
            own.replace()
            await server.start()
        assert (await sign_in_page(person)).status_code == 303
        assert "Traceback" not in server.log.read_text(), server.log.read_text()[-5000:]
