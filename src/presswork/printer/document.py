"""The document of a request: uncompressed as it streams by, its format seen from its first octets."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from presswork.core.errors import FormatNotSupported
from presswork.documents.inspect import (
    JPEG,
    PCL,
    PCL_XL,
    PDF,
    POSTSCRIPT,
    PWG_RASTER,
    SNIFF_SIZE,
    TEXT,
    URF,
    sniff,
)
from presswork.printer.description import OCTET_STREAM, PrinterDescription
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Keyword, MimeMediaType

_AT_ONCE = 256 * 1024
_NAMES = {
    PDF: "PDF",
    JPEG: "JPEG",
    PWG_RASTER: "PWG Raster",
    URF: "Apple Raster",
    POSTSCRIPT: "PostScript",
    PCL: "PCL",
    PCL_XL: "PCL XL",
    TEXT: "plain text",
}
_WINDOW = {"gzip": 31, "deflate": -15}


def check_document_attributes(request: Request, description: PrinterDescription) -> str:
    """``compression`` and ``document-format`` before the document is looked at; gives the format, or octet-stream."""
    compression = request.get("compression", Keyword)
    if compression is not None and compression != "none" and compression not in _WINDOW:
        raise Refused(
            Status.CLIENT_ERROR_COMPRESSION_NOT_SUPPORTED,
            "The document is compressed in a way this printer does not know. Use gzip, deflate or none (RFC 8011 §4.2.1.1).",
            (request.operation["compression"],),
        )
    return check_document_format(request, description)


def check_document_format(request: Request, description: PrinterDescription) -> str:
    """``document-format``, without its parameters; octet-stream where the client does not say."""
    sent = request.get("document-format", MimeMediaType)
    document_format = OCTET_STREAM if sent is None else sent.partition(";")[0].strip().lower()
    if document_format != OCTET_STREAM and document_format not in description.document_formats:
        raise Refused(
            Status.CLIENT_ERROR_DOCUMENT_FORMAT_NOT_SUPPORTED,
            f"This printer cannot print this kind of document. Send {_listed(description)} (RFC 8011 §4.2.1.1).",
            (request.operation["document-format"],),
        )
    return document_format


class IncomingDocument:
    """Reads the request's document once; the first octets can be looked at before."""

    def __init__(self, source: AsyncIterator[bytes], compression: str | None) -> None:
        self._source = source if compression in (None, "none") else _inflate(source, _WINDOW[str(compression)])
        self._first: bytes = b""

    async def first_octets(self) -> bytes:
        """At least ``SNIFF_SIZE`` octets, or the whole document where it is shorter."""
        while len(self._first) < SNIFF_SIZE:
            chunk = await anext(self._source, None)
            if chunk is None:
                break
            self._first += chunk
        return self._first

    async def format(self, claimed: str, description: PrinterDescription) -> str:
        """What it is, by its first octets; refused where that is not what was claimed, or nothing the Printer takes."""
        first = await self.first_octets()
        seen = sniff(first)
        if claimed not in (OCTET_STREAM, seen):
            raise Refused(
                Status.CLIENT_ERROR_DOCUMENT_FORMAT_ERROR,
                f"The document is not {claimed}, though the request says so. Send it with its true format.",
            )
        if seen is None and description.takes_unknown:
            return OCTET_STREAM
        if seen is None or seen not in description.document_formats:
            raise FormatNotSupported(f"This printer cannot print this kind of document. Send {_listed(description)}.")
        return seen

    async def octets(self) -> AsyncIterator[bytes]:
        """All of it, from the first octet."""
        if self._first:
            yield self._first
        async for chunk in self._source:
            yield chunk


async def _inflate(source: AsyncIterator[bytes], window: int) -> AsyncIterator[bytes]:
    """RFC 1952 (gzip) or RFC 1951 (deflate); never more than ``_AT_ONCE`` octets in memory."""
    inflater = zlib.decompressobj(window)
    empty = True
    try:
        async for chunk in source:
            empty = False
            waiting = chunk
            while waiting:
                plain = inflater.decompress(waiting, _AT_ONCE)
                waiting = inflater.unconsumed_tail
                if plain:
                    yield plain
            if inflater.unused_data:
                break
    except zlib.error:
        raise _compression_error() from None
    if not empty and (not inflater.eof or inflater.unused_data):
        raise _compression_error()


def _compression_error() -> Refused:
    return Refused(
        Status.CLIENT_ERROR_COMPRESSION_ERROR,
        "The document is not compressed as the request says (RFC 8011 §4.2.1.1). Send it again.",
    )


def _listed(description: PrinterDescription) -> str:
    *others, last = (_NAMES.get(one, one) for one in description.document_formats)
    return f"{', '.join(others)} or {last}" if others else last
