"""Tunnels: two agents that cannot reach each other come to the server, which hands the octets of the one to the other.

The server judges who may speak to whom, by the ticket it signed itself, and reads nothing: inside is the agents' own TLS.
Sender and receiver of one ticket meet in this process. Where several processes serve one installation, both ends have to come
to the same one: a proxy in front chooses it by the path, which is the same for both.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import structlog
from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from presswork.core.errors import Fault, TooMany
from presswork.protocols.control.tunnel import (
    NOT_ALLOWED,
    OVER,
    TRY_LATER,
    TunnelCall,
    TunnelOpen,
    TunnelReady,
)
from presswork.protocols.ticket import Ticket, TicketKind, check_ticket, open_ticket
from presswork.server.computers import AgentPrincipal
from presswork.server.platform.context import ServerContext
from presswork.server.platform.events import News

CALL = 10.0
"""Seconds that a sender waits for its receiver. One that cannot be woken has no WebSocket, so it gets no tunnel either."""
IDLE = 120.0
"""Seconds in which something has to pass: a transfer shows every fifteen that it lives."""
LONGEST = 15 * 60.0
"""Seconds a tunnel lasts. Transfers open another one and go on, each time with a proof of who they are."""
OPEN = 10.0
"""Seconds until the first message is there."""
STALL = 60.0
"""Seconds that an end may take nothing."""
CLOSE = 2.0
"""Seconds that an end may take to hear why; less than a server waits for its last connections."""
MOST_OF_COMPUTER = 64
"""Ends at once, so that one computer does not keep all others of its tenant out …"""
MOST_OF_TENANT = 128
"""… of all of them, so half as many tunnels …"""
MOST = 1024
"""… and of all tenants together."""
GOES_ON = timedelta(days=1)
"""So long after a ticket's time tunnels of it open: its transfer may have begun in time, and not be over."""
_LONGEST_TEXT = 1024
_log = structlog.get_logger(__name__)


class _Refused(Exception):
    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(eq=False, slots=True)
class _Meeting:
    """A sender, and the receiver as soon as it is there."""

    ticket: Ticket
    sender: WebSocket
    receiver: WebSocket | None = None
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """It is to end …"""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """The receiver cannot be called any more."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """… and has: nothing is sent to either end any more."""
    up: int = 0
    """Octets from the sender to the receiver …"""
    down: int = 0
    """… and back."""


class Tunnels:
    """Those of this process."""

    def __init__(self, context: ServerContext) -> None:
        self._context = context
        self._meetings: dict[UUID, _Meeting] = {}
        self._ends: Counter[UUID] = Counter()
        self._ends_of_computers: Counter[UUID] = Counter()

    def calls(self, agent: AgentPrincipal) -> tuple[TunnelCall, ...]:
        """The tunnels in which somebody waits for this computer."""
        return tuple(
            TunnelCall(ticket_id=ticket_id)
            for ticket_id, meeting in self._meetings.items()
            if meeting.ticket.receiver_id == agent.computer_id
            and meeting.ticket.tenant_id == agent.tenant_id
            and not meeting.joined.is_set()
        )

    async def hold(self, websocket: WebSocket, agent: AgentPrincipal, ticket_id: UUID) -> None:
        """One end, until the tunnel is over. Raises ``TooMany`` before it is accepted."""
        with self._room(agent):
            await websocket.accept()
            code, reason = OVER, ""
            try:
                opened = await _opened(websocket)
                if opened.ticket:
                    await self._send(websocket, self._checked(opened.ticket, agent, ticket_id))
                else:
                    await self._receive(websocket, agent, ticket_id)
            except _Refused as refused:
                code, reason = refused.code, refused.reason
            except WebSocketDisconnect:
                return
            with suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
                async with asyncio.timeout(CLOSE):
                    await websocket.close(code, reason)

    @contextmanager
    def _room(self, agent: AgentPrincipal) -> Iterator[None]:
        full = self._ends[agent.tenant_id] >= MOST_OF_TENANT or self._ends.total() >= MOST
        if full or self._ends_of_computers[agent.computer_id] >= MOST_OF_COMPUTER:
            raise TooMany("There are too many tunnels through this server now. Try again later.")
        self._ends[agent.tenant_id] += 1
        self._ends_of_computers[agent.computer_id] += 1
        try:
            yield
        finally:
            self._ends[agent.tenant_id] -= 1
            self._ends_of_computers[agent.computer_id] -= 1
            self._ends += Counter()  # those without any are not kept
            self._ends_of_computers += Counter()

    def _checked(self, text: str, agent: AgentPrincipal, ticket_id: UUID) -> Ticket:
        try:
            ticket = open_ticket(text, self._context.installation.signer.key.public_key())
            check_ticket(
                ticket,
                tenant_id=agent.tenant_id,
                sender_id=agent.computer_id,
                receiver_id=ticket.receiver_id,
                kinds=(TicketKind.RELAY,),
                now=self._context.clock.now() - GOES_ON,
            )
        except Fault as fault:
            raise _Refused(NOT_ALLOWED, fault.sentence) from None
        if ticket.ticket_id != ticket_id:
            raise _Refused(NOT_ALLOWED, "The ticket is of another transfer.")
        if not ticket.through_server:
            raise _Refused(NOT_ALLOWED, "The ticket is for the direct connection of the two computers.")
        return ticket

    async def _send(self, websocket: WebSocket, ticket: Ticket) -> None:
        if not self._context.events.waiting(ticket.tenant_id, ticket.receiver_id):
            raise _Refused(TRY_LATER, "The other computer is not connected with the server.")
        events = self._context.events
        with self._meeting(ticket, websocket) as meeting:
            with events.leaves_with(ticket.tenant_id, ticket.receiver_id, meeting.left):
                events.publish(News(ticket.tenant_id, ticket.receiver_id))
                receiver = await _joined(meeting)
            started = asyncio.get_running_loop().time()
            try:
                await _carry(meeting, receiver)
            finally:
                _log.info(
                    "A tunnel is over.",
                    tenant=str(ticket.tenant_id),
                    sender=str(ticket.sender_id),
                    receiver=str(ticket.receiver_id),
                    octets_up=meeting.up,
                    octets_down=meeting.down,
                    seconds=round(asyncio.get_running_loop().time() - started, 1),
                )

    async def _receive(self, websocket: WebSocket, agent: AgentPrincipal, ticket_id: UUID) -> None:
        meeting = self._meetings.get(ticket_id)
        if meeting is None or meeting.joined.is_set() or not _is_receiver(agent, meeting.ticket):
            raise _Refused(NOT_ALLOWED, "Nobody waits here for this computer.")
        meeting.receiver = websocket
        meeting.joined.set()
        await meeting.ended.wait()

    @contextmanager
    def _meeting(self, ticket: Ticket, sender: WebSocket) -> Iterator[_Meeting]:
        """An earlier one of the same ticket is over: the sender knows best which of its connections lives.

        It is over, too, when either computer is removed.
        """
        earlier = self._meetings.get(ticket.ticket_id)
        if earlier is not None:
            earlier.over.set()
        meeting = self._meetings[ticket.ticket_id] = _Meeting(ticket, sender)
        ends_with = self._context.events.ends_with
        try:
            with (
                ends_with(ticket.tenant_id, ticket.sender_id, meeting.over),
                ends_with(ticket.tenant_id, ticket.receiver_id, meeting.over),
            ):
                yield meeting
        finally:
            meeting.ended.set()
            if self._meetings.get(ticket.ticket_id) is meeting:
                del self._meetings[ticket.ticket_id]


def _is_receiver(agent: AgentPrincipal, ticket: Ticket) -> bool:
    return (agent.tenant_id, agent.computer_id) == (ticket.tenant_id, ticket.receiver_id)


async def _opened(websocket: WebSocket) -> TunnelOpen:
    try:
        async with asyncio.timeout(OPEN):
            message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect
        return TunnelOpen.model_validate_json(message.get("text") or "")
    except (TimeoutError, ValidationError):
        raise _Refused(NOT_ALLOWED, "The tunnel was not opened as the protocol says.") from None


async def _joined(meeting: _Meeting) -> WebSocket:
    """The receiver, once it is there. A sender that goes, or says anything before, has not waited for it."""
    async with asyncio.TaskGroup() as tasks:
        joined = tasks.create_task(meeting.joined.wait())
        others = tasks.create_task(meeting.over.wait()), tasks.create_task(meeting.sender.receive())
        left = tasks.create_task(meeting.left.wait())
        await asyncio.wait((joined, left, *others), timeout=CALL, return_when=asyncio.FIRST_COMPLETED)
        for task in (joined, left, *others):
            task.cancel()
    if meeting.receiver is None:
        raise _Refused(TRY_LATER, "The other computer does not come.")
    if any(other.done() and not other.cancelled() for other in others):
        raise _Refused(OVER, "")
    return meeting.receiver


async def _carry(meeting: _Meeting, receiver: WebSocket) -> None:
    """Until one end goes, nothing passes any more, or it has lasted long enough."""
    sender, loop = meeting.sender, asyncio.get_running_loop()
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST), asyncio.timeout(IDLE) as idle:

            def up(octets: int) -> None:
                meeting.up += octets
                idle.reschedule(loop.time() + IDLE)

            def down(octets: int) -> None:
                meeting.down += octets
                idle.reschedule(loop.time() + IDLE)

            async with asyncio.TaskGroup() as tasks:
                ends = (
                    tasks.create_task(_pump(sender, receiver, up)),
                    tasks.create_task(_pump(receiver, sender, down)),
                    tasks.create_task(meeting.over.wait()),
                )
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                for task in ends:
                    task.cancel()


async def _pump(source: WebSocket, sink: WebSocket, passed: Callable[[int], None]) -> None:
    """From the one to the other; reads on only when the other has room. Returns when either goes or takes nothing."""
    try:
        async with asyncio.timeout(STALL):
            await sink.send_text(TunnelReady().model_dump_json())
        while (message := await source.receive())["type"] == "websocket.receive":
            octets, text = message.get("bytes"), message.get("text")
            async with asyncio.timeout(STALL):
                if octets is not None:
                    await sink.send_bytes(octets)
                elif text is not None and len(text) <= _LONGEST_TEXT:
                    await sink.send_text(text)
                else:
                    return
            passed(len(octets or b""))
    except (TimeoutError, WebSocketDisconnect):
        return
