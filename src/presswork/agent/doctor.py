"""`presswork agent doctor`: what is wrong with this computer's printing, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta

from pydantic import ValidationError

from presswork.agent.directory import PUBLIC, check_directory, mark_of
from presswork.agent.host.host import Spooler
from presswork.agent.intake.front import mark_line
from presswork.agent.link.hello import hello
from presswork.agent.link.identity import Identity, load_identity
from presswork.agent.link.proof import Prover
from presswork.agent.link.requests import Requests
from presswork.agent.link.server_time import ServerTime
from presswork.agent.local.certificate import CERTIFICATE
from presswork.core.checks import Check, Finding, Level
from presswork.core.clock import Clock, system_randomness
from presswork.core.errors import Distrusted, Fault, NotFound, Unavailable
from presswork.core.settings import AgentSettings
from presswork.net.control import LOOPBACK, connect
from presswork.net.tls import pinned_context, trusting_context
from presswork.protocols.control.agent import SyncReply, SyncRequest
from presswork.protocols.control.client import REPLY, Status, StatusReply
from presswork.protocols.control.framing import Frame, FrameKind

_CLOCK_TOLERANCE = timedelta(minutes=5)
_ENROL = "Get an enrolment code from your administrator and run: presswork agent enrol URL CODE"
_START = "Start it: systemctl start presswork-agent (or: presswork agent run), and look at its log."
_ENOUGH = 4096
_REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def checks(settings: AgentSettings, spooler: Spooler, clock: Clock) -> Sequence[Check]:
    """What the doctor looks at, in the order in which one would repair it."""
    time = ServerTime(clock)

    async def directory() -> Finding:
        await asyncio.to_thread(check_directory, settings.directory)
        return Finding(Level.GOOD, f"{settings.directory} belongs to the agent alone.")

    async def enrolled() -> Finding:
        identity = await asyncio.to_thread(load_identity, settings.directory)
        if identity is None:
            return Finding(Level.PROBLEM, "This computer is not enrolled.", _ENROL)
        until = identity.certificate.not_valid_after_utc
        if until < clock.now():
            return Finding(
                Level.WARNING,
                f"This computer is enrolled with {identity.server_url}; its certificate ended on {until:%Y-%m-%d}.",
                "It renews by itself as soon as the agent reaches the server.",
            )
        return Finding(Level.GOOD, f"This computer is enrolled with {identity.server_url} until {until:%Y-%m-%d}.")

    async def known() -> Identity:
        identity = await asyncio.to_thread(load_identity, settings.directory)
        if identity is None:
            raise NotFound(f"This computer is not enrolled. {_ENROL}")
        return identity

    async def server() -> Finding:
        identity = await known()
        await _speak(identity, time)
        return Finding(Level.GOOD, f"{identity.server_url} answers and knows this computer.")

    async def computers_clock() -> Finding:
        identity = await known()
        context = await asyncio.to_thread(trusting_context, identity.ca_pem)
        async with Requests(identity.server_url, context, time) as requests:
            await requests.get("/api/ca")
        if abs(time.offset) > _CLOCK_TOLERANCE:
            return Finding(
                Level.WARNING,
                f"The clock of this computer is {_words(time.offset)} the server's.",
                "Printing works all the same. Set the clock, or let it follow a time server: timedatectl set-ntp true",
            )
        return Finding(Level.GOOD, "The clock of this computer agrees with the server's.")

    async def client_control() -> Finding:
        certificate = settings.directory / PUBLIC / CERTIFICATE
        port = settings.ports.client_control
        try:
            context = pinned_context(await asyncio.to_thread(certificate.read_text))
            async with connect(port, context):
                pass
        except (FileNotFoundError, Unavailable):
            return Finding(Level.PROBLEM, f"The agent does not answer on port {port}.", _START)
        except Distrusted:
            return Finding(Level.PROBLEM, f"Another program listens on port {port}.", _squatter(port))
        return Finding(Level.GOOD, f"The agent answers the commands of this computer's people (port {port}).")

    async def local_web() -> Finding:
        port = settings.ports.local_web
        answer = await _page(port)
        if answer is None:
            return Finding(Level.PROBLEM, f"The agent takes no jobs on port {port}.", _START)
        mark = await asyncio.to_thread(mark_of, settings.directory)
        if b"\r\n\r\nPresswork" in answer and mark_line(mark).encode() not in answer:
            return Finding(
                Level.PROBLEM, f"The agent of another directory takes the jobs on port {port}.", _squatter(port)
            )
        if b"\r\n\r\nPresswork" not in answer:
            return Finding(Level.PROBLEM, f"Another program listens on port {port}.", _squatter(port))
        return Finding(Level.GOOD, f"The agent takes jobs from this computer's applications (port {port}).")

    async def neighbours() -> Finding:
        status = await _status(settings)
        if status is None:
            return Finding(Level.WARNING, "The agent does not say which other computers are here.", _START)
        return Finding(Level.GOOD, _company(status))

    async def printing_system() -> Finding:
        faults = await spooler.examine()
        if faults:
            return Finding(Level.PROBLEM, " ".join(fault.sentence for fault in faults))
        return Finding(Level.GOOD, "CUPS proves who prints, and lets the agent manage its queues.")

    return (
        Check("directory", directory),
        Check("enrolment", enrolled),
        Check("server", server, needs="enrolment"),
        Check("clock", computers_clock, needs="enrolment"),
        Check("commands", client_control),
        Check("jobs", local_web),
        Check("neighbours", neighbours, needs="enrolment"),
        Check("CUPS", printing_system),
    )


async def _speak(identity: Identity, time: ServerTime) -> None:
    """An exchange that says nothing: orders that come with it stay open, since they get no answer."""
    context = await asyncio.to_thread(trusting_context, identity.ca_pem)
    request = SyncRequest(hello=await asyncio.to_thread(hello))
    async with Requests(identity.server_url, context, time, Prover(identity, system_randomness)) as requests:
        await requests.post("/api/agent/sync", request, SyncReply)


async def _status(settings: AgentSettings) -> StatusReply | None:
    """What the running agent says of itself; None where it does not."""
    certificate = settings.directory / PUBLIC / CERTIFICATE
    try:
        context = pinned_context(await asyncio.to_thread(certificate.read_text))
        async with connect(settings.ports.client_control, context) as channel:
            await channel.send(Frame(FrameKind.JSON, Status().model_dump_json().encode()))
            frame = await channel.receive()
            reply = None if frame is None else REPLY.validate_json(frame.data)
    except (FileNotFoundError, Fault, ValidationError):
        return None
    return reply if isinstance(reply, StatusReply) else None


def _company(status: StatusReply) -> str:
    if not status.lans:
        return "The server knows no network of this computer, so the agent looks for no others. Under Networks an administrator files it."
    if not status.neighbours:
        return "No other computer of the organisation is on this computer's networks."
    return f"Other computers of the organisation on this computer's networks: {status.neighbours}."


async def _page(port: int) -> bytes | None:
    """What answers there to a browser; None where nothing listens."""
    try:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return None
    answer = b""
    try:
        writer.write(_REQUEST)
        with suppress(OSError):  # what it said before it hung up is enough
            while len(answer) < _ENOUGH and (piece := await reader.read(_ENOUGH)):
                answer += piece
    finally:
        writer.close()
    return answer


def _squatter(port: int) -> str:
    return f"ss -ltnp 'sport = :{port}' shows which. Stop it, then start the agent again."


def _words(offset: timedelta) -> str:
    minutes = round(abs(offset).total_seconds() / 60)
    amount = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    return f"{amount} behind" if offset > timedelta() else f"{amount} ahead of"
