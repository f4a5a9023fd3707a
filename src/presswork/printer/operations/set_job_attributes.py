"""Set-Job-Attributes (RFC 3380 §4.2): another ticket for a job that is not being printed yet; all of it, or nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import OutOfBand

ATTRIBUTES: frozenset[str] = frozenset()


async def set_job_attributes(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """``delete-attribute`` takes one back."""
    job_id = request.need_job_id()
    asked = request.ticket.attributes
    if not asked:
        raise Refused(Status.CLIENT_ERROR_BAD_REQUEST, "The request does not say what to change (RFC 3380 §4.2).")
    unsettable = [attribute for attribute in asked if attribute.name not in printer.template.names]
    if unsettable:
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE,
            "Of a job, only how it is printed can be changed; nothing was (RFC 3380 §4.2).",
            tuple(Attribute.of(attribute.name, OutOfBand.NOT_SETTABLE) for attribute in unsettable),
        )
    deleted = [attribute for attribute in asked if attribute.values == (OutOfBand.DELETE_ATTRIBUTE,)]
    checked = printer.template.check([attribute for attribute in asked if attribute not in deleted])
    if checked.unsupported:
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            "The printer cannot do all of this; nothing was changed (RFC 3380 §4.2).",
            checked.unsupported,
        )
    names = frozenset(attribute.name for attribute in deleted)
    await printer.need_device().set_job_attributes(job_id, request.requester, checked.accepted, names)
    return Reply(granted(request.unsupported), unsupported=request.unsupported)
