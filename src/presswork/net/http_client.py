"""An HTTP/1.1 client for one peer (RFC 9110, RFC 9112): over TCP, TLS or a Unix socket, one request at a time.

A body is streamed with back pressure. An answer may come while it is still being sent: then sending ends and the answer
counts. The connection is kept for the next request while it is fresh; nothing is ever sent a second time by itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from presswork.core.errors import Distrusted
from presswork.net.http_client_exchange import Deadlines, Exchange, HttpUnavailable, Response
from presswork.net.outgoing import Patience, no_patience
from presswork.net.tls import unverified_context

_FRESH_SECONDS = 4.0
"""A kept connection older than this is not used: printers close them after 5 to 60 seconds, and may do so just now."""
_CLOSING_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the peer listens; with ``unix_socket`` there, and ``host`` is only its name."""

    host: str
    port: int = 0
    tls: bool = False
    unix_socket: Path | None = None

    def __str__(self) -> str:
        if self.unix_socket is not None:
            return str(self.unix_socket)
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def authority(self) -> str:
        """What the Host field says (RFC 9110 §7.2)."""
        return "localhost" if self.unix_socket is not None else str(self)


class HttpClient:
    """Speaks to one endpoint. ``async with`` it, or ``close`` it.

    With TLS and without a ``context`` the certificate is pinned: ``pin`` is the SHA-256 of its DER form in lower-case
    hexadecimal, compared after the handshake and before any octet of HTTP; another certificate is ``Distrusted``.
    Without a ``pin`` any certificate is taken, and ``certificate_sha256`` says which it was: for the first use. A
    ``context`` verifies in its own way, by a CA. TLS 1.2 is the least.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        pin: str | None = None,
        context: ssl.SSLContext | None = None,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - immutable
    ) -> None:
        self.endpoint = endpoint
        self.certificate_sha256: str | None = None
        """Of the certificate the peer showed last; None before the first connection and without TLS."""
        self._pin = pin
        self._context = context
        self._deadlines = deadlines
        self._idle: tuple[Exchange, float] | None = None

    async def __aenter__(self) -> HttpClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the kept connection."""
        if self._idle is not None:
            exchange, _ = self._idle
            self._idle = None
            await exchange.close(_CLOSING_SECONDS)

    @asynccontextmanager
    async def post(
        self,
        target: str,
        headers: Mapping[str, str],
        body: AsyncIterator[bytes | memoryview],
        *,
        length: int | None = None,
        expect_continue: bool = False,
        patience: Patience = no_patience,
    ) -> AsyncIterator[Response]:
        """Send a POST and give its response; its body is read within the context.

        Without a ``length`` the body goes in chunks. With ``expect_continue`` the body waits for the peer's go-ahead,
        though not longer than ``Deadlines.go_ahead``. A peer that takes no more is waited for as long as ``patience`` has
        reason to. Raises ``HttpUnavailable`` when the peer cannot be reached, stalls,
        breaks off or does not speak HTTP, ``Distrusted`` for another certificate, and whatever ``body`` raises.
        """
        exchange = await self._take()
        fields = [("Host", self.endpoint.authority), *headers.items()]
        fields.append(("Transfer-Encoding", "chunked") if length is None else ("Content-Length", str(length)))
        if expect_continue:
            fields.append(("Expect", "100-continue"))
        try:
            yield await exchange.post(target, fields, body, expect_continue=expect_continue, patience=patience)
        except BaseException:
            exchange.abort()
            raise
        if exchange.reusable:
            self._idle = exchange, asyncio.get_running_loop().time()
        else:
            await exchange.close(_CLOSING_SECONDS)

    async def _take(self) -> Exchange:
        if self._idle is not None:
            exchange, since = self._idle
            if exchange.alive and asyncio.get_running_loop().time() - since < _FRESH_SECONDS:
                self._idle = None
                return exchange
            await self.close()
        return await self._connect()

    async def _connect(self) -> Exchange:
        endpoint = self.endpoint
        try:
            async with asyncio.timeout(self._deadlines.connect):
                reader, writer = await self._open()
        except TimeoutError:
            raise HttpUnavailable(f"{endpoint} does not answer.") from None
        except ssl.SSLCertVerificationError as error:
            raise Distrusted(f"The certificate of {endpoint} is not vouched for: {error.verify_message}.") from error
        except (ssl.SSLError, ConnectionResetError) as error:
            said = (getattr(error, "reason", None) or "the connection was closed").lower().replace("_", " ")
            raise HttpUnavailable(f"No TLS connection with {endpoint}: {said}. At least TLS 1.2 is needed.") from error
        except (OSError, ValueError) as error:  # a host name that is none is a ValueError
            said = getattr(error, "strerror", None) or "no such host"
            raise HttpUnavailable(f"{endpoint} cannot be reached: {said}.") from error
        if endpoint.tls:
            self._compare_certificate(writer)
        return Exchange(reader, writer, str(endpoint), self._deadlines)

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        endpoint = self.endpoint
        if endpoint.unix_socket is not None:
            return await asyncio.open_unix_connection(str(endpoint.unix_socket))
        if not endpoint.tls:
            return await asyncio.open_connection(endpoint.host, endpoint.port)
        context = self._context
        if context is None:
            context = unverified_context()
            context.minimum_version = ssl.TLSVersion.TLSv1_2
        return await asyncio.open_connection(
            endpoint.host,
            endpoint.port,
            ssl=context,
            server_hostname=endpoint.host,
            ssl_handshake_timeout=self._deadlines.connect,
            ssl_shutdown_timeout=_CLOSING_SECONDS,
        )

    def _compare_certificate(self, writer: asyncio.StreamWriter) -> None:
        """Note the certificate; ``Distrusted`` where another one is pinned."""
        shown = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        seen = hashlib.sha256(shown).hexdigest()
        self.certificate_sha256 = seen
        if self._pin is not None and not hmac.compare_digest(seen, self._pin):
            writer.transport.abort()
            raise Distrusted(
                f"{self.endpoint} shows another certificate than before. Nothing was sent; compare the fingerprints and "
                "accept the new one only if you know why it changed.",
                expected=self._pin,
                seen=seen,
            )
