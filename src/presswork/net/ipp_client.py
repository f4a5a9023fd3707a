"""An IPP client: requests to one printer, or to cupsd (RFC 8010 §4, RFC 8011 §4).

    async with IppClient("ipps://printer.example.org/ipp/print", user="ada", pin=pin) as printer:
        reply = await printer.call(Operation.GET_PRINTER_ATTRIBUTES)

A reply is given as it came, whatever its status code says: text in it is the printer's and goes through
``protocols.ipp.text.cleaned`` before it is stored or shown.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from types import TracebackType

from presswork.core.errors import Fault, Forbidden, Interrupted, Invalid, NotSignedIn, PrinterUnreachable, Unavailable
from presswork.net.http_client import Endpoint, HttpClient
from presswork.net.http_client_exchange import Deadlines, HttpUnavailable, Response
from presswork.net.outgoing import Patience, no_patience
from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.errors import MalformedMessage, MessageTooLarge
from presswork.protocols.ipp.limits import REPLY_LIMITS
from presswork.protocols.ipp.message import VERSION_2_0, Attribute, Group, Message
from presswork.protocols.ipp.parser import Parser
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.uri import parse_printer_uri

_MEDIA_TYPE = "application/ipp"
_MOST_BEHIND_A_REPLY = 65_536
_REFUSED = range(400, 500)
_CHECK = "See that it is on and that its address is right."


class IppClient:
    """Speaks to the printer at ``uri``; one call at a time, further ones wait. For two at once take two clients.

    ``pin`` and ``context`` are those of ``HttpClient``. With ``unix_socket`` the URI's host is only a name; cupsd then
    takes ``peercred_account`` for the user when the peer's credentials are that account's. ``user`` is the
    ``requesting-user-name``, empty for none. ``version`` is the protocol's, for printers that know 1.1 only.
    """

    def __init__(
        self,
        uri: str,
        *,
        pin: str | None = None,
        user: str = "",
        unix_socket: Path | None = None,
        peercred_account: str | None = None,
        context: ssl.SSLContext | None = None,
        deadlines: Deadlines = Deadlines(),  # noqa: B008 - immutable
        version: tuple[int, int] = VERSION_2_0,
    ) -> None:
        parts = parse_printer_uri(uri)
        tls = parts.tls and unix_socket is None
        self._http = HttpClient(
            Endpoint(parts.host, parts.port, tls, unix_socket), pin=pin, context=context, deadlines=deadlines
        )
        self._uri = uri
        self._target = parts.target
        self._user = user
        self._version = version
        self._headers = {"Content-Type": _MEDIA_TYPE, "Accept": _MEDIA_TYPE, "User-Agent": "presswork IPP/2.0"}
        if peercred_account is not None:
            if not (peercred_account.isascii() and peercred_account.isprintable()):
                raise Invalid("The account's name has characters that HTTP cannot carry.", field="account")
            self._headers["Authorization"] = f"PeerCred {peercred_account}"
        self._request_id = 0
        self._one_at_a_time = asyncio.Lock()

    async def __aenter__(self) -> IppClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    @property
    def certificate_sha256(self) -> str | None:
        """Fingerprint of the certificate the printer showed, once connected with TLS."""
        return self._http.certificate_sha256

    async def call(
        self,
        operation: int,
        *attributes: Attribute,
        groups: Iterable[Group] = (),
        uri: str | None = None,
        document: AsyncIterator[bytes | memoryview] | None = None,
        document_length: int | None = None,
        on_progress: Callable[[int], None] | None = None,
        patience: Patience = no_patience,
    ) -> Message:
        """Send a request and give its reply; ``attributes`` are operation attributes, ``groups`` follow them.

        ``uri`` is the ``printer-uri`` where it is not the client's own. ``document`` is sent behind the request as it is
        read; with ``document_length``, in octets, under a Content-Length, which old printers want, else in chunks.
        ``on_progress`` is told how many octets of it have been handed to the network so far; ``patience`` is asked whether to
        wait on when no more of it gets away.

        Raises ``PrinterUnreachable`` as long as no octet of the document was sent, ``Interrupted`` after that,
        ``Distrusted`` for another certificate than the pinned one, ``NotSignedIn`` and ``Forbidden`` for HTTP status
        401 and 403, ``NotEncodable`` for a request that cannot be written, and whatever ``document`` raises.
        """
        async with self._one_at_a_time:
            self._request_id += 1
            message = request(
                operation,
                self._request_id,
                uri or self._uri,
                self._user,
                attributes,
                groups=groups,
                version=self._version,
            )
            body = _Body(encode(message), document, on_progress)
            length = (
                None if document is not None and document_length is None else len(body.head) + (document_length or 0)
            )
            try:
                async with self._http.post(
                    self._target,
                    self._headers,
                    body.chunks(),
                    length=length,
                    expect_continue=document is not None,
                    patience=patience,
                ) as response:
                    return await self._reply(response, body)
            except HttpUnavailable as fault:
                raise body.fault(fault.sentence) from fault

    async def _reply(self, response: Response, body: _Body) -> Message:
        if response.status != 200:
            raise self._refused(response.status, body)
        parser = Parser(REPLY_LIMITS)
        behind = 0
        async with aclosing(response.body) as chunks:
            try:
                async for chunk in chunks:
                    parser.feed(chunk)
                    behind += len(parser.take_document())
                    if behind > _MOST_BEHIND_A_REPLY:
                        break
                parser.feed_eof()
            except (MalformedMessage, MessageTooLarge) as fault:
                raise body.fault(f"{self._http.endpoint} answers with something that is not IPP.") from fault
        assert parser.message is not None  # noqa: S101 - feed_eof made sure
        return parser.message

    def _refused(self, status: int, body: _Body) -> Fault:
        """The fault for an HTTP status that brings no IPP reply."""
        printer = self._http.endpoint
        if status == 401:
            return NotSignedIn(f"{printer} wants a user name and password, which Presswork does not send to printers.")
        if status == 403:
            return Forbidden(f"{printer} does not allow this; look at its access settings.")
        if status == 426:
            return PrinterUnreachable(f"{printer} wants an encrypted connection; give its address with ipps://.")
        sentence = f"{printer} answers with HTTP status {status} instead of IPP."
        return PrinterUnreachable(f"{sentence} {_CHECK}") if status in _REFUSED else body.fault(sentence)


class _Body:
    """What a request sends, and whether any of the document has gone out."""

    def __init__(
        self, head: bytes, document: AsyncIterator[bytes | memoryview] | None, on_progress: Callable[[int], None] | None
    ) -> None:
        self.head = head
        self._document = document
        self._on_progress = on_progress
        self._document_begun = False

    async def chunks(self) -> AsyncGenerator[bytes | memoryview]:
        """The message, then the document; what was asked for before has been handed to the network."""
        yield self.head
        if self._document is None:
            return
        octets = 0
        try:
            async for chunk in self._document:
                self._document_begun = self._document_begun or bool(chunk)
                yield chunk
                octets += len(chunk)
                if self._on_progress is not None:
                    self._on_progress(octets)
        finally:
            if isinstance(self._document, AsyncGenerator):
                await self._document.aclose()

    def fault(self, sentence: str) -> Unavailable:
        """What breaking off now means."""
        if self._document_begun:
            return Interrupted(
                sentence + " Part of the document was sent; look at the printer before sending it again."
            )
        return PrinterUnreachable(f"{sentence} {_CHECK}")
