"""Tunnels: who gets into which, what passes, and how they end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from presswork.protocols.control.tunnel import (
    NOT_ALLOWED,
    OVER,
    PATH,
    PIECE,
    TRY_LATER,
    TunnelCall,
    TunnelOpen,
    TunnelReady,
    TunnelTaken,
)
from presswork.protocols.ticket import Ticket, TicketKind, sign_ticket
from presswork.server.fronts.control import tunnel
from presswork.testing.delivering import printer_spec

from .conftest import Computer

WAIT = 20


@dataclass
class Pair:
    """Two computers of one organisation, and a ticket of the one to the other."""

    sender: Computer
    receiver: Computer
    ticket: Ticket
    line: ExitStack
    """The receiver's, by which it is woken."""

    def signed(self, key: Ed25519PrivateKey | None = None, **other: Any) -> str:
        ticket = self.ticket.model_copy(update=other)
        return sign_ticket(ticket, key or self.sender.server.context.installation.signer.key)

    @property
    def path(self) -> str:
        return f"{PATH}{self.ticket.ticket_id}"

    @asynccontextmanager
    async def sends(self, ticket: str | None = None, path: str | None = None) -> AsyncIterator[ClientConnection]:
        async with end_of(self.sender, path or self.path) as end:
            await end.send(TunnelOpen(ticket=self.signed() if ticket is None else ticket).model_dump_json())
            yield end

    @asynccontextmanager
    async def receives(self, computer: Computer | None = None) -> AsyncIterator[ClientConnection]:
        async with end_of(computer or self.receiver, self.path) as end:
            await end.send(TunnelOpen().model_dump_json())
            yield end

    @asynccontextmanager
    async def both(self) -> AsyncIterator[tuple[ClientConnection, ClientConnection]]:
        async with self.sends() as one:
            await self.called()
            async with self.receives() as other:
                assert (await ready(one), await ready(other)) == (True, True)
                yield one, other

    async def called(self, *, is_called: bool = True) -> None:
        """Until the receiver is, or is not any more."""
        calls = (TunnelCall(ticket_id=self.ticket.ticket_id),) if is_called else ()
        async with asyncio.timeout(WAIT):
            while (await self.receiver.sync()).tunnels != calls:  # noqa: ASYNC110 - over the wire there is no event
                await asyncio.sleep(0.01)


def end_of(computer: Computer, path: str) -> connect:
    url = computer.server.url.replace("http", "ws", 1) + path
    headers = computer.headers("GET", path)
    return connect(url, additional_headers=headers, compression=None, proxy=None, close_timeout=2)


async def ready(end: ClientConnection) -> bool:
    async with asyncio.timeout(WAIT):
        return TunnelReady.model_validate_json(await end.recv()) == TunnelReady()


async def closed(end: ClientConnection) -> tuple[int, str]:
    """How the server ended it; what comes before is left."""
    async with asyncio.timeout(WAIT):
        await end.wait_closed()
    assert end.close_code is not None
    return end.close_code, end.close_reason or ""


@pytest.fixture
async def pair(computer: Computer) -> AsyncIterator[Pair]:
    other = Computer(computer.server, computer.client, computer.clock)
    await other.enrol()
    ticket = Ticket(
        ticket_id=uuid4(),
        kind=TicketKind.RELAY,
        tenant_id=computer.server.context.installation.tenant_id,
        job_id=uuid4(),
        sender_id=computer.computer_id,
        receiver_id=other.computer_id,
        digest="0" * 64,
        fence=1,
        printer=printer_spec("ipp://192.0.2.7/ipp/print"),
        through_server=True,
        not_after=computer.clock.now() + timedelta(hours=1),
    )
    with ExitStack() as line:
        line.enter_context(computer.server.context.events.waiter(ticket.tenant_id, other.computer_id))
        yield Pair(computer, other, ticket, line)


async def test_what_one_says_the_other_hears_in_its_order(pair: Pair) -> None:
    async with pair.both() as (one, other):
        taken = TunnelTaken(octets=7).model_dump_json()
        for message in (b"first", taken, b"\x00" * PIECE):
            await one.send(message)
        await other.send(b"answer")
        assert [await other.recv() for _ in range(3)] == [b"first", taken, b"\x00" * PIECE]
        assert await one.recv() == b"answer"


async def test_the_receiver_is_woken_and_called_until_it_is_there(pair: Pair) -> None:
    context = pair.sender.server.context
    with context.events.waiter(pair.ticket.tenant_id, pair.receiver.computer_id) as waiter:
        async with pair.sends() as one:
            async with asyncio.timeout(WAIT):
                await waiter.wait()
            await pair.called()
            assert (await pair.sender.sync()).tunnels == ()
            async with pair.receives():
                await ready(one)
                assert (await pair.receiver.sync()).tunnels == ()


async def test_when_one_goes_the_other_hears_the_rest_and_the_end(pair: Pair) -> None:
    async with pair.both() as (one, other):
        await one.send(b"the last")
        await one.close()
        assert await other.recv() == b"the last"
        assert await closed(other) == (OVER, "")


async def test_a_sender_does_not_wait_for_a_receiver_that_stops(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "CALL", 10 * WAIT)
    async with pair.sends() as one:
        await pair.called()
        pair.line.close()
        assert await closed(one) == (TRY_LATER, "The other computer does not come.")
    assert pair.sender.server.context.events._leaves == {}


async def test_nobody_gets_in_without_a_signature(pair: Pair) -> None:
    url = pair.sender.server.url.replace("http", "ws", 1)
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url + pair.path, proxy=None):
            pass
    assert refused.value.response.status_code == 401
    headers = pair.sender.headers("GET", "/websocket/agent")
    with pytest.raises(InvalidStatus) as refused:
        async with connect(url + pair.path, additional_headers=headers, proxy=None):
            pass
    assert refused.value.response.status_code in (401, 403)


@pytest.mark.parametrize(
    "other",
    [
        {"tenant_id": UUID(int=1)},
        {"sender_id": UUID(int=1)},
        {"ticket_id": UUID(int=1)},
        {"kind": TicketKind.HOLD},
        {"through_server": False},
        {"not_after": -timedelta(days=1, minutes=2)},
        {"key": Ed25519PrivateKey.generate()},
    ],
    ids=[
        "another tenant's",
        "another sender's",
        "of another transfer",
        "of another kind",
        "for the LAN",
        "too old",
        "not the server's",
    ],
)
async def test_a_ticket_that_allows_something_else_opens_nothing(pair: Pair, other: dict[str, Any]) -> None:
    if "not_after" in other:
        other = {"not_after": pair.sender.clock.now() + other["not_after"]}
    async with pair.sends(pair.signed(**other)) as one:
        code, reason = await closed(one)
        assert code == NOT_ALLOWED
        assert reason
    assert (await pair.receiver.sync()).tunnels == ()


async def test_a_transfer_that_began_in_time_goes_on_after_its_ticket(pair: Pair) -> None:
    pair.ticket = pair.ticket.model_copy(update={"not_after": pair.sender.clock.now() - timedelta(hours=20)})
    async with pair.both() as (one, other):
        await one.send(b"still")
        assert await other.recv() == b"still"


@pytest.mark.parametrize("first", ["", "{}", b"octets", '{"message": "open", "ticket": "no ticket"}'])
async def test_what_is_no_opening_opens_nothing(pair: Pair, first: str | bytes) -> None:
    async with end_of(pair.sender, pair.path) as one:
        await one.send(first)
        assert (await closed(one))[0] == NOT_ALLOWED


async def test_a_third_computer_does_not_get_in_between(pair: Pair) -> None:
    third = Computer(pair.sender.server, pair.sender.client, pair.sender.clock)
    await third.enrol()
    async with pair.sends() as one:
        await pair.called()
        assert (await third.sync()).tunnels == ()
        async with pair.receives(third) as wrong:
            assert await closed(wrong) == (NOT_ALLOWED, "Nobody waits here for this computer.")
        async with pair.receives(pair.sender) as wrong:
            assert (await closed(wrong))[0] == NOT_ALLOWED
        async with pair.receives() as right:
            await ready(one)
            await right.send(b"I am it")
            assert await one.recv() == b"I am it"


@pytest.mark.parametrize("end", ["sender", "receiver"])
async def test_a_tunnel_ends_when_one_of_its_computers_is_removed(pair: Pair, end: str) -> None:
    gone: Computer = getattr(pair, end)
    async with pair.both() as (one, other):
        await gone.server.remove_computer(gone.computer_id)
        assert await closed(one) == await closed(other) == (OVER, "")


async def test_each_end_is_taken_once(pair: Pair) -> None:
    async with pair.both() as (one, other):
        async with pair.receives() as again:
            assert (await closed(again))[0] == NOT_ALLOWED
        await one.send(b"undisturbed")
        assert await other.recv() == b"undisturbed"


async def test_the_newer_connection_of_the_sender_counts(pair: Pair) -> None:
    async with pair.both() as (one, other), pair.sends() as newer:
        assert await closed(one) == (OVER, "")
        assert await closed(other) == (OVER, "")
        await pair.called()
        async with pair.receives() as right:
            await ready(newer)
            await ready(right)
            await newer.send(b"on it goes")
            assert await right.recv() == b"on it goes"


async def test_a_receiver_that_does_not_come_is_not_waited_for_long(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "CALL", 0.05)
    async with pair.sends() as one:
        assert await closed(one) == (TRY_LATER, "The other computer does not come.")
    assert (await pair.receiver.sync()).tunnels == ()


async def test_a_receiver_that_cannot_be_woken_is_not_waited_for(pair: Pair) -> None:
    pair.ticket = pair.ticket.model_copy(update={"receiver_id": uuid4()})
    async with pair.sends() as one:
        assert await closed(one) == (TRY_LATER, "The other computer is not connected with the server.")


async def test_a_sender_that_goes_calls_nobody_any_more(pair: Pair) -> None:
    async with pair.sends():
        await pair.called()
    await pair.called(is_called=False)


@pytest.mark.parametrize("limit", ["IDLE", "LONGEST"])
async def test_a_tunnel_does_not_stand_for_ever(pair: Pair, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(tunnel, limit, 0.3)
    async with pair.both() as (one, other):
        assert await closed(one) == (OVER, "")
        assert await closed(other) == (OVER, "")


async def test_an_end_that_takes_nothing_stops_the_other_and_is_left_at_last(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tunnel, "STALL", 0.3)
    async with pair.both() as (one, other):
        other.transport.pause_reading()
        sent = 0
        with suppress(ConnectionClosed):
            async with asyncio.timeout(WAIT):
                while True:
                    await one.send(bytes(PIECE))
                    sent += PIECE
        assert one.close_code == OVER
        assert sent < 64 * 1024 * 1024, "what is not taken is not taken in: only buffers of the operating system fill"
        other.transport.abort()


async def test_a_message_longer_than_any_ends_the_tunnel(pair: Pair) -> None:
    async with pair.both() as (one, other):
        await one.send(bytes(1024 * 1024))
        assert (await closed(one))[0] == 1009
        assert (await closed(other))[0] == OVER


async def test_there_are_only_so_many_at_once(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "MOST_OF_TENANT", 2)
    async with pair.both():
        with pytest.raises(InvalidStatus) as refused:
            async with end_of(pair.sender, pair.path):
                pass
        assert refused.value.response.status_code == 429

    async with asyncio.timeout(WAIT):
        while not await gets_in(pair):  # noqa: ASYNC110 - over the wire there is no event
            await asyncio.sleep(0.01)


async def test_one_computer_keeps_no_other_one_out(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tunnel, "MOST_OF_COMPUTER", 1)
    async with end_of(pair.sender, pair.path):
        with pytest.raises(InvalidStatus) as refused:
            async with end_of(pair.sender, pair.path):
                pass
        assert refused.value.response.status_code == 429
        async with end_of(pair.receiver, pair.path):
            pass


async def gets_in(pair: Pair) -> bool:
    try:
        async with end_of(pair.sender, pair.path):
            return True
    except InvalidStatus:
        return False
