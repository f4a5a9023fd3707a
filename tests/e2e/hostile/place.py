"""A computer under attack: the agent as a program, an organisation behind it, and the good client that must still be served."""

from __future__ import annotations

import asyncio
import re
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode
from uuid import UUID

import httpx2

from presswork.agent.spool.job import Phase
from presswork.core.settings import AgentSettings
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute, Message
from presswork.protocols.ipp.parser import parse
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import MimeMediaType, Name, Tag
from presswork.testing.agent import PROGRAM, AgentProcess, agent_process, environment_of, queue_uri, settings_for
from presswork.testing.http_peer import Client
from presswork.testing.pdf import make_pdf
from presswork.testing.server import EMAIL, PASSWORD, ServerInTest, running_server
from presswork.testing.spool_files import FoundJob, jobs_in_files
from presswork.testing.timing import MS, eventually

QUEUE = "office"
HASTY = (str(Path(__file__).with_name("hasty_agent.py")),)
"""The agent with less patience for printers."""
DEADLINE = 60_000 * MS


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent said to an IPP request."""

    http: int
    status: int
    sentence: str


@dataclass
class Place:
    """The agent that is attacked."""

    directory: Path
    server: ServerInTest
    agent: AgentProcess
    printers: Mapping[str, UUID] = field(default_factory=dict)

    @property
    def settings(self) -> AgentSettings:
        """Its ports and its directory."""
        return self.agent.settings

    @property
    def log(self) -> str:
        """What it wrote."""
        return self.agent.log.read_text()

    def uri(self, queue: str = QUEUE) -> str:
        """The ``printer-uri`` of a queue."""
        return queue_uri(self.settings, queue)

    async def ask(self, octets: bytes, *, queue: str = QUEUE) -> Answer:
        """Send these octets as an IPP request."""
        async with web(self) as client:
            return await ask(client, octets, queue=queue)

    async def prints(self, name: str, *, queue: str = QUEUE, pages: int = 1) -> int:
        """The good client: a document, accepted over IPP; its ``job-id``."""
        reply = await self.submit(name, make_pdf(pages, text=name), queue=queue)
        assert reply.code == Status.SUCCESSFUL_OK, (Status(reply.code), said(reply), self.log[-3000:])
        number = reply.group(Tag.JOB).get("job-id")
        assert number is not None
        assert isinstance(number.value, int)
        return number.value

    async def submit(self, name: str, document: bytes, *, queue: str = QUEUE) -> Message:
        """Print-Job, as any program does it."""
        async with IppClient(self.uri(queue)) as client:
            return await client.call(
                Operation.PRINT_JOB,
                Attribute.of("job-name", Name(name)),
                Attribute.of("document-format", MimeMediaType("application/pdf")),
                document=whole(document),
            )

    def jobs(self) -> list[FoundJob]:
        """All jobs, as the files have them."""
        return jobs_in_files(self.settings.directory)

    async def job(self, name: str, holds: Callable[[FoundJob], bool], deadline: float = DEADLINE) -> FoundJob:
        """The job of that name, as soon as it is like that."""
        seen: list[FoundJob] = []
        try:
            async with asyncio.timeout(deadline):
                while True:
                    seen = [job for job in await asyncio.to_thread(self.jobs) if job.name == name]
                    if seen and holds(seen[-1]):
                        return seen[-1]
                    await asyncio.sleep(20 * MS)
        except TimeoutError:
            raise AssertionError(f"{name!r} is not as it was waited for: {seen}\n{self.log[-3000:]}") from None

    async def ended(self, name: str, deadline: float = DEADLINE) -> FoundJob:
        """The job of that name, when it is over."""
        return await self.job(name, lambda job: job.phase is Phase.ENDED, deadline)

    async def waited_for(self, words: str) -> None:
        """Until the log has these words."""
        await eventually(lambda: words in self.log, deadline=DEADLINE)

    def made_no_mistake(self) -> None:
        """It still runs, and its log has no traceback."""
        assert self.agent.process is not None
        assert self.agent.process.returncode is None, self.log[-3000:]
        assert "Traceback" not in self.log, self.log[-6000:]


@asynccontextmanager
async def place(
    directory: Path,
    *,
    printers: Mapping[str, str] | None = None,
    settings: AgentSettings | None = None,
    arguments: tuple[str, ...] = (),
    program: tuple[str, ...] = PROGRAM,
    environment: Mapping[str, str] = MappingProxyType({}),
    server: ServerInTest | None = None,
) -> AsyncIterator[Place]:
    """A queue that holds and, for each printer (name: device-uri), a direct queue of its name; then root is signed in."""
    settings = settings or settings_for(directory)
    async with AsyncExitStack() as stack:
        if server is None:
            server = await stack.enter_async_context(running_server(directory))
        await server.add_queue(QUEUE)
        made = {name: await server.add_printer(name, uri) for name, uri in (printers or {}).items()}
        for name, printer_id in made.items():
            await server.add_queue(name, "direct", printer_id)
        async with agent_process(
            directory, server=server, settings=settings, arguments=arguments, program=program, environment=environment
        ) as agent:
            here = Place(directory, server, agent, made)
            await here_is(here, QUEUE, *made)
            if made:
                await sign_in(here)
            yield here


async def here_is(here: Place, *queues: str) -> None:
    """Until the agent has these queues."""
    for queue in queues:
        octets = encode(request(Operation.GET_PRINTER_ATTRIBUTES, 1, here.uri(queue), ""))
        async with asyncio.timeout(DEADLINE):
            for _ in count():
                if (await here.ask(octets, queue=queue)).http == 200:
                    break
                await asyncio.sleep(50 * MS)


async def sign_in(here: Place) -> None:
    """The account that runs the tests is the one person there is."""
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "presswork",
        "sign-in",
        stdout=PIPE,
        env={**environment_of(here.settings), **here.agent.environment},
    )
    assert program.stdout is not None
    async with asyncio.timeout(DEADLINE):
        shown = b""
        while not (code := re.search(rb"\b([A-Z0-9]{4}-[A-Z0-9]{4})\b", shown)):
            line = await program.stdout.readline()
            assert line, shown
            shown += line
        await here.server.confirm_sign_in(code[1].decode())
        await program.stdout.read()
        assert await program.wait() == 0


@asynccontextmanager
async def web(here: Place) -> AsyncIterator[Client]:
    """A connection to 21339 over which anything may be sent."""
    async with connection(here.settings.ports.local_web) as client:
        yield client


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[Client]:
    """A connection to a port of this computer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        async with asyncio.timeout(DEADLINE):
            yield Client(reader, writer)
    finally:
        writer.transport.abort()


async def ask(client: Client, octets: bytes, *, queue: str = QUEUE) -> Answer:
    """An IPP request in octets, over a connection that is kept."""
    client.send(head(len(octets), queue) + octets)
    return await answer(client)


async def answer(client: Client) -> Answer:
    """What comes next over the connection."""
    http_status, _, body = await client.answer()
    if http_status != 200:
        return Answer(http_status, -1, body.decode())
    reply, _ = parse(body)
    return Answer(http_status, reply.code, said(reply))


def head(length: int | None, queue: str = QUEUE) -> bytes:
    """The head of an IPP request over HTTP; without a length its body comes in chunks."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"POST /ipp/print/{queue} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/ipp\r\n{framing}\r\n\r\n"
    ).encode()


def said(reply: Message) -> str:
    """The sentence of a reply."""
    found = reply.group(Tag.OPERATION).get("status-message")
    return "" if found is None else str(found.value)


async def whole(document: bytes) -> AsyncIterator[bytes]:
    """As a stream."""
    yield document


async def sign_in_page(person: httpx2.AsyncClient) -> httpx2.Response:
    """Sign in at the page of a server, as its first person."""
    page = (await person.get("/sign-in")).text
    token = re.search(r'name="form_token" value="([^"]+)"', page)
    values = {"email": EMAIL, "password": PASSWORD} | ({"form_token": token[1]} if token else {})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return await person.post("/sign-in", content=urlencode(values), headers=headers)
