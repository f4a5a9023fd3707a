"""The link with a real server: orders come, reports go, and printing does not need it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from presswork.agent.desired import Desired
from presswork.agent.discovery.entry import OwnEntry
from presswork.agent.host.linux.place import LinuxPlace
from presswork.agent.link import link
from presswork.agent.link.enrolment import enrol
from presswork.agent.link.hello import Introduction
from presswork.agent.link.identity import load_identity
from presswork.agent.link.link import Link
from presswork.agent.link.printers import PrinterNews
from presswork.agent.link.server_time import ServerTime
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Job, Phase
from presswork.core.clock import Clock, SystemClock, system_randomness
from presswork.core.errors import ServerUnreachable
from presswork.core.settings import Ports, ServerSettings
from presswork.protocols.control.agent import Hello
from presswork.protocols.control.words import PrinterReport
from presswork.server import identity, jobs
from presswork.server.app import running
from presswork.server.identity import SignedIn
from presswork.testing.proxy import connect_proxy, websocket_blocker
from presswork.testing.server import EMAIL, PASSWORD, ServerInTest, running_server
from presswork.testing.spooling import HOLD, LIMIT, incoming_job, pieces

HELLO = Hello(version="1", computer_name="desk", platform="Test")
SOON = 15.0


class ShiftedClock(SystemClock):
    """A computer whose clock is wrong."""

    def __init__(self, shift: timedelta = timedelta()) -> None:
        self.shift = shift

    def now(self) -> datetime:
        return super().now() + self.shift


class Computer:
    """A spool, a desired state and a link."""

    def __init__(self, directory: Path, spool: Spool, clock: Clock) -> None:
        self.directory = directory
        self.spool = spool
        self.clock = clock
        self.desired = Desired(spool)
        self.printers = PrinterNews()
        self.link = Link(
            directory,
            spool,
            self.desired,
            printers=self.printers,
            cancel=self._cancel,
            wanted=lambda _: None,
            place=LinuxPlace(),
            introduction=Introduction(HELLO),
            entry=OwnEntry(spool),
            clock=clock,
            randomness=system_randomness,
        )

    async def _cancel(self, job_id: UUID) -> None:
        """As delivery does it where the printer has nothing of the job yet."""

    async def enrol(self, server: ServerInTest) -> None:
        await enrol(self.directory, server.url, await server.enrolment_code(), HELLO, ServerTime(self.clock))

    async def held_job(self, user_id: UUID | None = None, account: str = "ada") -> Job:
        queue = next(queue.queue_id for queue in self.desired.state.queues if queue.name == "office")
        job = await incoming_job(self.spool, account, queue_id=queue, user_id=user_id)
        return await self.spool.receive(job.id, "application/pdf", pieces(b"%PDF-1.4"), limit=LIMIT, then=(HOLD,))

    @asynccontextmanager
    async def linked(self) -> AsyncIterator[None]:
        await self.desired.load()
        running = asyncio.create_task(self.link.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert running.cancelled()


@pytest.fixture
async def computer(tmp_path: Path) -> AsyncIterator[Computer]:
    async with _computer(tmp_path / "agent") as made:
        yield made


@asynccontextmanager
async def _computer(directory: Path, clock: Clock | None = None) -> AsyncIterator[Computer]:
    directory.mkdir(exist_ok=True)
    clock = clock or SystemClock()
    spool = await open_spool(directory / "spool", clock, system_randomness)
    try:
        yield Computer(directory, spool, clock)
    finally:
        await spool.close()


async def until(true: Callable[[], Awaitable[bool] | bool], seconds: float = SOON) -> None:
    """Wait for it."""
    async with asyncio.timeout(seconds):
        while True:
            result = true()
            if result if isinstance(result, bool) else await result:
                return
            await asyncio.sleep(0.01)


@asynccontextmanager
async def _office(tmp_path: Path, computer: Computer, **options: object) -> AsyncIterator[ServerInTest]:
    """A server with a printer, a queue that holds and one that prints there, and the computer enrolled and linked to it."""
    async with running_server(tmp_path, **options) as server:  # type: ignore[arg-type]
        lobby = await server.add_printer("Lobby", "ipp://192.0.2.1/ipp/print")
        await server.add_queue("office")
        await server.add_queue("straight", "direct", lobby)
        await computer.enrol(server)
        async with computer.linked():
            await until(lambda: bool(computer.desired.state.queues))
            yield server


async def test_who_was_removed_is_known_with_the_next_exchange(tmp_path: Path, computer: Computer) -> None:
    async with _office(tmp_path, computer) as server, _computer(tmp_path / "other") as other:
        await other.enrol(server)
        identity = await asyncio.to_thread(load_identity, other.directory)
        assert identity is not None
        assert identity.computer_id not in computer.link.removed
        await server.remove_computer(identity.computer_id)
        computer.link.sync_soon()
        await until(lambda: identity.computer_id in computer.link.removed)


async def _sign_in(computer: Computer, server: ServerInTest, account: str = "ada") -> UUID:
    started = await computer.link.start_sign_in(account)
    await server.confirm_sign_in(started.user_code)
    await until(lambda: computer.desired.person(account) is not None)
    binding = computer.desired.person(account)
    assert binding is not None
    return binding.user_id


async def _known(server: ServerInTest, job: Job) -> bool:
    assert server.administrator is not None
    async with server.context.database.reading() as session:
        listed = await jobs.list_own_jobs(session, server.administrator.principal)
    return any(view.id == job.id for view in listed.jobs)


async def _release(server: ServerInTest, job: Job, printer_id: UUID) -> None:
    assert server.administrator is not None
    async with server.context.database.writing() as session:
        await jobs.release_job(session, server.administrator.principal, job.id, printer_id)


@pytest.mark.parametrize("tls", ["own", "proxy"])
async def test_the_desired_state_arrives_and_is_kept(tmp_path: Path, computer: Computer, tls: str) -> None:
    async with _office(tmp_path, computer, tls=tls):
        assert computer.link.enrolled
        assert computer.link.reachable
        assert [printer.name for printer in computer.desired.state.printers] == ["Lobby"]
        assert [queue.name for queue in computer.desired.state.queues] == ["office", "straight"]
    after = Desired(computer.spool)
    await after.load()
    assert after.state == computer.desired.state


async def test_a_change_at_the_server_arrives_at_once(tmp_path: Path, computer: Computer) -> None:
    async with _office(tmp_path, computer) as server:
        await _line_is_up(server)
        attic = await server.add_printer("Attic", "ipp://192.0.2.2/ipp/print")
        await server.add_queue("attic", "direct", attic)
        await until(lambda: len(computer.desired.state.printers) == 2, seconds=3)


async def test_an_account_becomes_a_person(tmp_path: Path, computer: Computer) -> None:
    async with _office(tmp_path, computer) as server:
        assert server.administrator is not None
        user = await _sign_in(computer, server)
        assert user == server.administrator.principal.user_id
        assert computer.desired.person("bob") is None


async def test_a_release_in_the_console_reaches_the_spool_at_once(tmp_path: Path, computer: Computer) -> None:
    async with _office(tmp_path, computer) as server:
        user = await _sign_in(computer, server)
        job = await computer.held_job(user)
        await until(lambda: _known(server, job))
        await _line_is_up(server)
        printer_id = computer.desired.state.printers[0].printer_id
        loop = asyncio.get_running_loop()
        begun = loop.time()
        await _release(server, job, printer_id)
        await until(lambda: _in_phase(computer, job, Phase.RELEASED), seconds=9)
        assert loop.time() - begun < 9  # asking regularly takes 10 seconds and more
        # The server has the answer: the order does not come again.
        await until(lambda: not computer.link._orders.answers())


async def test_what_happens_while_the_server_is_away_is_reported_later(tmp_path: Path, computer: Computer) -> None:
    async with _office(tmp_path, computer) as server:
        user = await _sign_in(computer, server)
        port = int(server.url.rpartition(":")[2])
    async with computer.linked():
        job = await computer.held_job(user)
        await until(lambda: not computer.link.reachable)
        with pytest.raises(ServerUnreachable):
            await computer.link.start_sign_in("bob")
        async with running_server(tmp_path, port=port) as server:
            server.administrator = await _administrator(server)
            await until(lambda: _known(server, job))
            await until(lambda: computer.link.reachable)


async def test_the_servers_absence_is_said_once_not_at_each_try(tmp_path: Path, computer: Computer) -> None:
    async with _office(tmp_path, computer):
        pass
    with capture_logs() as said:
        async with computer.linked():
            await until(lambda: _complaints(said) == 1)
            for _ in range(4):
                computer.link.sync_soon()
                await asyncio.sleep(0.1)
    assert _complaints(said) == 1


async def test_before_enrolment_it_waits_and_then_begins_by_itself(
    tmp_path: Path, computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "_ENROLMENT_POLL", 0.1)
    async with running_server(tmp_path) as server:
        await server.add_queue("office")
        async with computer.linked():
            with pytest.raises(ServerUnreachable, match="not enrolled"):
                await computer.link.start_sign_in("ada")
            assert not computer.link.enrolled
            await computer.enrol(server)
            await until(lambda: bool(computer.desired.state.queues))


async def test_enrolled_anew_elsewhere_it_goes_over_by_itself(
    tmp_path: Path, computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "_ENROLMENT_POLL", 0.1)
    (tmp_path / "second").mkdir()
    async with _office(tmp_path, computer) as first:
        port = int(first.url.rpartition(":")[2])
        async with running_server(tmp_path / "second") as second:
            await second.add_queue("elsewhere")
            await computer.enrol(second)
            await first.add_queue("other")  # the next word of the first server
            await until(lambda: [queue.name for queue in computer.desired.state.queues] == ["elsewhere"])
    assert port


async def test_what_was_learned_about_a_printer_is_told(tmp_path: Path, computer: Computer) -> None:
    async with _office(tmp_path, computer) as server:
        printer_id = computer.desired.state.printers[0].printer_id
        seen = "ab" * 32
        computer.printers.learned(
            PrinterReport(
                printer_id=printer_id,
                seen_at=computer.clock.now(),
                reachable=True,
                certificate_sha256=seen,
                state="idle",
            )
        )
        await until(lambda: computer.printers.untold() == ())
        assert server.url


@pytest.mark.parametrize("days", [1, -1])
async def test_a_clock_that_is_a_day_off_is_no_obstacle(tmp_path: Path, days: int) -> None:
    async with _computer(tmp_path / "agent", ShiftedClock(timedelta(days=days))) as computer:
        async with _office(tmp_path, computer):
            assert computer.link.reachable
        restarted = Computer(computer.directory, computer.spool, computer.clock)
        async with running_server(tmp_path, port=0) as server:
            await _move(computer.directory, server.url)
            async with restarted.linked():
                await until(lambda: restarted.link.reachable)
                assert abs(restarted.link.server_now() - SystemClock().now()) < timedelta(seconds=30)


@pytest.mark.parametrize("days", [25, 45, 400])
async def test_an_old_certificate_is_renewed_also_when_it_is_over(tmp_path: Path, days: int) -> None:
    """The computer slept for so many days; the server's clock is right."""
    clock = ShiftedClock()
    async with running_server(tmp_path, clock=clock) as server, _computer(tmp_path / "agent", clock) as computer:
        await server.add_queue("office")
        await computer.enrol(server)
        before = await asyncio.to_thread(load_identity, computer.directory)
        clock.shift = timedelta(days=days)
        async with computer.linked():
            await until(lambda: bool(computer.desired.state.queues))
        after = await asyncio.to_thread(load_identity, computer.directory)
    assert before is not None
    assert after is not None
    assert after.computer_id == before.computer_id
    assert after.certificate.not_valid_after_utc - before.certificate.not_valid_after_utc > timedelta(days=days - 1)


async def test_where_websockets_do_not_pass_it_asks_regularly(tmp_path: Path, computer: Computer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as front:
        url = f"http://127.0.0.1:{front.getsockname()[1]}"
        port = _free_port()
        settings = ServerSettings(directory=tmp_path / "server", ports=Ports(server=port), tls="proxy", public_url=url)
        async with running(settings) as running_here:
            server = ServerInTest(running_here)
            async with websocket_blocker(front, ("127.0.0.1", port)) as lines:
                await enrol(computer.directory, url, await server.enrolment_code(), HELLO, ServerTime(computer.clock))
                async with computer.linked():
                    await until(lambda: computer.link.reachable)
                    await until(lambda: any("/websocket/agent" in line for line in lines))
                    await server.add_queue("office")
                    await until(lambda: bool(computer.desired.state.queues), seconds=20)
                    assert not server.context.events._waiters


async def test_https_and_websocket_go_through_the_proxy_of_the_environment(
    tmp_path: Path, computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "https://print.example.org"
    port = _free_port()
    settings = ServerSettings(directory=tmp_path / "server", ports=Ports(server=port), tls="own", public_url=url)
    async with running(settings) as running_here:
        server = ServerInTest(running_here)
        async with connect_proxy(("127.0.0.1", port)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            monkeypatch.setenv("https_proxy", proxy.url)
            await enrol(computer.directory, url, await server.enrolment_code(), HELLO, ServerTime(computer.clock))
            async with computer.linked():
                await _line_is_up(server)
                await server.add_queue("office")
                await until(lambda: bool(computer.desired.state.queues), seconds=5)
    assert set(proxy.asked) == {"print.example.org:443"}


def _free_port() -> int:
    """For a server that listens elsewhere than where it is reached."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def _line_is_up(server: ServerInTest) -> None:
    await until(lambda: bool(server.context.events._waiters))


async def _administrator(server: ServerInTest) -> SignedIn:
    async with server.context.database.writing() as session:
        return await identity.sign_in(
            session,
            server.context.sign_in_limits,
            tenant_id=server.context.installation.tenant_id,
            email=EMAIL,
            password=PASSWORD,
            address="127.0.0.1",
        )


async def _in_phase(computer: Computer, job: Job, phase: Phase) -> bool:
    return (await computer.spool.get(job.id)).phase is phase


async def _move(directory: Path, url: str) -> None:
    """The same server at another address."""
    await asyncio.to_thread((directory / "server.json").write_text, f'{{"url": "{url}"}}')


def _complaints(said: list[EventDict]) -> int:
    return len([entry for entry in said if "Printing goes on" in entry["event"]])
