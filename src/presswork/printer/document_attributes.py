"""A document as attributes (PWG 5100.5): only those asked for are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from presswork.core.errors import NotFound
from presswork.printer.job import Document, Job
from presswork.printer.job_attributes import View
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Enum, Keyword, MimeMediaType, Name, OutOfBand, Uri, Value

SETTABLE: Final = ("document-name",)
Make = Callable[[Document, Job, View], Value]
_MAKE: Final[dict[str, Make]] = {
    "document-number": lambda document, _, __: document.document_number,
    "document-state": lambda document, _, __: Enum(document.document_state),
    "document-state-reasons": lambda document, _, __: Keyword(document.document_state_reason),
    "document-name": lambda document, _, __: Name(document.document_name),
    "document-format": lambda document, _, __: MimeMediaType(document.document_format),
    "document-job-id": lambda _, job, __: job.job_id,
    "document-job-uri": lambda _, job, view: Uri(view.job_uri(job)),
    "document-printer-uri": lambda _, __, view: Uri(view.printer_uri),
    "k-octets": lambda document, _, __: document.k_octets,
    "impressions": lambda document, _, __: OutOfBand.UNKNOWN if document.impressions is None else document.impressions,
    "last-document": lambda document, _, __: document.last_document,
    "printer-up-time": lambda _, __, view: view.up_time,
}
LISTED: Final = ("document-number", "document-state", "document-state-reasons", "document-name")
"""What Get-Documents answers where nothing is asked for."""
_GROUPS: Final = frozenset(("all", "document-description"))


class WantedOfDocument:
    """Which attributes of a document are asked for, with group keywords."""

    def __init__(self, requested: Iterable[str]) -> None:
        names = frozenset(requested)
        self._names = tuple(name for name in _MAKE if name in names or names & _GROUPS)

    def of(self, document: Document, job: Job, view: View) -> tuple[Attribute, ...]:
        """Those of one document."""
        return tuple(Attribute.of(name, _MAKE[name](document, job, view)) for name in self._names)


def find_document(documents: Sequence[Document], number: int) -> Document:
    """The document of that number; ``NotFound`` where its job has none."""
    found = next((one for one in documents if one.document_number == number), None)
    if found is None:
        raise NotFound("This job has no document of that number.")
    return found
