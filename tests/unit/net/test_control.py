"""The client channel over real sockets: documents, ends, impostors."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from presswork.core.errors import Busy, Distrusted, Forbidden, Invalid, TooLarge, Unavailable
from presswork.net.certificate import local_certificate
from presswork.net.control import Channel, connect
from presswork.net.control_server import FourTuple, Handler, serve
from presswork.net.tls import pinned_context, server_context
from presswork.protocols.control.framing import FRAME_LIMIT, Frame, FrameKind


class Service:
    """A listening channel server and what a client needs to trust it."""

    def __init__(self, folder: Path) -> None:
        certificate, key = local_certificate(datetime.now(UTC), timedelta(days=1))
        self.certificate = folder / "service.crt"
        self.certificate.write_bytes(certificate)
        (folder / "service.key").write_bytes(key)
        self.context = server_context(self.certificate, folder / "service.key")
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]

    def trust(self) -> ssl.SSLContext:
        return pinned_context(self.certificate.read_text())

    @asynccontextmanager
    async def running(
        self, handler: Handler, admit: Callable[[FourTuple], bool] = lambda _: True
    ) -> AsyncIterator[None]:
        @asynccontextmanager
        async def admission(four_tuple: FourTuple) -> AsyncIterator[Handler]:
            if not admit(four_tuple):
                raise Forbidden("Nobody I know.")
            yield handler

        task = asyncio.create_task(serve(self.listener, self.context, admission))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    made = Service(tmp_path)
    with made.listener:
        yield made


async def _echo(channel: Channel) -> None:
    while (frame := await channel.receive()) is not None:
        await channel.send(frame)


async def test_frames_come_as_they_were_sent(service: Service) -> None:
    sent = [Frame(FrameKind.JSON, b"{}"), Frame(FrameKind.DOCUMENT, bytes(FRAME_LIMIT)), Frame(FrameKind.END)]
    async with service.running(_echo), connect(service.port, service.trust()) as channel:
        for frame in sent:
            await channel.send(frame)
        assert [await channel.receive() for _ in sent] == sent


async def test_a_large_document_arrives_whole_and_ends(service: Service) -> None:
    pieces = [bytes([count]) * 700_001 for count in range(12)]

    async def document() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def count(channel: Channel) -> None:
        size = sum([len(piece) async for piece in channel.receive_document()])
        await channel.send(Frame(FrameKind.JSON, str(size).encode()))

    async with service.running(count), connect(service.port, service.trust()) as channel:
        await channel.send_document(document())
        assert await channel.receive() == Frame(FrameKind.JSON, str(12 * 700_001).encode())


async def test_a_piece_larger_than_a_frame_is_cut(service: Service) -> None:
    async def document() -> AsyncIterator[bytes]:
        yield b"x" * (FRAME_LIMIT * 2 + 5)

    lengths: list[int] = []

    async def measure(channel: Channel) -> None:
        lengths.extend([len(piece) async for piece in channel.receive_document()])
        await channel.send(Frame(FrameKind.END))

    async with service.running(measure), connect(service.port, service.trust()) as channel:
        await channel.send_document(document())
        await channel.receive()
    assert lengths == [FRAME_LIMIT, FRAME_LIMIT, 5]


async def test_the_reader_holds_back_the_sender(service: Service) -> None:
    """Nothing is read while the handler does not ask: what a client can push ahead is a few buffers, not the document."""
    handed_over = 0
    go_on = asyncio.Event()

    async def document() -> AsyncIterator[bytes]:
        nonlocal handed_over
        for _ in range(64):
            handed_over += 1
            yield bytes(FRAME_LIMIT)

    async def slow(channel: Channel) -> None:
        await go_on.wait()
        async for _ in channel.receive_document():
            pass
        await channel.send(Frame(FrameKind.END))

    async with service.running(slow), connect(service.port, service.trust()) as channel:
        sending = asyncio.create_task(channel.send_document(document()))
        seen = -1
        while handed_over != seen:  # until the buffers between us are full
            seen = handed_over
            await asyncio.sleep(0.3)
        assert handed_over < 40
        go_on.set()
        await sending
        assert await channel.receive() == Frame(FrameKind.END)
    assert handed_over == 64


@pytest.mark.parametrize("cut", [[Frame(FrameKind.DOCUMENT, b"half")], [Frame(FrameKind.JSON, b"{}")]])
async def test_a_document_without_its_end_is_refused(service: Service, cut: list[Frame]) -> None:
    outcome: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def read(channel: Channel) -> None:
        with pytest.raises(Invalid) as refused:
            async for _ in channel.receive_document():
                pass
        outcome.set_result(refused.value.code)

    async with service.running(read):
        async with connect(service.port, service.trust()) as channel:
            await channel.send(*cut)
        async with asyncio.timeout(10):
            assert await outcome == "invalid"


async def test_a_frame_that_claims_too_much_is_refused_at_its_head(service: Service) -> None:
    outcome: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()

    async def read(channel: Channel) -> None:
        try:
            await channel.receive()
        except TooLarge as refused:
            outcome.set_result(refused)

    async with service.running(read):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", service.port, ssl=service.trust(), server_hostname="localhost"
        )
        writer.write(b"\xff\xff\xff\xffJ")
        async with asyncio.timeout(10):
            assert isinstance(await outcome, TooLarge)
            assert await reader.read() == b""
        writer.close()


async def test_an_impostor_gets_nothing(service: Service, tmp_path: Path) -> None:
    """Somebody listens on the agent's port with a certificate of the right name, but not the one in the file."""
    heard: list[Frame | None] = []

    async def listen(channel: Channel) -> None:
        heard.append(await channel.receive())

    other = tmp_path / "other"
    other.mkdir()
    impostor = Service(other)
    with impostor.listener:
        async with impostor.running(listen):
            with pytest.raises(Distrusted):
                async with connect(impostor.port, service.trust()):
                    pass
    assert heard == []


async def test_a_certificate_that_is_over_is_not_trusted(tmp_path: Path) -> None:
    service = Service(tmp_path)
    certificate, key = local_certificate(datetime.now(UTC) - timedelta(days=9), timedelta(days=1))
    service.certificate.write_bytes(certificate)
    (tmp_path / "service.key").write_bytes(key)
    service.context = server_context(service.certificate, tmp_path / "service.key")
    with service.listener:
        async with service.running(_echo):
            with pytest.raises(Distrusted):
                async with connect(service.port, service.trust()):
                    pass


async def test_nobody_there_is_said_so(service: Service) -> None:
    service.listener.close()
    with pytest.raises(Unavailable, match="does not answer"):
        async with connect(service.port, service.trust()):
            pass


async def test_whom_the_server_does_not_admit_gets_no_handshake(service: Service) -> None:
    asked: list[FourTuple] = []

    def nobody(four_tuple: FourTuple) -> bool:
        asked.append(four_tuple)
        return False

    async with service.running(_echo, admit=nobody):
        with pytest.raises(Busy):
            async with connect(service.port, service.trust()):
                pass
    assert asked[0].server == ("127.0.0.1", service.port)
    assert asked[0].client[0] == "127.0.0.1"


async def test_a_client_that_speaks_no_tls_harms_nobody(service: Service) -> None:
    async with service.running(_echo):
        with socket.create_connection(("127.0.0.1", service.port)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
            async with connect(service.port, service.trust()) as channel:
                await channel.send(Frame(FrameKind.JSON, b"{}"))
                assert await channel.receive() == Frame(FrameKind.JSON, b"{}")


async def test_what_goes_wrong_with_one_connection_ends_no_other(service: Service) -> None:
    failures = iter((RuntimeError("a mistake"),))

    def admit(_: FourTuple) -> bool:
        for failure in failures:
            raise failure
        return True

    async def answer(channel: Channel) -> None:
        await channel.send(Frame(FrameKind.END))

    async with service.running(answer, admit):
        with capture_logs() as said, pytest.raises((Busy, Unavailable)):
            async with connect(service.port, service.trust()) as channel:
                await channel.receive()
        async with connect(service.port, service.trust()) as channel:
            assert await channel.receive() == Frame(FrameKind.END)
    assert [entry["log_level"] for entry in said] == ["error"]
