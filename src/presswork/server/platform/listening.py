"""The server's port: its socket, and uvicorn with what it lacks: deadlines for heads, and patience with ends."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Generator
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.protocol import State

from presswork.core.errors import Invalid, Unavailable

HEAD_DEADLINE = 15.0
"""Seconds from the beginning of a connection, or of a request's head, to the end of the head."""
HEAD_LIMIT = 64 * 1024
"""Octets a head may have: the parser itself would keep as many as come."""
_GRACE = 5
MESSAGE_LIMIT = 128 * 1024
"""Octets of a WebSocket message: a piece of a tunnel's stream has half as many."""


def listen(address: str, port: int, *, encrypted: bool) -> socket.socket:
    """A listening socket; ``Invalid`` for plain HTTP anywhere but on loopback, ``Unavailable`` where it cannot be had."""
    try:
        numeric = ipaddress.ip_address("127.0.0.1" if address == "localhost" else address)
    except ValueError:
        raise Invalid(f"{address} is not an address to listen on. Use one like 0.0.0.0 or ::.") from None
    if not encrypted and not numeric.is_loopback:
        raise Invalid(
            f"Without TLS the server listens on a loopback address only, not on {address}. "
            "Put the proxy on the same machine, or let the server do TLS."
        )
    family = socket.AF_INET6 if numeric.version == 6 else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((str(numeric), port))
        opened.listen(1024)
    except OSError as error:
        opened.close()
        raise Unavailable(
            f"The server cannot listen on port {port} of {address}: {error.strerror}. "
            "Choose another one (PRESSWORK_SERVER_PORTS__SERVER), or end the program that has it."
        ) from error
    opened.setblocking(False)
    return opened


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers: whoever composes the process decides when it ends."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave the signals alone."""
        yield


def http_server(app: ASGIApp, context: ssl.SSLContext | None) -> HttpServer:
    """A server for ``app``; without ``context`` it is behind a proxy on this machine, whose word on addresses counts."""
    config = uvicorn.Config(
        app,
        http=ImpatientProtocol,
        ws=WebSocketProtocol,
        ws_max_size=MESSAGE_LIMIT,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=context is None,
        forwarded_allow_ips=["127.0.0.1", "::1"],
        timeout_graceful_shutdown=_GRACE,
        ssl_context_factory=None if context is None else lambda _config, _default: context,
    )
    return HttpServer(config)


class ImpatientProtocol(HttpToolsProtocol):
    """Hangs up on a head that is not together in ``HEAD_DEADLINE`` seconds or ``HEAD_LIMIT`` octets (and one read)."""

    _patience: asyncio.TimerHandle | None = None
    _head_octets = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as its parent
        """A connection: the first head is awaited."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Octets; those of a head that had begun before and is not whole yet are counted."""
        awaited = self._patience
        super().data_received(data)
        if awaited is not None and self._patience is awaited:
            self._head_octets += len(data)
            if self._head_octets > HEAD_LIMIT:
                self._hang_up()

    def on_message_begin(self) -> None:
        """The first octets of a head."""
        super().on_message_begin()
        self._wait()

    def on_headers_complete(self) -> None:
        """A head is there."""
        self._stop_waiting()
        super().on_headers_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._stop_waiting()
        self._head_octets = 0
        self._patience = asyncio.get_running_loop().call_later(HEAD_DEADLINE, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _hang_up(self) -> None:
        transport: Any = self.transport
        if transport is not None and not transport.is_closing():
            transport.close()


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """uvicorn's, where the end of a connection is no error."""

    def shutdown(self) -> None:
        """The server ends. Who said goodbye before is told nothing more: trying to would raise, and break off the end."""
        if self.conn.state in (State.CLOSING, State.CLOSED) and not self.close_sent:
            self.stop_keepalive()
            self.transport.abort()
        else:
            super().shutdown()

    async def send(self, message: Any) -> None:
        """Of the application; ``ClientDisconnected`` also where uvicorn itself has ended it, for no pong or no WebSocket.

        A whole answer in the place of a handshake completes it, too.
        """
        try:
            await super().send(message)
        except RuntimeError:
            if self.close_sent and message["type"] in ("websocket.send", "websocket.close"):
                raise ClientDisconnected from None
            raise
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True
