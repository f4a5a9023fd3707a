"""One connection of the HTTP server: bytes in through httptools, requests to the handler, answers out.

Waits and their deadlines, one at a time: the header of a request (from its first octet), the next octet of a body the
handler wants, the client taking the answer, the rest of a body after an early answer, the next request.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from math import inf
from typing import Final, Protocol, cast
from urllib.parse import urlsplit

import httptools
import structlog

from presswork.net.http_message import (
    Connection,
    Handler,
    HttpLimits,
    HttpRequest,
    HttpResponse,
    RequestBody,
    RequestBroken,
    refusal,
    response_head,
)

_log = structlog.get_logger()

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_METHODS: Final = {b"GET": "GET", b"HEAD": "HEAD", b"POST": "POST"}
_SINGLE: Final = frozenset(("host", "content-type", "origin", "expect", "authorization"))
_SLICE: Final = 64 * 1024


class ServerSide(Protocol):
    """What a connection asks of its server."""

    handler: Handler
    limits: HttpLimits
    on_connection: Callable[[Connection], None] | None
    tasks: asyncio.TaskGroup
    stopping: bool
    date: bytes
    buffer: memoryview

    def admit(self, exchange: Exchange) -> bool:
        """Whether there is room for one more connection."""
        ...

    def forget(self, exchange: Exchange) -> None:
        """The connection is gone."""
        ...


class Exchange(asyncio.BufferedProtocol):
    """One connection: what has arrived, what is being answered, and until when it may wait."""

    def __init__(self, server: ServerSide) -> None:
        self._server = server
        self._limits = server.limits
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[HttpRequest | HttpResponse] = deque()
        self._incoming: HttpRequest | None = None
        self._url = b""
        self._fields: list[tuple[bytes, bytes]] = []
        self._in_head = False
        self._overhead = 0
        self._answering = False
        self._draining = -1
        self._continue_due = False
        self._deaf = False
        """What still comes is not parsed."""
        self._ended = False
        """Nothing more will come, or nobody wants it."""
        self._closing = False
        self._reading_paused = False
        self._writing_paused = False
        self._started = False
        self._wake_up: asyncio.Future[None] | None = None
        self.deadline = inf
        """When, in the loop's time, the present wait has lasted too long."""

    # -- the transport speaks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection or refuse it with 503."""
        self._transport = cast(asyncio.Transport, transport)
        info = transport.get_extra_info
        self.connection = Connection(info("peername"), info("sockname"), self._transport)
        if not self._server.admit(self):
            busy = HttpResponse(503, headers=(("Retry-After", "5"),))
            self._deaf = True
            head = response_head(busy, self._server.date, keep_alive=False, http_1_0=False)
            self._transport.write(head)
            self.close()
            return
        self._wait(self._limits.header_seconds)
        if self._server.on_connection is not None:
            self._server.on_connection(self.connection)

    def get_buffer(self, sizehint: int) -> memoryview:
        """One for all connections: what is in it is parsed before anything else is read.

        To make 256 KiB of memory for each read, as ``data_received`` does, takes longer than to answer many a request.
        """
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Feed the parser; its callbacks below build requests."""
        data = self._server.buffer[:nbytes]
        if self._draining >= 0:
            self._draining += nbytes
            if self._draining > self._limits.drain_octets:
                self._end_of_input()
        if self._deaf:
            return
        self._overhead += nbytes
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # A server may ignore Upgrade (RFC 9110 §7.8); the request before it is whole and is answered as it is.
            self._deaf = True
        except httptools.HttpParserCallbackError:
            _log.exception("http callback failed", peer=str(self.connection.peername))
            self._refuse(500, "Something went wrong here. It has been logged.")
        except httptools.HttpParserError:
            self._refuse(400, "This is not a valid HTTP/1.1 request.")
        if self._overhead > self._limits.header_octets:
            self._refuse(431, "The header of the request is too large.")
        self._regulate()

    def eof_received(self) -> bool:
        """The client sends no more, but may still read what is under way (not with TLS)."""
        self._end_of_input()
        return self._answering or bool(self._queue)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the handler's reading and writing."""
        self._closing = True
        self._writing_paused = False
        self._end_of_input()
        self._server.forget(self)

    def pause_writing(self) -> None:
        """The client takes the answer more slowly than it is made."""
        self._writing_paused = True

    def resume_writing(self) -> None:
        """The client took most of it."""
        self._writing_paused = False
        self._wake()

    # -- the parser speaks

    def on_message_begin(self) -> None:
        """The first octet of a request."""
        self._url = b""
        self._fields = []
        self._in_head = True
        if not self._answering and not self._queue:
            self._wait(self._limits.header_seconds)

    def on_url(self, url: bytes) -> None:
        """The request target, or a piece of it."""
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field; trailer fields are dropped (RFC 9110 §6.5.1)."""
        if self._in_head:
            self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """Make the request, or the refusal, and queue it."""
        self._in_head = False
        self._overhead = 0
        if self._deaf:
            return
        try:
            self._incoming = self._make_request()
        except _Refused as refused:
            self._deaf = True
            self._enqueue(refused.response)
        else:
            self._enqueue(self._incoming)

    def on_body(self, body: bytes) -> None:
        """Body octets, without their framing."""
        self._overhead = 0
        if self._incoming is not None and self._draining < 0:
            self._incoming.body.feed(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._overhead = 0
        self._continue_due = False
        if self._incoming is not None:
            self._incoming.body.finish()
            self._incoming = None
            if self._draining >= 0:
                self._wake()

    # -- the server speaks

    @property
    def idle(self) -> bool:
        """Whether no request is under way; one whose header is not whole does not count."""
        return not self._answering and not self._queue

    @property
    def stalled(self) -> bool:
        """Whether the next octet of a body has been waited for too long to keep anybody else out for it."""
        if self._incoming is None or self._draining >= 0 or self._writing_paused or self.deadline == inf:
            return False
        waited = self._loop.time() - (self.deadline - self._limits.body_seconds)
        return waited >= self._limits.stalled_seconds

    def expire(self) -> None:
        """The present wait has lasted too long."""
        self.deadline = inf
        if self._closing or self._writing_paused:
            self.abort()
        elif self._draining >= 0:
            self._end_of_input()
        elif self._incoming is not None:
            fault = RequestBroken(408, "The body of the request did not arrive in time.")
            self._incoming.body.fail(fault)
            self._deaf = True
        elif self._in_head:
            self._refuse(408, "The header of the request did not arrive in time.")
        else:
            self.close()

    def stop(self) -> None:
        """Close as soon as the request under way, if any, is answered."""
        if self.idle:
            self.close()

    def close(self) -> None:
        """Close once what was written is sent, within ``write_seconds``."""
        self._closing = True
        self._wait(self._limits.write_seconds)
        self._transport.close()
        self._wake()

    def abort(self) -> None:
        """Close now."""
        self._transport.abort()

    # -- requests

    def _make_request(self) -> HttpRequest:
        version = self._parser.get_http_version()
        if version not in ("1.1", "1.0"):
            raise _Refused(505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
        method = _METHODS.get(self._parser.get_method())
        if method is None:
            raise _Refused(405, "Only GET, HEAD and POST are served here.", ("Allow", "GET, HEAD, POST"))
        fields = self._join_fields()
        if "host" not in fields and version == "1.1":
            raise _Refused(400, "The header field Host is missing (RFC 9112 §3.2).")
        expectation = fields.get("expect")
        if expectation is not None and expectation.lower() != "100-continue":
            raise _Refused(417, "Only the expectation 100-continue is known here.")
        target = self._url.decode("latin-1")
        if not target.startswith("/"):
            fields["host"], target = _split_absolute(target)
        self._continue_due = expectation is not None and version == "1.1"
        body = RequestBody(self._body_wanted, self._body_taken)
        keep_alive = self._parser.should_keep_alive()
        return HttpRequest(method, target, fields, body, self.connection, keep_alive, http_1_0=version == "1.0")

    def _join_fields(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        octets = len(self._url)
        for raw_name, raw_value in self._fields:
            octets += len(raw_name) + len(raw_value) + 4
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            if name not in fields:
                fields[name] = value
            elif name in _SINGLE:
                raise _Refused(400, f"The header field {name} stands there twice.")
            else:
                fields[name] = f"{fields[name]}, {value}"
        if octets > self._limits.header_octets:
            raise _Refused(431, "The header of the request is too large.")
        return fields

    def _enqueue(self, item: HttpRequest | HttpResponse) -> None:
        self._queue.append(item)
        if not self._answering:
            self.deadline = inf
        if not self._started:
            self._started = True
            self._server.tasks.create_task(self._answer_all())
        else:
            self._wake()

    def _refuse(self, status: int, sentence: str) -> None:
        if self._deaf:
            return
        self._deaf = True
        self._in_head = False
        if self._incoming is not None:
            self._incoming.body.fail(RequestBroken(status, sentence))
            self._wake()
        else:
            self._enqueue(refusal(status, sentence))

    def _end_of_input(self) -> None:
        self._deaf = self._ended = True
        if self._incoming is not None:
            self._incoming.body.fail(RequestBroken(400, "The client ended its request before it was whole."))
        self._wake()

    # -- answers

    async def _answer_all(self) -> None:
        try:
            while True:
                while not self._queue:
                    if self._deaf or self._closing or self._server.stopping:
                        return
                    self._answering = False
                    self._wait(self._limits.header_seconds if self._in_head else self._limits.idle_seconds)
                    await self._sleep()
                self._answering = True
                self.deadline = inf
                item = self._queue.popleft()
                self._regulate()
                if not await self._answer(item):
                    return
        except Exception:  # one connection's end is not the server's
            _log.exception("http connection failed", peer=str(self.connection.peername))
            self.abort()
        finally:
            self._answering = False
            self.close()

    async def _answer(self, item: HttpRequest | HttpResponse) -> bool:
        if isinstance(item, HttpResponse):
            await self._send(item, None, keep_alive=False)
            self._linger()
            await self._drain()
            return False
        response = await self._ask_handler(item)
        if self._closing:
            return False
        whole = item.body.complete
        last = response.close or not whole or self._server.stopping or (self._deaf and not self._queue)
        keep_alive = item.keep_alive and not last
        await self._send(response, item, keep_alive=keep_alive)
        if not whole:
            item.body.drop()
            self._linger()
            await self._drain()
        return keep_alive and not self._closing

    async def _ask_handler(self, request: HttpRequest) -> HttpResponse:
        try:
            return await self._server.handler(request)
        except RequestBroken as fault:
            return refusal(fault.status, fault.sentence)
        except Exception:
            _log.exception("http handler failed", method=request.method, path=request.path)
            return refusal(500, "Something went wrong here. It has been logged.")

    async def _send(self, response: HttpResponse, request: HttpRequest | None, *, keep_alive: bool) -> None:
        http_1_0 = request is not None and request.http_1_0
        head = response_head(response, self._server.date, keep_alive=keep_alive, http_1_0=http_1_0)
        body = response.body
        write = self._transport.write
        if request is not None and request.method == "HEAD":
            write(head)
        elif not isinstance(body, bytes):
            write(head)
            async for chunk in body:
                if chunk:
                    write(chunk if http_1_0 else b"%x\r\n%b\r\n" % (len(chunk), chunk))
                    await self._until_taken()
            if not http_1_0:
                write(b"0\r\n\r\n")
        elif len(body) <= _SLICE:
            write(head + body)
        else:
            write(head)
            view = memoryview(body)
            for start in range(0, len(body), _SLICE):
                write(view[start : start + _SLICE])
                await self._until_taken()
        await self._until_taken()

    async def _until_taken(self) -> None:
        while self._writing_paused and not self._closing:
            self._wait(self._limits.write_seconds)
            await self._sleep()
            self.deadline = inf

    def _linger(self) -> None:
        """Say that the answer is over, while the client may still be sending (RFC 9112 §9.6)."""
        self._draining = 0
        if self._transport.can_write_eof() and not self._transport.is_closing():
            with contextlib.suppress(OSError):  # the client may have gone this very moment
                self._transport.write_eof()

    async def _drain(self) -> None:
        """Drop what the client still sends, bounded: closed at once, the connection would be reset and the answer lost."""
        self._wait(self._limits.drain_seconds)
        self._regulate()
        while (self._incoming is not None or self._deaf) and not (self._ended or self._closing):
            await self._sleep()

    # -- waiting

    def _wait(self, seconds: float) -> None:
        self.deadline = self._loop.time() + seconds

    async def _sleep(self) -> None:
        self._wake_up = self._loop.create_future()
        try:
            await self._wake_up
        finally:
            self._wake_up = None

    def _wake(self) -> None:
        if self._wake_up is not None and not self._wake_up.done():
            self._wake_up.set_result(None)

    def _body_wanted(self) -> None:
        if self._continue_due:
            # said even when some of the body is here: libcups sends the IPP message at once and waits with the document
            self._continue_due = False
            self._transport.write(_CONTINUE)
        self._wait(self._limits.body_seconds)
        self._regulate()

    def _body_taken(self) -> None:
        self.deadline = inf
        if self._reading_paused:
            self._regulate()

    def _regulate(self) -> None:
        """Make the client wait while a request or more than ``body_octets`` of a body wait here."""
        full = self._incoming is not None and self._incoming.body.size > self._limits.body_octets
        waiting = len(self._queue) + self._answering > 1
        pause = (full or waiting) and self._draining < 0
        if pause != self._reading_paused and not self._transport.is_closing():
            self._reading_paused = pause
            if pause:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()


class _Refused(Exception):
    """A request whose header cannot be answered otherwise."""

    def __init__(self, status: int, sentence: str, *headers: tuple[str, str]) -> None:
        super().__init__(sentence)
        self.response = refusal(status, sentence, *headers)


def _split_absolute(target: str) -> tuple[str, str]:
    """Host and origin form of a target in absolute form (RFC 9112 §3.2.2)."""
    try:
        parts = urlsplit(target)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https", "ipp", "ipps") or not parts.netloc or "@" in parts.netloc:
        raise _Refused(400, "The request target is not a path or an http address.")
    return parts.netloc, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
