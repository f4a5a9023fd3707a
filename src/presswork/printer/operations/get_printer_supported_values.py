"""Get-Printer-Supported-Values (RFC 3380 §4.3): what the settable Printer attributes may be set to."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply
from presswork.printer.request import Request
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import OutOfBand, Tag

ATTRIBUTES = frozenset(("requested-attributes",))
_ALL = frozenset(("all", "printer-description"))


async def get_printer_supported_values(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """All are texts of the operator's choosing: ``admin-define``."""
    requested = frozenset(map(str, request.values("requested-attributes"))) or _ALL
    names = [name for name in printer.need_device().settable if name in requested or requested & _ALL]
    attributes = tuple(Attribute.of(name, OutOfBand.ADMIN_DEFINE) for name in names)
    return Reply.of(Tag.PRINTER, attributes, unsupported=request.unsupported)
