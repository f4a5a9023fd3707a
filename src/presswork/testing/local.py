"""The client control service for tests: real spool, real TLS, the kernel's word for peers; only the server is played."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.directory import prepare_directory
from presswork.agent.discovery import Neighbours
from presswork.agent.host.host import Host
from presswork.agent.host.linux.peers import LinuxPeers
from presswork.agent.host.linux.place import LinuxPlace
from presswork.agent.intake import Intake, PageCounter
from presswork.agent.local.certificate import control_context
from presswork.agent.local.server import LocalServer
from presswork.agent.local.services import Services
from presswork.agent.queue_states import QueueStates
from presswork.agent.spool import Spool, open_spool
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Fault, ServerUnreachable
from presswork.core.settings import AgentSettings, Ports
from presswork.protocols.control.agent import AccountSignInStarted, DesiredState, PrintersFound
from presswork.protocols.control.route import JobWish, WishTaken
from presswork.testing.carrying import Elsewhere
from presswork.testing.intake import STATE, NothingOnItsWay, PlayedHostQueues, PlayedSpooler

_LIMIT = 1 << 30


@dataclass
class PlayedServer:
    """A server that says what the test has it say."""

    enrolled: bool = True
    reachable: bool = True
    fault: Fault | None = None
    expires_in: timedelta = timedelta(minutes=10)
    asked: list[str] = field(default_factory=list)
    """Accounts a sign-in was started for."""
    syncs: int = 0
    found: PrintersFound | None = None
    """What it finds, whatever is looked for."""
    wishes: list[JobWish] = field(default_factory=list)
    holder: str = "Box-1"
    """Who has the jobs that were handed over."""
    looked_for: list[tuple[str, str]] = field(default_factory=list)

    def sync_soon(self) -> None:
        """See ``Server``."""
        self.syncs += 1

    def server_now(self) -> datetime:
        """See ``Server``."""
        return SystemClock().now()

    async def find_printers(self, account: str, text: str) -> PrintersFound:
        """See ``Server``: out of reach unless the test lets it find something."""
        if self.found is None:
            raise ServerUnreachable("The server does not answer.")
        self.looked_for.append((account, text))
        return self.found

    async def wish(self, wish: JobWish) -> WishTaken:
        """See ``Server``."""
        if self.fault is not None:
            raise self.fault
        self.wishes.append(wish)
        return WishTaken(order_id=UUID(int=1), computer=self.holder)

    async def start_sign_in(self, account: str) -> AccountSignInStarted:
        """See ``Server``."""
        self.asked.append(account)
        if self.fault is not None:
            raise self.fault
        page = "https://print.example.org/account-sign-in"
        return AccountSignInStarted(
            user_code="WDJB-MJHT",
            verification_uri=page,
            verification_uri_complete=f"{page}?code=WDJB-MJHT",
            expires_at=self.server_now() + self.expires_in,
        )


@dataclass
class RunningLocal:
    """A client control service that serves."""

    settings: AgentSettings
    spool: Spool
    desired: Desired
    server: PlayedServer
    sent: dict[UUID, int] = field(default_factory=dict)
    """Octets that printers have taken, for the progress."""

    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    """Other computers, as the server names them."""

    cancelled: list[UUID] = field(default_factory=list)
    """Jobs whose delivery was asked to stop."""

    async def cancel(self, job_id: UUID) -> None:
        """As delivery does it where the printer has nothing of the job yet."""
        self.cancelled.append(job_id)

    @property
    def environment(self) -> dict[str, str]:
        """With which a client finds it."""
        return os.environ | {
            "PRESSWORK_AGENT_DIRECTORY": str(self.settings.directory),
            "PRESSWORK_AGENT_PORTS__CLIENT_CONTROL": str(self.settings.ports.client_control),
        }

    async def presswork(self, *arguments: str, uid: int | None = None, text: str = "") -> Ran:
        """Run `presswork …` as a person does, under another user id where one is given."""
        return await run_presswork(self.environment, arguments, uid=uid, text=text)


class Ran(NamedTuple):
    """A program that ended."""

    status: int
    out: str
    err: str


# Everything is imported before the user id changes: the other account may not be able to read the checkout.
_AS_ANOTHER = """
import os, sys
from presswork.core.errors import Fault
import presswork.client.command as command
import encodings.idna
name, uid = {"print": "print_document"}.get(sys.argv[2], sys.argv[2].replace("-", "_")), int(sys.argv[1])
os.setgroups([]); os.setgid(uid); os.setuid(uid)
try:
    getattr(command, name)(args=sys.argv[3:], prog_name="presswork")
except Fault as fault:
    sys.exit(f"presswork: {fault.sentence}")
"""


def presswork_command(arguments: Sequence[str], *, uid: int | None = None) -> tuple[str, ...]:
    """What to run for `presswork …`, under another user id where one is given: then a command of the client."""
    program = ("-m", "presswork") if uid is None else ("-c", _AS_ANOTHER, str(uid))
    return (sys.executable, *program, *arguments)


async def run_presswork(
    environment: dict[str, str], arguments: Sequence[str], *, uid: int | None = None, text: str = ""
) -> Ran:
    """Run `presswork …` in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *presswork_command(arguments, uid=uid), stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
    )
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate(text.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ran(process.returncode or 0, out.decode(), err.decode())


@asynccontextmanager
async def running_local(directory: Path, *, state: DesiredState = STATE) -> AsyncIterator[RunningLocal]:
    """Serves as long as the context."""
    clock = SystemClock()
    await asyncio.to_thread(prepare_directory, directory)
    spool = await open_spool(directory / "spool", clock, system_randomness)
    listener = socket.create_server(("127.0.0.1", 0))
    settings = AgentSettings(directory=directory, ports=Ports(client_control=listener.getsockname()[1]))
    try:
        desired = Desired(spool)
        await desired.put(state)
        host = Host(LinuxPeers(), PlayedSpooler(), LinuxPlace(), PlayedHostQueues())
        running = RunningLocal(settings, spool, desired, PlayedServer())
        intake = Intake(
            spool,
            desired,
            host,
            clock,
            QueueStates(spool),
            pages=PageCounter(spool),
            cancel=running.cancel,
            current=NothingOnItsWay(),
            document_limit=_LIMIT,
        )
        router = await running.elsewhere.routes(spool)
        services = Services(
            spool,
            desired,
            running.server,
            intake.submit,
            octets_sent=running.sent.get,
            cancel=running.cancel,
            neighbours=Neighbours(),
            foresee=router.foresee,
            clock=clock,
        )
        async with asyncio.TaskGroup() as tasks:
            context = await asyncio.to_thread(control_context, directory, clock.now())
            local = LocalServer(services, host.peers, listener=listener, context=context, directory=directory)
            serving = tasks.create_task(local.run())
            yield running
            serving.cancel()
    finally:
        listener.close()
        await spool.close()
