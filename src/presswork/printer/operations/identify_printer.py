"""Identify-Printer (PWG 5100.13 §3.1): flash, sound or display, so that a person finds the device."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.protocols.ipp.message import Attribute

ATTRIBUTES = frozenset(("identify-actions", "message"))


async def identify_printer(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """The actions asked for that there are; the default one where none is asked for."""
    offered = printer.description.identify_actions
    asked = tuple(str(value) for value in request.values("identify-actions")) or offered[:1]
    unknown = tuple(value for value in request.values("identify-actions") if str(value) not in offered)
    unsupported = (*request.unsupported, *((Attribute("identify-actions", unknown),) if unknown else ()))
    actions = tuple(action for action in asked if action in offered)
    if actions and printer.identify is not None:
        await printer.identify(actions, request.text("message"))
    return Reply(granted(unsupported), unsupported=unsupported)
