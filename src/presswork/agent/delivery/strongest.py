"""Several addresses of one printer: the strongest that answers takes the job.

The next one is tried only while the printer has accepted nothing, and only where the better one does not answer. A printer that shows
another certificate does answer: the job waits, for who can break a connection must not get the document in plain text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from presswork.agent.delivery.way import SEVERAL_DOCUMENTS, Delivered, End, Errand, NotTaken, Taken, Tell, Way
from presswork.core.errors import Invalid, NotPossible, PrinterUnreachable, Unavailable
from presswork.protocols.control.timeline import JobEvent

_FOLLOWED = ("ipps:", "ipp:")


class Strongest:
    """The addresses with their ways, strongest first."""

    def __init__(self, ways: tuple[tuple[str, Callable[[], Way]], ...]) -> None:
        self._ways = ways

    async def deliver(self, errand: Errand) -> Delivered:
        """See ``Way``. Raises what the last one raises where none answers."""
        problem: Unavailable | Invalid = PrinterUnreachable("This printer has no address.")
        silent = ""
        marked = False

        async def mark(device_job_id: int | None) -> None:
            nonlocal marked
            await errand.mark(device_job_id)
            marked = True

        for uri, make in self._for(errand):
            scheme = uri.partition(":")[0]
            errand.by(scheme, silent)
            try:
                delivered = await make().deliver(replace(errand, mark=mark))
            except (Unavailable, Invalid) as error:
                if marked:
                    raise
                problem, silent = error, silent or scheme
            else:
                return replace(delivered, device_uri=uri) if isinstance(delivered, Taken) else delivered
        raise problem

    def _for(self, errand: Errand) -> tuple[tuple[str, Callable[[], Way]], ...]:
        """Of a job with several documents only those that keep them together."""
        if not errand.documents:
            return self._ways
        ways = tuple(one for one in self._ways if one[0].startswith(_FOLLOWED))
        if not ways and self._ways:
            raise NotTaken(JobEvent.TICKET_NOT_TAKEN, attributes=SEVERAL_DOCUMENTS)
        return ways

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """See ``Way``: by the address that took the job; after a restart by the strongest that can be asked."""
        for _, make in self._followed(taken.device_uri):
            try:
                return await make().follow(taken, tell)
            except Invalid:
                continue
        return End.unknown(JobEvent.INTERRUPTED)

    async def cancel(self, device_job_id: int) -> None:
        """See ``Way``."""
        problem: Unavailable | Invalid | NotPossible = NotPossible(
            "This printer cannot be told to stop. Cancel the job at the printer."
        )
        for _, make in self._followed(""):
            try:
                return await make().cancel(device_job_id)
            except (Unavailable, Invalid) as error:
                problem = error
        raise problem

    def _followed(self, device_uri: str) -> tuple[tuple[str, Callable[[], Way]], ...]:
        return tuple(one for one in self._ways if one[0] == device_uri) or tuple(
            one for one in self._ways if one[0].startswith(_FOLLOWED)
        )
