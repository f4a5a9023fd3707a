"""Set-Printer-Attributes (RFC 3380 §4.1): all of them, or none."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.syntax import syntax_of
from presswork.protocols.ipp.values import OutOfBand, Tag

ATTRIBUTES: frozenset[str] = frozenset()


async def set_printer_attributes(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """An operator's."""
    asked = request.group(Tag.PRINTER)
    settable = printer.need_device().settable
    unsettable = [attribute for attribute in asked if attribute.name not in settable]
    if unsettable or not asked:
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE,
            f"Only this can be set here: {', '.join(settable)} (RFC 3380 §4.1).",
            tuple(Attribute.of(attribute.name, OutOfBand.NOT_SETTABLE) for attribute in unsettable),
        )
    wrong = tuple(attribute for attribute in asked if not _has_syntax(attribute))
    if wrong:
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            "One of these holds another kind of value than it may, so nothing was changed (RFC 3380 §4.1).",
            wrong,
        )
    await printer.need_device().set_printer_attributes(request.requester, asked)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)


def _has_syntax(attribute: Attribute) -> bool:
    syntax = syntax_of("Printer Description", attribute.name) or syntax_of("Printer Status", attribute.name)
    return syntax is not None and syntax.accepts(attribute)
