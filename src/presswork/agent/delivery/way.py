"""What a URI scheme must be able to do, and how it says what happened.

Up to the mark everything may be tried again, so there a way raises: ``PrinterUnreachable``, ``Distrusted``, ``NotNow``,
``NotTaken``, ``Overtaken``. Past it nothing is tried again, so from there on a way answers: an ``End``, or the id of the job at
the device, to be followed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from presswork.agent.spool.job import Job, Outcome
from presswork.core.errors import Fault
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent


class NotNow(Exception):
    """The printer is busy or takes no jobs at the moment; it accepted nothing. ``event`` says so to the owner."""

    def __init__(self, event: JobEvent = JobEvent.PRINTER_BUSY) -> None:
        super().__init__(event)
        self.event = event


class NotTaken(Exception):
    """This printer will never take this job as it is: the job waits for its owner, who is told by ``event``."""

    def __init__(self, event: JobEvent, **values: str) -> None:
        super().__init__(event)
        self.event = event
        self.values = values


class Overtaken(Exception):
    """The job was deleted, held or released elsewhere before the mark; nothing was sent."""


@dataclass(frozen=True, slots=True)
class End:
    """How a delivery ended."""

    outcome: Outcome
    event: JobEvent
    message: str = ""
    impressions: int | None = None
    values: tuple[tuple[str, str], ...] = ()
    """What else the event's sentence names."""

    @classmethod
    def not_printed(cls, message: str) -> End:
        """Certainly nothing came out; ``message`` completes "Not printed: …"."""
        return cls(Outcome.NOT_PRINTED, JobEvent.NOT_PRINTED, message)

    @classmethod
    def handed_over(cls, queue: str, computer: str, user: str, host_job: int) -> End:
        """A queue of that computer's operating system has it, as a job of ``user`` there."""
        values = (("queue", queue), ("computer", computer), ("user", user), ("host_job", str(host_job)))
        return cls(Outcome.HANDED_OVER, JobEvent.HANDED_TO_QUEUE, values=values)

    @classmethod
    def unknown(cls, event: JobEvent) -> End:
        """Nobody can say."""
        return cls(Outcome.UNKNOWN, event)


@dataclass(frozen=True, slots=True)
class News:
    """What a device says of a job it has."""

    state: JobState
    """``processing`` or ``processing-stopped``."""
    message: str
    """What keeps it from coming out; empty for nothing."""


Tell = Callable[[News], Awaitable[None]]
Watch = Callable[[Tell], Awaitable[End]]


@dataclass(frozen=True, slots=True)
class Taken:
    """All of the document was sent; the device knows it under this id."""

    device_job_id: int
    answered: bool = True
    """Whether the device said that it has all of it."""
    age: float = 0.0
    """Seconds since the mark when following begins."""
    device_uri: str = ""
    """The address that took it, of a printer with several."""


@dataclass(frozen=True, slots=True)
class Watched:
    """All of the document was sent to somebody that names no jobs, and ``watch`` looks on."""

    watch: Watch
    answered: bool = False
    """Whether the device said that it has all of it."""
    alone: bool = True
    """Whether nothing else may go there meanwhile: False of a job another computer watches."""
    drop: Callable[[], None] = lambda: None
    """To be called by whoever got this, when the watch is over or will never begin: nothing is kept for it any more."""


Delivered = Taken | Watched | End
"""How far a document has come."""


Mark = Callable[[int | None], Awaitable[None]]
"""Write the mark, durably, with the job's id at the device where there is one. Raises ``Overtaken``."""


SEVERAL_DOCUMENTS: Final = "several documents in one job"
"""What a printer cannot do that takes one document a job, in a person's words."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the documents of a job."""

    document_format: str
    size: int
    """Octets."""
    read: Callable[[], AsyncIterator[bytes | memoryview]]


@dataclass(frozen=True, slots=True)
class Errand:
    """One job on its way: all that a way needs to know of it."""

    job: Job
    read: Callable[[], AsyncIterator[bytes | memoryview]]
    mark: Mark
    sent: Callable[[int], None]
    """To be told how many octets the printer has taken."""
    tell: Tell
    """To be told what keeps the printer from taking more, past the mark."""
    pages: Callable[[], Awaitable[int | None]]
    """The document's pages, once they are counted; None where nobody can say."""
    by: Callable[[str, str], None]
    """To be told the scheme of the address that is tried, and that of a better one which did not answer, or nothing."""

    documents: tuple[Part, ...] = ()
    """All of the job, where it has several; only IPP can keep them together."""
    routed: Callable[[Mapping[str, str]], None] = lambda values: None
    """To be told by which route it is tried now, and why not by others (``route_words.values_of``)."""


def unreadable(fault: Fault) -> str:
    """Why a document that was accepted cannot be sent."""
    return f"the document on this computer can no longer be read ({fault.code})"


class Way(Protocol):
    """One way to one printer."""

    async def deliver(self, errand: Errand) -> Delivered:
        """Bring the document there: look, mark, send."""
        ...

    async def follow(self, taken: Taken, tell: Tell) -> End:
        """Watch the job at the device until it is over, however long that takes within the deadlines.

        A device that did not answer may lack a part of the document.
        """
        ...

    async def cancel(self, device_job_id: int) -> None:
        """Ask the device to give the job up. Raises ``NotPossible`` where it does not, or cannot be asked."""
        ...
