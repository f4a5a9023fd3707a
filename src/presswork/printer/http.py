"""IPP over HTTP (RFC 8010 §4): requests read as they stream in, documents passed on, faults told in IPP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

from presswork.core.errors import Fault
from presswork.net.http_message import Handler, HttpRequest, HttpResponse, RequestBroken, refusal
from presswork.printer.job import Requester
from presswork.printer.printer import Printer, refuse, reply_version
from presswork.printer.reply import Reply
from presswork.printer.status import Refused
from presswork.protocols.ipp.limits import Limits
from presswork.protocols.ipp.message import Message
from presswork.protocols.ipp.parser import Parser
from presswork.protocols.ipp.registry import Status

CONTENT_TYPE = "application/ipp"
_LIMITS = Limits(octets=256 * 1024, groups=64, attributes=4_000, values=8_000, depth=8)
_REST = 64 * 1024

FindPrinter = Callable[[str], Printer | None]
"""The Printer whose URIs have this path."""
NOBODY = Requester(None)
"""The requester of what is answered to everybody the same: finding out costs more than the answer."""
Identify = Callable[[HttpRequest], Awaitable[Requester]]
"""Who asks, as the connection proves it; may raise ``NotSignedIn`` or ``Forbidden``."""


def ipp_handler(find_printer: FindPrinter, identify: Identify) -> Handler:
    """An HTTP handler for IPP requests to any of the printers."""

    async def handle(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return refusal(405, "IPP requests are sent by POST (RFC 8010 §4.1).", ("Allow", "POST"))
        content_type = request.headers.get("content-type", "")
        if content_type != CONTENT_TYPE and content_type.partition(";")[0].strip().lower() != CONTENT_TYPE:
            return refusal(415, "Only application/ipp is taken here (RFC 8010 §4.1).")
        printer = _find(find_printer, request.path)
        if printer is None:
            return refusal(404, "There is no printer at this address.")
        parser = Parser(_LIMITS)
        try:
            message = await _read_message(parser, request.body)
            requester = await identify(request) if printer.asks_who(message.code) else NOBODY
            reply = await printer.answer(message, _document(parser, request.body), requester)
        except RequestBroken:
            raise
        except Fault as fault:
            reply = refuse(fault)
        else:
            if not printer.takes_document(message.code):
                await _skip_rest(request.body)
        return _respond(parser, reply)

    return handle


def _find(find_printer: FindPrinter, path: str) -> Printer | None:
    """A job's URI is its printer's with the number behind it; requests to it go to that path (RFC 8010 §4.2)."""
    printer = find_printer(path)
    if printer is None:
        parent, _, number = path.rpartition("/")
        if parent and number.isascii() and number.isdecimal():
            return find_printer(parent)
    return printer


async def _read_message(parser: Parser, body: AsyncIterator[bytes]) -> Message:
    async for chunk in body:
        parser.feed(chunk)
        if parser.message is not None:
            break
    else:
        parser.feed_eof()
    assert parser.message is not None  # noqa: S101 - feed_eof raises otherwise
    return parser.message


async def _document(parser: Parser, body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    first = parser.take_document()
    if first:
        yield first
    try:
        async for chunk in body:
            yield chunk
    except RequestBroken as fault:
        status = Status.CLIENT_ERROR_TIMEOUT if fault.status == 408 else Status.CLIENT_ERROR_BAD_REQUEST
        raise Refused(status, fault.sentence) from None


async def _skip_rest(body: AsyncIterator[bytes]) -> None:
    """Read to the end what should not be there, so that the connection can be kept; up to a bound."""
    skipped = 0
    async for chunk in body:
        skipped += len(chunk)
        if skipped > _REST:
            return


def _respond(parser: Parser, reply: Reply) -> HttpResponse:
    head = parser.head
    version, request_id = ((head.major, head.minor), head.request_id) if head is not None else ((2, 0), 1)
    return HttpResponse(200, reply.encode(reply_version(version), request_id), CONTENT_TYPE)
