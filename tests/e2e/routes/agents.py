"""The agent of a host, as a program."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from presswork.agent.spool.job import Phase
from presswork.core.settings import AgentSettings, Ports
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Group, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Keyword, MimeMediaType, Name, Tag
from presswork.testing.agent import AgentProcess, environment_of
from presswork.testing.cups import PrivateCupsd
from presswork.testing.http_peer import Client
from presswork.testing.namespaces import Host
from presswork.testing.spool_files import FoundJob, fact_in_files, jobs_in_files
from presswork.testing.timing import MS, eventually

QUEUE = "anywhere"
DEADLINE = 40_000 * MS
_PDF = Attribute.of("document-format", MimeMediaType("application/pdf"))
_PROGRAM = str(Path(__file__).with_name("quick_agent.py"))


class Agent(AgentProcess):
    """The agent of a host, with the ports that agents have."""

    def __init__(self, host: Host, directory: Path, cupsd: PrivateCupsd | None = None) -> None:
        settings = AgentSettings(directory=directory / "agent", ports=Ports(), cups_socket=directory / "no-cups")
        if cupsd is not None:
            settings = settings.model_copy(update={"cups_socket": cupsd.socket, "cups_files_conf": cupsd.files_conf})
        super().__init__(settings, log=directory / "agent.log")
        self.host = host
        self.computer_id = UUID(int=0)
        self.started_at = datetime.now(UTC)

    async def start(self) -> None:
        """Start it; it listens when this returns."""
        self.started_at = datetime.now(UTC)
        with await asyncio.to_thread(self.log.open, "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *self.host.command(sys.executable, _PROGRAM),
                env={**environment_of(self.settings), **self.environment},
                stderr=log,
            )
        await self.answers()

    async def answers(self) -> None:
        """Until it takes connections on both loopback ports, and those of others."""
        await eventually(lambda: self._listens({21335, 21338, 21339}), deadline=DEADLINE)

    async def restart(self, environment: Mapping[str, str] | None = None) -> None:
        """Killed and started again, from now on with these variables."""
        await self.kill()
        self.environment = environment or {}
        await self.start()

    @property
    def runs(self) -> bool:
        """Whether it is there."""
        return self.process is not None and self.process.returncode is None

    @property
    def pid(self) -> int:
        """Of its process."""
        assert self.process is not None
        return self.process.pid

    @property
    def said(self) -> str:
        """Its log."""
        return self.log.read_text() if self.log.exists() else ""

    def jobs(self) -> list[FoundJob]:
        """All its jobs, as the files have them."""
        return jobs_in_files(self.settings.directory)

    async def job(self, name: str, holds: Callable[[FoundJob], bool], deadline: float = DEADLINE) -> FoundJob:
        """The job of that name, as soon as it is like that."""
        seen: list[FoundJob] = []
        try:
            async with asyncio.timeout(deadline):
                while True:
                    seen = [job for job in self.jobs() if job.name == name]
                    if seen and holds(seen[-1]):
                        return seen[-1]
                    await asyncio.sleep(10 * MS)
        except TimeoutError:
            raise AssertionError(f"{name!r} never became what was waited for: {seen}\n{self.said[-3000:]}") from None

    async def ended(self, name: str, deadline: float = DEADLINE) -> FoundJob:
        """The job of that name, when it is over."""
        return await self.job(name, lambda job: job.phase is Phase.ENDED, deadline)

    async def take(self, name: str, document: bytes, *, queue: str = QUEUE, two_sided: bool = False) -> None:
        """Print-Job, as a program on that computer does it, as soon as there is that queue."""
        wanted = Group(Tag.JOB, (Attribute.of("sides", Keyword("two-sided-long-edge")),) if two_sided else ())
        about = (Attribute.of("job-name", Name(name)), _PDF)
        await self._call(queue, document, Operation.PRINT_JOB, *about, wanted=wanted)

    async def take_several(self, name: str, documents: Sequence[bytes]) -> None:
        """One job with all these documents: Create-Job and Send-Document."""
        reply = await self._call(QUEUE, b"", Operation.CREATE_JOB, Attribute.of("job-name", Name(name)))
        number = reply.group(Tag.JOB).get("job-id")
        assert number is not None
        for document in documents:
            last = Attribute.of("last-document", document is documents[-1])
            await self._call(QUEUE, document, Operation.SEND_DOCUMENT, Attribute("job-id", number.values), _PDF, last)

    async def _call(
        self, queue: str, document: bytes, operation: Operation, *about: Attribute, wanted: Group | None = None
    ) -> Message:
        uri = f"ipp://127.0.0.1:{self.settings.ports.local_web}/ipp/print/{queue}"
        octets = encode(request(operation, 1, uri, "", about, groups=() if wanted is None else (wanted,))) + document
        status, body = 0, b""
        async with asyncio.timeout(DEADLINE):
            while status != 200:  # until it knows of its queue
                status, body = await self._post(octets, queue)
                await asyncio.sleep(10 * MS)
        reply, _ = parse(body)
        assert reply.code == Status.SUCCESSFUL_OK, (Status(reply.code), reply)
        return reply

    @property
    def desired(self) -> DesiredState | None:
        """What its server wants, as far as it knows."""
        text = fact_in_files(self.settings.directory, "desired-state")
        return None if text is None else DesiredState.model_validate_json(text)

    async def _post(self, octets: bytes, queue: str) -> tuple[int, bytes]:
        """An IPP request; HTTP status and body."""
        connection = self.host.socket()
        connection.connect(("127.0.0.1", self.settings.ports.local_web))
        reader, writer = await asyncio.open_connection(sock=connection)
        head = f"POST /ipp/print/{queue} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n"
        try:
            writer.write(f"{head}Content-Length: {len(octets)}\r\n\r\n".encode() + octets)
            status, _, body = await Client(reader, writer).answer()
        finally:
            writer.transport.abort()
        return status, body

    async def command_line(self, *arguments: str) -> str:
        """What `presswork …` says on that computer. It must succeed."""
        environment = {name: value for name, value in environment_of(self.settings).items() if name.startswith("PRESS")}
        named = [f"{name}={value}" for name, value in environment.items()]
        return await self.host.run("env", *named, sys.executable, "-m", "presswork", *arguments)

    async def connects(self, port: int) -> None:
        """Until this computer is about to connect to that port of another one, and has no answer yet."""
        await eventually(lambda: port in {to for state, _, to in self._sockets() if state == "02"}, deadline=DEADLINE)

    def _listens(self, ports: set[int]) -> bool:
        assert self.process is not None
        assert self.process.returncode is None, self.said[-3000:]
        return ports <= {own for state, own, _ in self._sockets() if state == "0A"}

    def _sockets(self) -> list[tuple[str, int, int]]:
        """Every TCP socket of the computer: state, own port, port of the other end (proc(5))."""
        tables = (Path(f"/proc/{self.pid}/net/{name}").read_text().splitlines()[1:] for name in ("tcp", "tcp6"))
        lines = [line.split() for table in tables for line in table]
        return [(line[3], int(line[1].partition(":")[2], 16), int(line[2].partition(":")[2], 16)) for line in lines]
