"""Set-Document-Attributes (PWG 5100.5): the name of a document; how it is printed is a matter of its job."""

from __future__ import annotations

from collections.abc import AsyncIterator

from presswork.printer.document_attributes import SETTABLE
from presswork.printer.model import PrinterModel
from presswork.printer.reply import Reply, granted
from presswork.printer.request import Request
from presswork.printer.status import Refused
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Status
from presswork.protocols.ipp.values import Name, NameWithLanguage, OutOfBand, Tag

ATTRIBUTES = frozenset(("document-number",))


async def set_document_attributes(printer: PrinterModel, request: Request, _: AsyncIterator[bytes]) -> Reply:
    """All of them, or none."""
    job_id, number = request.need_job_id(), request.need("document-number")
    asked = request.group(Tag.DOCUMENT)
    unsettable = [attribute for attribute in asked if attribute.name not in SETTABLE]
    if unsettable or not asked:
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_NOT_SETTABLE,
            "Only document-name can be set; the rest is a matter of the job (PWG 5100.5).",
            tuple(Attribute.of(attribute.name, OutOfBand.NOT_SETTABLE) for attribute in unsettable),
        )
    await printer.store.rename_document(job_id, number, request.requester, _name(asked[0]))
    return Reply(granted(request.unsupported), unsupported=request.unsupported)


def _name(attribute: Attribute) -> str:
    value = attribute.value
    if len(attribute.values) > 1 or not isinstance(value, Name | NameWithLanguage):
        raise Refused(
            Status.CLIENT_ERROR_ATTRIBUTES_OR_VALUES_NOT_SUPPORTED,
            "The name of a document is one name; nothing was changed (PWG 5100.5).",
            (attribute,),
        )
    return value.text if isinstance(value, NameWithLanguage) else str(value)
