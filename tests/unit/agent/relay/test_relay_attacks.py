"""Who must not get in does not, and who is in gets no further than its ticket."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from presswork.agent.relay.admission import STRANGERS_EACH, Admission
from presswork.agent.relay.line_out import LineOut, connected
from presswork.agent.relay.trust import Trust
from presswork.agent.relay.wire import RelayBusy, offer_of
from presswork.core.errors import Distrusted, Unavailable
from presswork.net.relay import dial_by_tcp
from presswork.net.relay_channel import Channel
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.relay.framing import CHUNK_LIMIT, FrameKind, head
from presswork.protocols.relay.messages import Ended, Offer
from presswork.protocols.ticket import TicketKind, TicketRefused, digest_of
from presswork.testing.delivering import printer_spec
from presswork.testing.raw_server import raw_server
from presswork.testing.relaying import QUICK_RELAY, Holder, Organisation, holder, relay
from presswork.testing.sink import Sink
from presswork.testing.timing import eventually


@dataclass
class Target:
    """A relay that is attacked, and its printer."""

    organisation: Organisation
    directory: Path
    peer: PeerSpec
    sink: Sink
    uri: str

    async def send(self, sending: Holder, **ticket: Any) -> None:
        """One job; ``ticket`` says what is wrong."""
        job = await sending.job()
        printer = ticket.pop("printer", printer_spec(self.uri))
        await sending.send(job, await sending.ticket(job, printer, **ticket))


@pytest.fixture
async def target(tmp_path: Path) -> AsyncIterator[Target]:
    organisation, sink = Organisation(), Sink()
    deadlines = replace(QUICK_RELAY, handshake=1)
    async with raw_server(sink) as port, relay(tmp_path / "relay", organisation, deadlines=deadlines) as peer:
        yield Target(organisation, tmp_path, peer, sink, f"socket://127.0.0.1:{port}")


WRONG_TICKETS: dict[str, dict[str, Any]] = {
    "another-receiver": {"receiver_id": uuid4()},
    "another-sender": {"sender_id": uuid4()},
    "another-document": {"digest": digest_of([bytes(32)])},
    "another-job": {"job_id": uuid4()},
    "another-kind": {"kind": TicketKind.HOLD},
    "foreign-tenant": {"tenant_id": uuid4()},
    "no-printer": {"printer": None},
}


@pytest.mark.parametrize("reason", WRONG_TICKETS)
async def test_a_ticket_for_something_else_opens_nothing(target: Target, reason: str) -> None:
    async with holder(target.directory / "holder", target.organisation, target.peer) as sending:
        with pytest.raises(TicketRefused) as refused:
            await target.send(sending, **WRONG_TICKETS[reason])
        assert refused.value.details == {"reason": reason}
        assert (sending.marks, target.sink.jobs) == ([], [])


async def test_a_ticket_too_old_or_not_signed_opens_nothing(target: Target) -> None:
    async with holder(target.directory / "holder", target.organisation, target.peer) as sending:
        with pytest.raises(TicketRefused) as old:
            await target.send(sending, not_after=target.organisation.now() - timedelta(hours=1))
        job = await sending.job()
        ticket = await sending.ticket(job, printer_spec(target.uri))
        forged = await replace(sending, organisation=Organisation()).ticket(job, printer_spec(target.uri))
        for text in ("", "nonsense", forged, ticket[:-10] + "A" * 10):
            with pytest.raises(TicketRefused) as refused:
                await sending.send(job, text)
            assert refused.value.details == {"reason": "not-signed"}
        assert old.value.details == {"reason": "expired"}
        assert target.sink.jobs == []


async def test_a_computer_of_another_organisation_is_not_let_in(target: Target) -> None:
    other = uuid4()
    async with holder(target.directory / "other", target.organisation, target.peer, tenant_id=other) as sending:
        with pytest.raises(Distrusted):  # neither does it believe us
            await target.send(sending)
    async with holder(target.directory / "foreign", Organisation(), target.peer) as sending:
        with pytest.raises((Distrusted, Unavailable)):
            await target.send(sending)
    assert target.sink.jobs == []


async def test_certificates_are_judged_by_the_servers_time(target: Target, tmp_path: Path) -> None:
    elsewhen = Organisation(ca=target.organisation.ca, key=target.organisation.key)
    async with holder(tmp_path / "holder", elsewhen, target.peer) as sending:
        # both know that their clocks are an hour off: nothing is wrong
        target.organisation.offset = elsewhen.offset = timedelta(hours=1)
        await target.send(sending)
        # the relay's idea of the time: all certificates are out of date there
        target.organisation.offset = timedelta(days=40)
        with pytest.raises((Distrusted, Unavailable)):
            await target.send(sending)
        # the holder's: it believes nobody
        target.organisation.offset, elsewhen.offset = timedelta(), timedelta(days=40)
        with pytest.raises(Distrusted) as refused:
            await target.send(sending)
        assert refused.value.details == {"reason": "certificate-expired"}


async def test_who_is_not_the_one_that_is_called_gets_nothing(target: Target) -> None:
    called = target.peer.model_copy(update={"computer_id": uuid4()})
    async with holder(target.directory / "holder", target.organisation, called) as sending:
        with pytest.raises(Distrusted) as refused:
            await target.send(sending)
        assert refused.value.details == {"reason": "another-computer"}


async def test_only_a_computer_of_the_organisation_has_been_met(tmp_path: Path) -> None:
    organisation, met = Organisation(), list[UUID]()
    async with relay(tmp_path / "relay", organisation, met=met.append) as peer:
        for number, home in enumerate((Organisation(), organisation)):
            async with holder(tmp_path / str(number), home, peer) as sending:
                job = await sending.job()
                with pytest.raises((Distrusted, Unavailable)):
                    await sending.send(job, await sending.ticket(job, None))
    assert met == [sending.computer_id]


async def test_a_slow_stranger_is_hung_up_on_and_strangers_are_few(target: Target) -> None:
    strangers = []
    for _ in range(STRANGERS_EACH + 10):
        stranger = socket.socket()
        stranger.setblocking(False)
        await asyncio.get_running_loop().sock_connect(stranger, ("127.0.0.1", target.peer.port))
        strangers.append(stranger)
    for stranger in strangers:  # all are closed: some at once, the others when their time is over
        with suppress(OSError):
            async with asyncio.timeout(20):
                assert await asyncio.get_running_loop().sock_recv(stranger, 1) == b""
        stranger.close()
    async with holder(target.directory / "holder", target.organisation, target.peer) as sending:
        await target.send(sending)


def test_one_computer_does_not_take_all_the_room() -> None:
    admission = Admission()
    held = [admission.computer("greedy") for _ in range(64)]
    for one in held:
        one.__enter__()
    with pytest.raises(RelayBusy), admission.computer("greedy"):
        pass
    with admission.computer("modest"):
        pass
    for one in held:
        one.__exit__(None, None, None)
    with admission.computer("greedy"):
        pass


Attack = Callable[[LineOut, Channel, "Chunks"], Awaitable[None]]


@dataclass
class Chunks:
    """Those of the job."""

    sealed: list[bytes]


async def _changed(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    bad = bytearray(chunks.sealed[1])
    bad[100] ^= 1
    await channel.send_chunks(1, 0, [memoryview(chunks.sealed[0]), memoryview(bad)])


async def _another_order(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    await channel.send_chunks(1, 0, [memoryview(chunks.sealed[1]), memoryview(chunks.sealed[0])])


async def _left_out(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    await channel.send_chunks(1, 1, [memoryview(chunks.sealed[1])])


async def _cut(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    await channel.send_chunks(1, 0, [memoryview(chunks.sealed[0])[:-5]])


async def _another_document(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    await channel.send_chunks(2, 0, [memoryview(chunks.sealed[0])])


async def _too_long(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    await channel._stream.write(head(FrameKind.CHUNK, CHUNK_LIMIT + 1))


async def _no_frame(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    await channel._stream.write(b"\xff" * 100)


async def _go_again(line: LineOut, channel: Channel, chunks: Chunks) -> None:
    await channel._stream.write(head(FrameKind.MESSAGE, 21) + b'{"message":"end-seen"}'[:21])


ATTACKS: list[Attack] = [_changed, _another_order, _left_out, _cut, _another_document, _too_long, _no_frame, _go_again]


@pytest.mark.parametrize("attack", ATTACKS)
async def test_octets_that_are_not_the_documents_end_the_transfer(tmp_path: Path, attack: Attack) -> None:
    organisation, sink = Organisation(), Sink()
    deadlines = replace(QUICK_RELAY, grace=0.1)
    document = bytes(65536 * 3)
    async with (
        raw_server(sink) as port,
        relay(tmp_path / "relay", organisation, deadlines=deadlines) as peer,
        holder(tmp_path / "holder", organisation, peer) as sending,
    ):
        job = await sending.job(document)
        ticket = await sending.ticket(job, printer_spec(f"socket://127.0.0.1:{port}"))
        trust: Trust = sending.sender._trust
        (sealed,) = await sending.spool.sealed(job.id)
        chunks = Chunks([bytes(chunk) async for some in sealed.chunks() for chunk in some])

        async def connect() -> LineOut:
            return await connected(peer, lambda: dial_by_tcp(5)(peer), trust, QUICK_RELAY)

        line = await connect()
        await line.say(Offer(ticket=ticket, job=offer_of(job, (sealed,))))
        assert (await line.hear()).message == "ask-go"
        await line.go((sealed,))
        assert (await line.hear()).message == "at"
        await attack(line, line._channel, chunks)
        await eventually(lambda: sink.ended == 1)
        line.close()
        line = await connect()
        await line.say(Offer(ticket=ticket, job=offer_of(job, (sealed,)), gone=True))
        while not isinstance(end := await line.hear(), Ended):
            pass  # the transfer may be about to end
        line.close()
        assert end.outcome in ("unknown", "not-printed")
        assert document.startswith(bytes(sink.jobs[0]))
        assert len(sink.jobs[0]) < len(document)


async def test_strangers_are_counted_before_anything_is_waited_for(target: Target) -> None:
    free, busy = threading.Event(), ThreadPoolExecutor(1)  # as on a slow disk; the loop shuts it down
    asyncio.get_running_loop().set_default_executor(busy)
    busy.submit(free.wait, 60)
    try:
        async with AsyncExitStack() as open_:
            readers = []
            for _ in range(STRANGERS_EACH + 4):
                reader, writer = await asyncio.open_connection("127.0.0.1", target.peer.port)
                open_.callback(writer.close)
                readers.append(reader)
            await eventually(lambda: sum(reader.at_eof() for reader in readers) >= 4)
    finally:
        free.set()
