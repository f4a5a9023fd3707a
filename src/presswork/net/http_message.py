"""What an HTTP server hands to its handler and gets back: request, body, response, limits (RFC 9110, RFC 9112)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

from presswork.core.errors import Fault, TooLarge


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """How much and how long. Times are seconds; each bounds one wait, not a whole exchange."""

    connections: int = 1024
    """At the limit the oldest connection without a request under way makes room, or the oldest whose body has not gone on for
    ``stalled_seconds``; without one, the new one gets 503."""
    header_octets: int = 16 * 1024
    """Request line and header fields together; more gets 431."""
    body_octets: int = 256 * 1024
    """Body held in memory while the handler does not take it; then the peer is made to wait (TCP back pressure)."""
    drain_octets: int = 1024 * 1024
    """Body read and dropped after an early answer, so that the client reads the answer instead of a reset."""
    header_seconds: float = 10.0
    """From the first octet of a request (or the accept, for the first one) to the end of its header; then 408."""
    body_seconds: float = 60.0
    """For the next octet of a body the handler waits for."""
    stalled_seconds: float = 1.0
    """So long a body may stand still before it makes room for others."""
    idle_seconds: float = 60.0
    """Between requests of a connection."""
    write_seconds: float = 60.0
    """For the client to take more of an answer."""
    drain_seconds: float = 5.0
    """For the rest of a body after an early answer."""
    stop_seconds: float = 5.0
    """For exchanges under way when the server stops."""


class RequestBroken(Fault):
    """The request's body cannot be read to its end: the client went away, is too slow, or its framing is wrong."""

    code: ClassVar[str] = "request-broken"

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


@dataclass(slots=True, eq=False)
class Connection:
    """One connection of a client. ``memory`` is the handler's own: what it learnt about the peer."""

    peername: Any
    sockname: Any
    transport: asyncio.Transport
    memory: dict[str, Any] = field(default_factory=dict)

    @property
    def tls(self) -> bool:
        """Whether the connection is encrypted."""
        return self.transport.get_extra_info("ssl_object") is not None


class RequestBody:
    """The body as it arrives; iterate once. At most ``HttpLimits.body_octets`` wait in memory."""

    __slots__ = ("_chunks", "_fault", "_on_taken", "_on_wait", "_waiter", "complete", "size")

    def __init__(self, on_wait: Callable[[], None], on_taken: Callable[[], None]) -> None:
        self._chunks: deque[bytes] = deque()
        self._fault: RequestBroken | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._on_wait = on_wait
        self._on_taken = on_taken
        self.complete = False
        """Whether the whole body has arrived."""
        self.size = 0
        """Octets that wait to be taken."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while not self._chunks:
            if self._fault is not None:
                raise self._fault
            if self.complete:
                raise StopAsyncIteration
            self._waiter = asyncio.get_running_loop().create_future()
            self._on_wait()
            try:
                await self._waiter
            finally:
                self._waiter = None
        chunk = self._chunks.popleft()
        self.size -= len(chunk)
        self._on_taken()
        return chunk

    async def read(self, limit: int) -> bytes:
        """The whole body; ``TooLarge`` when it is longer than ``limit`` octets."""
        parts: list[bytes] = []
        total = 0
        async for chunk in self:
            total += len(chunk)
            if total > limit:
                raise TooLarge(f"The request's body is larger than {limit} octets. Send less.")
            parts.append(chunk)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def feed(self, chunk: bytes) -> None:
        """More of the body arrived."""
        self._chunks.append(chunk)
        self.size += len(chunk)
        self._wake()

    def finish(self) -> None:
        """The body is whole."""
        self.complete = True
        self._wake()

    def fail(self, fault: RequestBroken) -> None:
        """No more will come; a body that is whole stays readable."""
        if not self.complete and self._fault is None:
            self._fault = fault
            self._wake()

    def drop(self) -> None:
        """Forget what waits."""
        self._chunks.clear()
        self.size = 0

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


@dataclass(slots=True, eq=False)
class HttpRequest:
    """One request. ``target`` is in origin form (``/path?query``), whatever form it came in (RFC 9112 §3.2)."""

    method: str
    target: str
    headers: Mapping[str, str]
    """Names in lower case; a repeated field is joined by commas (RFC 9110 §5.3)."""
    body: RequestBody
    connection: Connection
    keep_alive: bool = True
    http_1_0: bool = False

    @property
    def path(self) -> str:
        """The target without its query; percent-encoding as it came."""
        return self.target.partition("?")[0]


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What the handler answers. A body that is an iterator is sent chunk by chunk as the client takes it."""

    status: int
    body: bytes | AsyncIterator[bytes] = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False
    """End the connection after this answer."""


Handler = Callable[[HttpRequest], Awaitable[HttpResponse]]
"""Answers one request. It reads the body to its end where it wants the connection kept."""

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def refusal(status: int, sentence: str, *headers: tuple[str, str]) -> HttpResponse:
    """A plain answer that ends the connection."""
    return HttpResponse(status, (sentence + "\n").encode(), headers=headers, close=True)


def response_head(response: HttpResponse, date: bytes, *, keep_alive: bool, http_1_0: bool) -> bytes:
    """Status line and header fields (RFC 9112 §4, RFC 9110 §6.6.1); raises ValueError for a field with a line break."""
    status = response.status
    lines = [f"HTTP/1.1 {status} {_PHRASES.get(status, 'Unknown')}\r\n".encode(), date]
    if status >= 200 and status not in (204, 304):
        lines.append(f"Content-Type: {response.content_type}\r\n".encode("latin-1"))
        if isinstance(response.body, bytes):
            lines.append(b"Content-Length: %d\r\n" % len(response.body))
        elif not http_1_0:
            lines.append(b"Transfer-Encoding: chunked\r\n")
    for name, value in response.headers:
        if "\r" in value or "\n" in value:
            raise ValueError(f"the value of {name} has a line break")
        lines.append(f"{name}: {value}\r\n".encode("latin-1"))
    if not keep_alive:
        lines.append(b"Connection: close\r\n")
    elif http_1_0:
        lines.append(b"Connection: keep-alive\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)
