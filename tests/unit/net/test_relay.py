"""TLS and frames of transfers over real sockets: what is sent arrives, silence has an end, nobody waits on a closed socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from presswork.net.relay import TcpOctets, dial_by_tcp
from presswork.net.relay_channel import Channel, ChannelBroken
from presswork.net.relay_tls import SecureStream
from presswork.net.tls import among_agents
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.relay.framing import JSON_LIMIT, Chunk, FrameKind, head
from presswork.protocols.relay.messages import EndSeen, Hello
from presswork.testing.authority import Authority
from presswork.testing.timing import eventually


def _write_identity(directory: Path, ca: Authority) -> tuple[Path, Path]:
    identity = ca.identity()
    key = identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / "key").write_bytes(key)
    (directory / "certificate").write_bytes(identity.certificate.public_bytes(Encoding.PEM))
    return directory / "certificate", directory / "key"


@asynccontextmanager
async def channels(
    directory: Path, silence: float = 10, patience: float = 10
) -> AsyncIterator[tuple[Channel, Channel]]:
    """Two ends of one connection, TLS agreed."""
    ca = Authority()
    files = await asyncio.to_thread(_write_identity, directory, ca)
    ours, theirs = socket.socketpair()
    client = SecureStream(TcpOctets(ours), among_agents(*files, ca.pem, server_side=False), server_side=False)
    server = SecureStream(TcpOctets(theirs), among_agents(*files, ca.pem, server_side=True), server_side=True)
    async with asyncio.TaskGroup() as group:
        group.create_task(client.handshake())
        group.create_task(server.handshake())
    try:
        yield Channel(client, silence, patience), Channel(server, silence, patience)
    finally:
        client.close()
        server.close()


async def test_frames_arrive_as_they_were_sent(tmp_path: Path) -> None:
    chunks = [bytes([n]) * 65552 for n in range(9)]
    async with channels(tmp_path) as (ours, theirs), asyncio.TaskGroup() as group:
        sent = group.create_task(_send(ours, chunks))
        for n, chunk in enumerate(chunks):
            found = await theirs.receive()
            assert isinstance(found, Chunk)
            assert (found.number, found.position, bytes(found.sealed)) == (3, n, chunk)
        await theirs.say(Hello(version="x"))
        assert b'"hello"' in bytes(await ours.receive())  # type: ignore[arg-type]
        await sent


async def _send(channel: Channel, chunks: list[bytes]) -> None:
    await channel.show_alive()
    await channel.send_chunks(3, 0, [memoryview(one) for one in chunks])


async def test_the_longest_message_arrives(tmp_path: Path) -> None:
    async with channels(tmp_path) as (ours, theirs), asyncio.TaskGroup() as group:
        longest = EndSeen.model_construct(message="x" * (JSON_LIMIT - 14))  # type: ignore[arg-type]
        group.create_task(ours.say(longest))
        found = await theirs.receive()
        assert isinstance(found, bytes)
        assert len(found) == JSON_LIMIT


async def test_silence_has_an_end(tmp_path: Path) -> None:
    async with channels(tmp_path, silence=0.05) as (ours, _):
        with pytest.raises(ChannelBroken):
            await ours.receive()


async def test_who_takes_no_message_is_given_up(tmp_path: Path) -> None:
    async with channels(tmp_path, patience=0.1) as (ours, _), asyncio.timeout(20):
        with pytest.raises(ChannelBroken):
            await _say_much(ours)
        with pytest.raises(ChannelBroken):  # it is closed: whoever listens learns it, too
            await ours.receive()


async def _say_much(channel: Channel) -> None:
    longest = EndSeen.model_construct(message="x" * (JSON_LIMIT - 14))  # type: ignore[arg-type]
    for _ in range(100):
        await channel.say(longest)


async def test_a_message_waits_as_long_as_the_chunks_before_it(tmp_path: Path) -> None:
    chunks = [bytes(65552)] * 100
    async with channels(tmp_path, patience=0.1) as (ours, theirs), asyncio.TaskGroup() as group:
        sent = group.create_task(_send(ours, chunks))
        await eventually(lambda: ours._stream.is_writing)
        said = group.create_task(ours.say(EndSeen()))
        await ours.show_alive()  # nothing to say: more than that is on its way
        await asyncio.sleep(0.2)
        assert not sent.done()
        assert not said.done()
        for _ in chunks:
            assert isinstance(await theirs.receive(), Chunk)
        assert await theirs.receive() == b'{"message":"end-seen"}'


@pytest.mark.parametrize("frame", [head(FrameKind.ALIVE, 0), head(FrameKind.MESSAGE, 2) + b"{}"])
async def test_who_never_stops_talking_is_heard_slowly_and_others_do_their_work(tmp_path: Path, frame: bytes) -> None:
    async with channels(tmp_path) as (ours, theirs), asyncio.TaskGroup() as group:
        written: list[int] = []
        flood = group.create_task(_flood(theirs, frame * 5000, written))
        heard = group.create_task(_hear(ours))
        for _ in range(30):
            await asyncio.sleep(0.01)
        assert len(written) < 100  # what the operating system keeps of a connection
        heard.cancel()
        ours.close()
        await flood


async def _flood(channel: Channel, octets: bytes, written: list[int]) -> None:
    with suppress(OSError):
        while True:
            await channel._stream.write(octets)
            written.append(len(octets))


async def _hear(channel: Channel) -> None:
    while True:
        await channel.receive()


async def test_who_waits_learns_that_the_other_end_is_gone(tmp_path: Path) -> None:
    async with channels(tmp_path) as (ours, theirs), asyncio.TaskGroup() as group:
        waiting = group.create_task(_broken(ours))
        await asyncio.sleep(0)
        theirs.close()
        assert await waiting


async def test_closing_ends_ones_own_waits(tmp_path: Path) -> None:
    async with channels(tmp_path) as (ours, _), asyncio.TaskGroup() as group:
        waiting = group.create_task(_broken(ours))
        await asyncio.sleep(0)
        ours.close()
        assert await waiting
        with pytest.raises(ChannelBroken):
            await ours.show_alive()


async def _broken(channel: Channel) -> bool:
    try:
        await channel.receive()
    except ChannelBroken:
        return True
    return False


async def test_the_addresses_of_a_computer_are_tried_in_turn() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        addresses = tuple(map(ip_address, ("::1", "127.0.0.2", "127.0.0.1")))
        peer = PeerSpec(computer_id=UUID(int=1), name="Relay", addresses=addresses, port=port)
        (await dial_by_tcp(2)(peer)).close()
    with pytest.raises(OSError):  # noqa: PT011 - of many kinds
        await dial_by_tcp(2)(peer)
    with pytest.raises(OSError):  # noqa: PT011 - of many kinds
        await dial_by_tcp(2)(peer.model_copy(update={"addresses": ()}))


async def test_a_silent_address_is_not_waited_for_where_another_one_answers() -> None:
    """A listener whose queue is full takes no connection, as an address behind a firewall does."""
    with ExitStack() as sockets:
        silent = sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = silent.getsockname()[1]
        there = sockets.enter_context(socket.create_server(("127.0.0.2", port)))
        for _ in range(3):
            filling = sockets.enter_context(socket.socket())
            filling.setblocking(False)
            filling.connect_ex(("127.0.0.1", port))
        addresses = tuple(map(ip_address, ("127.0.0.1", "127.0.0.2")))
        peer = PeerSpec(computer_id=UUID(int=1), name="Relay", addresses=addresses, port=port)
        async with asyncio.timeout(60):
            reached = await dial_by_tcp(600)(peer)
        there.accept()[0].close()
        reached.close()
        with pytest.raises(TimeoutError):
            await dial_by_tcp(0.05)(peer.model_copy(update={"addresses": addresses[:1]}))
        going = asyncio.ensure_future(dial_by_tcp(600)(peer.model_copy(update={"addresses": addresses[:1]})))
        await asyncio.sleep(0)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going


async def test_who_expects_little_keeps_little_and_still_takes_a_late_chunk(tmp_path: Path) -> None:
    async with channels(tmp_path) as (ours, theirs), asyncio.TaskGroup() as group:
        waiting = group.create_task(theirs.receive())
        await asyncio.sleep(0)  # it is in the middle of reading
        theirs.expect_little()
        await ours.say(EndSeen())
        assert b"end-seen" in bytes(await waiting)  # type: ignore[arg-type]
        for number in range(3):
            late = bytes([number]) * 65552
            sent = group.create_task(ours.send_chunks(3, number, [memoryview(late)]))
            found = await theirs.receive()
            assert isinstance(found, Chunk)
            assert (found.position, bytes(found.sealed)) == (number, late)
            await sent
        assert len(theirs._view) < 70_000
        longest = EndSeen.model_construct(message="x" * (JSON_LIMIT - 14))  # type: ignore[arg-type]
        going = group.create_task(_quietly_said(ours, longest))
        with pytest.raises(ChannelBroken):
            await theirs.receive()
        theirs.close()
        await going


async def _quietly_said(channel: Channel, message: EndSeen) -> None:
    with suppress(ChannelBroken):
        await channel.say(message)
