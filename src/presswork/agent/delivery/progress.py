"""How much of a document a printer has taken, while it is being sent. In memory only."""

from __future__ import annotations

from uuid import UUID


class Progress:
    """Shared with whoever shows it to the person."""

    def __init__(self) -> None:
        self._octets: dict[UUID, int] = {}

    def octets_sent(self, job_id: UUID) -> int | None:
        """Octets of that job's document so far; None when it is not being delivered."""
        return self._octets.get(job_id)

    def sent(self, job_id: UUID, octets: int) -> None:
        """So many by now."""
        self._octets[job_id] = octets

    def over(self, job_id: UUID) -> None:
        """The delivery has ended."""
        self._octets.pop(job_id, None)
