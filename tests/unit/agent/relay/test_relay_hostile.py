"""A relay of the organisation that turns on those who use it: it has the certificate, and says what it likes."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from uuid import uuid4

import pytest

from presswork.agent.delivery.way import End, News
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.spool.job import Job, Outcome
from presswork.core.errors import Fault
from presswork.net.relay import TcpOctets
from presswork.net.relay_channel import A_SECOND, AT_ONCE, Channel
from presswork.net.relay_tls import SecureStream
from presswork.printer.job import JobState
from presswork.protocols.control.base import Word
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.relay.framing import Chunk
from presswork.protocols.relay.messages import AskGo, At, Ended, Hello, Progress, Says, Taken
from presswork.testing.delivering import printer_spec
from presswork.testing.relaying import QUICK_RELAY, Holder, Organisation, holder

PRINTED = Ended(outcome=Outcome.PRINTED, event=JobEvent.PRINTED)
Behaviour = Callable[[Channel], Awaitable[None]]


@dataclass
class Rogue:
    """What it does on each connection, and on how many it did."""

    behaviour: Behaviour
    connections: int = 0
    peer: PeerSpec = field(default_factory=lambda: PeerSpec(computer_id=uuid4(), name="Rogue", port=1))

    async def serve(self, listener: socket.socket, organisation: Organisation, directory: Path) -> None:
        credentials = await (await organisation.trust(directory, self.peer.computer_id)).credentials()
        assert credentials is not None
        async with asyncio.TaskGroup() as group:
            while True:
                connection, _ = await asyncio.get_running_loop().sock_accept(listener)
                stream = SecureStream(TcpOctets(connection), credentials.as_server, server_side=True)
                group.create_task(self._serve(stream))

    async def _serve(self, stream: SecureStream) -> None:
        self.connections += 1
        try:
            with suppress(Fault, OSError):
                await stream.handshake()
                await self.behaviour(Channel(stream, 20, 20))
        finally:
            stream.close()


@asynccontextmanager
async def rogue(
    directory: Path, behaviour: Behaviour, deadlines: RelayDeadlines = QUICK_RELAY
) -> AsyncIterator[tuple[Rogue, Holder]]:
    """It, and a computer with jobs that believes in it."""
    organisation, relay = Organisation(), Rogue(behaviour)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        where = {"addresses": (ip_address("127.0.0.1"),), "port": listener.getsockname()[1]}
        relay.peer = relay.peer.model_copy(update=where)
        async with (
            holder(directory / "holder", organisation, relay.peer, deadlines=deadlines) as sending,
            asyncio.TaskGroup() as group,
        ):
            serving = group.create_task(relay.serve(listener, organisation, directory / "relay"))
            yield relay, sending
            sending.sender.close()
            serving.cancel()


async def sent(sending: Holder) -> tuple[Job, End]:
    job = await sending.job()
    return job, await sending.send(job, await sending.ticket(job, printer_spec("ipp://192.0.2.7/")))


async def takes_it(channel: Channel) -> None:
    """As it should be, up to the last chunk."""
    await channel.receive()
    await channel.say(Hello(version="x"))
    await channel.receive()
    await channel.say(AskGo())
    await channel.receive()
    await channel.say(At(number=1, chunk=0))
    while not isinstance(await channel.receive(), Chunk):
        pass


def takes_it_and_says(*messages: Word) -> Behaviour:
    async def behaviour(channel: Channel) -> None:
        await takes_it(channel)
        for message in messages:
            await channel.say(message)
        await channel.linger()

    return behaviour


async def test_one_that_hangs_up_before_its_first_word_is_out_of_reach(tmp_path: Path) -> None:
    async def behaviour(channel: Channel) -> None:
        if relay.connections == 1:
            await takes_it(channel)

    deadlines = replace(QUICK_RELAY, out_of_reach=0.3)
    async with rogue(tmp_path, behaviour, deadlines) as (relay, sending), asyncio.timeout(20):
        _, end = await sent(sending)
        assert (end.outcome, end.event) == (Outcome.UNKNOWN, JobEvent.BROKEN_OFF)
        assert relay.connections > 2


async def test_one_that_speaks_is_asked_on(tmp_path: Path) -> None:
    async def behaviour(channel: Channel) -> None:
        if relay.connections == 1:
            await takes_it(channel)
            return
        await channel.receive()
        await channel.say(Hello(version="x"))
        if relay.connections > 6:
            await channel.say(PRINTED)
            await channel.linger()

    deadlines = replace(QUICK_RELAY, out_of_reach=0.3, slowest_retry=0.1, first_retry=0.1)
    async with rogue(tmp_path, behaviour, deadlines) as (relay, sending), asyncio.timeout(20):
        _, end = await sent(sending)
        assert end.outcome is Outcome.PRINTED


async def test_one_that_takes_nothing_keeps_no_end_back(tmp_path: Path) -> None:
    """It says the end in the middle of the document, and reads nothing more."""

    async def behaviour(channel: Channel) -> None:
        await takes_it(channel)
        await asyncio.sleep(0.1)  # the sender is stuck by then, or this shows nothing
        await channel.say(PRINTED)
        await asyncio.Event().wait()

    deadlines = replace(QUICK_RELAY, say=0.1)
    async with rogue(tmp_path, behaviour, deadlines) as (_, sending), asyncio.timeout(20):
        job = await sending.job(bytes(30_000_000))
        end = await sending.send(job, await sending.ticket(job, printer_spec("ipp://192.0.2.7/")))
        assert end.outcome is Outcome.PRINTED


async def test_what_it_says_of_the_device_is_written_down_now_and_then_and_the_end_at_once(tmp_path: Path) -> None:
    number = AT_ONCE + A_SECOND // 4
    says = [Says(stopped=bool(n % 2), text=f"nonsense {n}") for n in range(number)]
    progress = [Progress(octets=10**9)] * 10
    late = Progress(octets=1)
    async with rogue(tmp_path, takes_it_and_says(*says, *progress, Taken(answered=True), late, PRINTED)) as (
        _,
        sending,
    ):
        _, end = await sent(sending)
        assert end.outcome is Outcome.PRINTED
        assert len(sending.told) < number // 3
        assert sending.told[-1] == News(JobState.PROCESSING_STOPPED, f"nonsense {number - 1}"), (
            "the last is what counts"
        )
        assert set(sending.octets) == {len(b"%PDF-1.4 a letter")}, "never more than there are, and none that are taken"


async def test_an_end_that_is_none_of_a_device_is_not_believed(tmp_path: Path) -> None:
    lie = Ended(outcome="not-printed", event=JobEvent.DELETED, text="Released again, please")
    async with rogue(tmp_path, takes_it_and_says(Taken(answered=True), lie)) as (_, sending):
        _, end = await sent(sending)
        assert end == End.unknown(JobEvent.OUT_OF_SIGHT)


@pytest.mark.parametrize(
    "message",
    [
        Progress.model_construct(octets=10**100),
        Ended.model_construct(outcome="printed", event=JobEvent.PRINTED, impressions=10**30),
    ],
)
async def test_numbers_nobody_could_mean_end_the_connection(tmp_path: Path, message: Word) -> None:
    deadlines = replace(QUICK_RELAY, out_of_reach=0)
    async with rogue(tmp_path, takes_it_and_says(message), deadlines) as (_, sending):
        _, end = await sent(sending)
        assert (end.outcome, sending.octets) == (Outcome.UNKNOWN, [])
