"""The documents of a simulated printer's job."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from presswork.core.errors import NotFound
from presswork.printer.job import Document, DocumentState, Job, JobState

_STATES = {
    JobState.PROCESSING: DocumentState.PROCESSING,
    JobState.PROCESSING_STOPPED: DocumentState.PROCESSING,
    JobState.CANCELED: DocumentState.CANCELED,
    JobState.ABORTED: DocumentState.ABORTED,
    JobState.COMPLETED: DocumentState.COMPLETED,
}


@dataclass(slots=True, eq=False)
class KeptDocument:
    """One document; its octets are dropped when it is cancelled, or its job is over."""

    name: str
    document_format: str
    octets: bytes = field(repr=False)
    size: int
    pages: int | None = None
    cancelled: bool = False


@dataclass(slots=True)
class KeptDocuments:
    """All of one job, in their order."""

    every: list[KeptDocument] = field(default_factory=list)

    @property
    def to_print(self) -> list[KeptDocument]:
        """Those whose octets are here."""
        return [one for one in self.every if one.octets]

    @property
    def first(self) -> bytes:
        """The octets of the first that is to be printed; none where there is none."""
        return next((one.octets for one in self.every if one.octets), b"")

    def add(self, name: str, document_format: str, octets: bytes) -> None:
        """One more."""
        self.every.append(KeptDocument(name, document_format, octets, len(octets)))

    def find(self, document_number: int) -> KeptDocument:
        """The one of that number."""
        if not 0 < document_number <= len(self.every):
            raise NotFound("This job has no document of that number.")
        return self.every[document_number - 1]

    def drop(self) -> None:
        """Nothing of them is kept but what they were."""
        for one in self.every:
            one.octets = b""

    def copy(self) -> KeptDocuments:
        """The same for another job, without what was cancelled."""
        return KeptDocuments([replace(one) for one in self.to_print])

    def shown(self, job: Job, *, complete: bool) -> list[Document]:
        """As IPP shows them; ``complete``: no more will come."""
        return [
            Document(
                document_number=number,
                document_name=one.name or job.job_name,
                document_format=one.document_format,
                document_state=DocumentState.CANCELED
                if one.cancelled
                else _STATES.get(job.job_state, DocumentState.PENDING),
                document_state_reason="canceled-by-user" if one.cancelled else "none",
                k_octets=-(-one.size // 1024),
                impressions=one.pages,
                last_document=complete and number == len(self.every),
            )
            for number, one in enumerate(self.every, 1)
        ]
