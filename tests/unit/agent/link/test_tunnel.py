"""Tunnels, with a server that pairs them, and with servers and other ends that misbehave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from presswork.agent.link.server_time import ServerTime
from presswork.agent.link.tunnel import Tunnels
from presswork.core.clock import SystemClock
from presswork.net.relay import Octets
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.tunnel import PATH, PIECE, WINDOW, TunnelCall, TunnelTaken
from presswork.protocols.ticket import Ticket, TicketKind, sign_ticket
from presswork.testing.timing import eventually
from presswork.testing.tunnels import READY, Hub, tunnels_to

PEER = PeerSpec(computer_id=uuid4(), name="branch", port=21335)
TICKET_ID = uuid4()
CALL = TunnelCall(ticket_id=TICKET_ID)
TICKET = sign_ticket(
    Ticket(
        ticket_id=TICKET_ID,
        kind=TicketKind.HOLD,
        tenant_id=uuid4(),
        job_id=uuid4(),
        sender_id=uuid4(),
        receiver_id=PEER.computer_id,
        digest="0" * 64,
        fence=1,
        not_after=datetime(2026, 11, 23, tzinfo=UTC),
    ),
    Ed25519PrivateKey.generate(),
)


@dataclass
class Served:
    """Takes the streams of others."""

    streams: asyncio.Queue[Octets] = field(default_factory=asyncio.Queue)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, octets: Octets) -> None:
        self.streams.put_nowait(octets)
        await self.done.wait()


@asynccontextmanager
async def both(hub: Hub) -> AsyncIterator[tuple[Octets, Octets]]:
    served = Served()
    async with tunnels_to(hub) as tunnels, asyncio.timeout(30):
        tunnels.serve = served
        async with asyncio.TaskGroup() as tasks:
            dialled = tasks.create_task(tunnels.dial(PEER, TICKET))
            await eventually(lambda: bool(hub.waiting))
            tunnels.called([CALL, CALL])
        other = await served.streams.get()
        yield dialled.result(), other
        served.done.set()


async def receive(stream: Octets, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        octets = await stream.receive()
        assert octets, "it ended before"
        found += octets
    return bytes(found)


async def test_octets_go_both_ways_and_the_ticket_is_shown() -> None:
    hub = Hub()
    async with both(hub) as (one, other):
        await one.send(b"good ")
        await one.send(memoryview(b"morning"))
        assert await receive(other, 12) == b"good morning"
        await other.send(b"and you")
        assert await receive(one, 7) == b"and you"
    assert hub.tickets == [TICKET]


async def test_much_passes_through_a_window() -> None:
    async with both(Hub()) as (one, other):
        much = bytes(range(256)) * 4 * (WINDOW // 256)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(one.send(much))
            assert await receive(other, len(much)) == much


async def test_who_takes_nothing_stops_the_other_and_goes_on_later() -> None:
    async with both(Hub()) as (one, other):
        async with asyncio.TaskGroup() as tasks:
            sending = tasks.create_task(one.send(bytes(3 * WINDOW)))
            taken = len(await other.receive())
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await asyncio.shield(sending)
            assert taken == PIECE
            await other.send(b"meanwhile the other way is free")
            assert await receive(one, 31)
            await receive(other, 3 * WINDOW - taken)
        assert sending.done()


async def test_when_one_closes_the_other_gets_what_was_sent_and_the_end() -> None:
    async with both(Hub()) as (one, other):
        await one.send(b"the last")
        one.close()
        assert await receive(other, 8) == b"the last"
        assert await other.receive() == b""
        with pytest.raises(OSError, match="tunnel"):
            await other.send(b"too late")
        with pytest.raises(OSError, match="tunnel"):
            await one.receive()
        one.close()


async def test_closing_wakes_who_waits() -> None:
    async with both(Hub()) as (one, other):
        async with asyncio.TaskGroup() as tasks:
            receiving = tasks.create_task(ends(one.receive()))
            sending = tasks.create_task(ends(one.send(bytes(2 * WINDOW))))
            await receive(other, PIECE)
            one.close()
        assert isinstance(receiving.result(), OSError)
        assert isinstance(sending.result(), OSError)


async def ends(waiting: Awaitable[object]) -> object:
    try:
        return await waiting
    except OSError as error:
        return error


@pytest.mark.parametrize(
    "message",
    [b"", bytes(1024), TunnelTaken(octets=1).model_dump_json(), b"\x00" * (3 * PIECE)],
    ids=["no octets", "more than the window", "more taken than was sent", "too long"],
)
async def test_an_end_that_does_not_keep_to_the_window_is_left(message: bytes | str) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(READY)
        if message == bytes(1024):
            for _ in range(WINDOW // PIECE):
                await connection.send(bytes(PIECE))
        await connection.send(message)
        await connection.wait_closed()

    async with tunnels_to(handler) as tunnels, asyncio.timeout(20):
        stream = await tunnels.dial(PEER, TICKET)
        await eventually(lambda: stream._over)  # type: ignore[attr-defined]
        with pytest.raises(OSError, match="broke off"):
            await receive(stream, 2 * WINDOW)


async def test_a_message_of_a_newer_agent_is_left() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(READY)
        await connection.send('{"message": "later"}')
        await connection.send(b"known")
        await connection.wait_closed()

    async with tunnels_to(handler) as tunnels:
        stream = await tunnels.dial(PEER, TICKET)
        assert await stream.receive() == b"known"
        stream.close()


@pytest.mark.parametrize("first", ["", b"octets", '{"message": "taken", "octets": 0}'])
async def test_what_is_no_answer_opens_nothing(first: str | bytes) -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(first)
        await connection.wait_closed()

    async with tunnels_to(handler) as tunnels:
        with pytest.raises(OSError, match="as this agent knows it"):
            await tunnels.dial(PEER, TICKET)


async def test_a_refusal_says_why() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1013, "The other computer does not come.")

    async with tunnels_to(handler) as tunnels:
        with pytest.raises(OSError, match="The other computer does not come"):
            await tunnels.dial(PEER, TICKET)


async def test_a_server_that_says_nothing_is_not_waited_for() -> None:
    async def handler(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with tunnels_to(handler, deadline=0.2) as tunnels:
        with pytest.raises(TimeoutError):
            await tunnels.dial(PEER, TICKET)


async def test_a_wrong_clock_is_no_obstacle() -> None:
    answers: list[HTTPStatus] = []

    def refuse_once(connection: ServerConnection, request: Request) -> Response | None:
        if answers:
            return None
        answers.append(HTTPStatus.UNAUTHORIZED)
        response = connection.respond(HTTPStatus.UNAUTHORIZED, "")
        del response.headers["Date"]
        response.headers["Date"] = "Mon, 23 Nov 2026 09:00:00 GMT"
        return response

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(READY)
        await connection.wait_closed()

    time = ServerTime(SystemClock())
    async with tunnels_to(handler, time=time, process_request=refuse_once) as tunnels:
        (await tunnels.dial(PEER, TICKET)).close()
    assert abs(time.now() - datetime(2026, 11, 23, 9, tzinfo=UTC)) < timedelta(minutes=5)


async def test_a_status_is_said() -> None:
    def busy(connection: ServerConnection, request: Request) -> Response:
        return connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "")

    async def handler(connection: ServerConnection) -> None:
        raise AssertionError

    async with tunnels_to(handler, process_request=busy) as tunnels:
        with pytest.raises(OSError, match="status 429"):
            await tunnels.dial(PEER, TICKET)


async def test_without_a_server_there_is_none() -> None:
    with pytest.raises(OSError, match="no connection with the server"):
        await Tunnels(lambda: None).dial(PEER, TICKET)


@pytest.mark.parametrize("ticket", ["", "x", "x" * 20000, TICKET.replace(".", "")])
async def test_what_is_no_ticket_is_not_carried_to_the_server(ticket: str) -> None:
    with pytest.raises(OSError, match="no ticket"):
        await Tunnels(lambda: None).dial(PEER, ticket)


async def test_a_call_that_comes_to_nothing_is_answered_when_it_comes_again() -> None:
    calls: list[str] = []

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        calls.append(connection.request.path)
        await connection.close(1008, "Nobody waits here for this computer.")

    async with tunnels_to(handler) as tunnels:
        tunnels.called([CALL])
        assert not calls, "nobody would take its stream"
        tunnels.serve = Served()
        tunnels.called([CALL])
        await eventually(lambda: len(calls) == 1 and not tunnels._answering)
        tunnels.called([CALL])
        await eventually(lambda: calls == [f"{PATH}{TICKET_ID}"] * 2)


async def test_only_so_many_calls_are_answered_at_once() -> None:
    calls: set[str] = set()

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        calls.add(connection.request.path)
        await connection.wait_closed()

    async with tunnels_to(handler) as tunnels:
        tunnels.serve = Served()
        tunnels.called([TunnelCall(ticket_id=UUID(int=number)) for number in range(70)])
        await eventually(lambda: len(calls) == 64)
