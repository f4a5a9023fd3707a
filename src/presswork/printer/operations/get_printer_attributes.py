"""Get-Printer-Attributes (RFC 8011 §4.2.5)."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.document import check_document_format
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.protocols.ipp.values import Tag

ATTRIBUTES = frozenset(("requested-attributes", "document-format"))
_ALL = frozenset(("all",))


async def get_printer_attributes(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """All but ``media-col-database`` where nothing is asked for; names that are unknown are left out."""
    if "document-format" in request.operation:
        check_document_format(request, printer.description)
    requested = frozenset(map(str, request.values("requested-attributes"))) or _ALL
    return Reply.of(Tag.PRINTER, *await printer.attributes(requested), unsupported=request.unsupported)
