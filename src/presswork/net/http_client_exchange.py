"""One connection of the HTTP client and the requests on it: what is sent, what is read, and until when."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass

import h11

from presswork.core.errors import Unavailable
from presswork.net.outgoing import Patience, no_patience

_PIECE = 65_536
_MOST_INFORMATIONAL = 20


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each wait may take, in seconds."""

    connect: float = 10
    """Until there is a connection, the TLS handshake done."""
    go_ahead: float = 1
    """Until ``100 Continue``; the body is then sent without it (RFC 9110 §10.1.1)."""
    stall: float = 120
    """Without any octet of the body getting away."""
    reply: float = 60
    """From the last octet of the request to the last of the response."""
    farewell: float = 2
    """To read an answer that was sent before the connection broke."""


@dataclass(frozen=True, slots=True)
class Response:
    """Status and fields (names in lower case); ``body`` is read once, within the request's context."""

    status: int
    fields: Sequence[tuple[str, str]]
    body: AsyncGenerator[bytes]


class HttpUnavailable(Unavailable):
    """The peer cannot be reached, stalls, breaks off or does not speak HTTP."""


class Exchange:
    """Requests over one connection, one after the other."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, peer: str, deadlines: Deadlines
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._peer = peer
        self._deadlines = deadlines
        self._http = h11.Connection(h11.CLIENT)
        self._go_ahead = asyncio.Event()
        self._reply_by = 0.0
        self._patience: Patience = no_patience
        # nothing is kept here: what drains is with the operating system, and a stall is seen.
        # Not 0, for with that asyncio's TLS pauses and resumes by turns (Python 3.11, sslproto)
        writer.transport.set_write_buffer_limits(high=1, low=0)

    @property
    def alive(self) -> bool:
        """Whether the peer has not closed it, as far as is known."""
        return not self._reader.at_eof() and not self._writer.is_closing()

    @property
    def reusable(self) -> bool:
        """Whether another request may follow; makes the connection ready for it."""
        trailing, _ = self._http.trailing_data
        if trailing or self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return self.alive

    def abort(self) -> None:
        """Drop the connection at once."""
        self._writer.transport.abort()

    async def close(self, seconds: float) -> None:
        """End the connection in order, if that goes quickly."""
        self._writer.close()
        try:
            async with asyncio.timeout(seconds):
                await self._writer.wait_closed()
        except OSError:  # a TimeoutError is an OSError
            self.abort()

    async def post(
        self,
        target: str,
        fields: list[tuple[str, str]],
        body: AsyncIterator[bytes | memoryview],
        *,
        expect_continue: bool = False,
        patience: Patience = no_patience,
    ) -> Response:
        """Send the request; the response as soon as its head is there."""
        self._patience = patience
        self._go_ahead.clear()
        request = h11.Request(method="POST", target=target, headers=fields)
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(self._try_to_send(request, body, expect_continue=expect_continue))
            reading = group.create_task(self._read_head())
            await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
            failure = sending.result() if sending.done() else None
            wait = self._deadlines.reply if failure is None else self._deadlines.farewell
            self._reply_by = asyncio.get_running_loop().time() + wait
            if failure is None or isinstance(failure, HttpUnavailable):
                await asyncio.wait({reading}, timeout=wait)
            sending.cancel()
            reading.cancel()
        if failure is not None and not isinstance(failure, HttpUnavailable):
            raise failure
        answer = None if reading.cancelled() else reading.result()
        if isinstance(answer, Response):
            return answer
        raise failure or answer or HttpUnavailable(f"{self._peer} took the request but does not answer.")

    async def _try_to_send(
        self, request: h11.Request, body: AsyncIterator[bytes | memoryview], *, expect_continue: bool
    ) -> Exception | None:
        """Send it; what went wrong is given back, for an answer may have come before: of the peer, or of the body itself."""
        try:
            await self._send(request, body, expect_continue=expect_continue)
        except Exception as failure:
            return failure
        return None

    async def _send(
        self, request: h11.Request, body: AsyncIterator[bytes | memoryview], *, expect_continue: bool
    ) -> None:
        try:
            await self._write(self._http.send(request))
            async for chunk in body:
                for start in range(0, len(chunk), _PIECE):
                    piece = h11.Data(data=chunk[start : start + _PIECE])  # type: ignore[arg-type]  # or anything alike
                    await self._write(self._http.send(piece))
                if expect_continue and not self._go_ahead.is_set():
                    await self._wait_for_go_ahead()
            await self._write(self._http.send(h11.EndOfMessage()))
        finally:
            if isinstance(body, AsyncGenerator):
                await body.aclose()

    async def _wait_for_go_ahead(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._deadlines.go_ahead):
                await self._go_ahead.wait()
        self._go_ahead.set()

    async def _write(self, data: bytes | None) -> None:
        """Hand it to the operating system, all of it."""
        try:
            self._writer.write(data or b"")
            while not await self._is_drained():
                pass
        except OSError as error:
            raise HttpUnavailable(f"{self._peer} broke the connection off.") from error

    async def _is_drained(self) -> bool:
        """Wait until nothing is left to write; False to wait on: some of it got away, or there is a reason why not."""
        before = self._writer.transport.get_write_buffer_size()
        try:
            async with asyncio.timeout(self._deadlines.stall):
                await self._writer.drain()
        except TimeoutError:
            if self._writer.transport.get_write_buffer_size() < before or await self._patience():
                return False
            raise HttpUnavailable(f"{self._peer} takes no more data.") from None
        return True

    async def _read_head(self) -> Response | HttpUnavailable:
        for _ in range(_MOST_INFORMATIONAL):
            try:
                event = await self._next_event()
            except HttpUnavailable as failure:
                return failure
            if isinstance(event, h11.Response):
                fields = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers]
                return Response(event.status_code, fields, self._body())
            if isinstance(event, h11.InformationalResponse) and event.status_code == 100:
                self._go_ahead.set()
        return HttpUnavailable(f"{self._peer} answers with interim responses only.")

    async def _body(self) -> AsyncGenerator[bytes]:
        while True:
            try:
                async with asyncio.timeout_at(self._reply_by):
                    event = await self._next_event()
            except TimeoutError:
                raise HttpUnavailable(f"{self._peer} does not end its answer.") from None
            if not isinstance(event, h11.Data):
                return
            yield bytes(event.data)

    async def _next_event(self) -> h11.Event | None:
        """What came next; None once the response has been read."""
        octets: bytes | None = None
        while True:
            try:
                event = self._http.next_event()
                if event is h11.PAUSED:
                    return None
                if isinstance(event, h11.Event):
                    return event
                octets = await self._reader.read(_PIECE)
                self._http.receive_data(octets)
            except OSError as error:
                raise HttpUnavailable(f"{self._peer} broke the connection off.") from error
            except h11.RemoteProtocolError as error:
                wrong = "broke the connection off" if octets == b"" else "answers with something that is not HTTP"
                raise HttpUnavailable(f"{self._peer} {wrong}.") from error
