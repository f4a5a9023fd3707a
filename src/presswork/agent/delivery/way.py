"""What a URI scheme must be able to do, and how it says what happened.

Up to the mark everything may be tried again, so there a way raises: ``PrinterUnreachable``, ``Distrusted``, ``NotNow``,
``NotTaken``, ``Overtaken``. Past it nothing is tried again, so from there on a way answers: an ``End``, or the id of the job at
the device, to be followed.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from presswork.agent.spool.job import Job, Outcome
from presswork.core.errors import Fault
from presswork.printer.job import JobState
from presswork.protocols.control.timeline import JobEvent


class NotNow(Exception):
    """The printer is busy or takes no jobs at the moment; it accepted nothing."""


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

    @classmethod
    def not_printed(cls, message: str) -> End:
        """Certainly nothing came out; ``message`` completes "Not printed: …"."""
        return cls(Outcome.NOT_PRINTED, JobEvent.NOT_PRINTED, message)

    @classmethod
    def unknown(cls, event: JobEvent) -> End:
        """Nobody can say."""
        return cls(Outcome.UNKNOWN, event)


@dataclass(frozen=True, slots=True)
class Taken:
    """All of the document was sent; the device knows it under this id."""

    device_job_id: int
    answered: bool = True
    """Whether the device said that it has all of it."""
    age: float = 0.0
    """Seconds since the mark when following begins."""


@dataclass(frozen=True, slots=True)
class News:
    """What a device says of a job it has."""

    state: JobState
    """``processing`` or ``processing-stopped``."""
    message: str
    """What keeps it from coming out; empty for nothing."""


Mark = Callable[[int | None], Awaitable[None]]
"""Write the mark, durably, with the job's id at the device where there is one. Raises ``Overtaken``."""
Tell = Callable[[News], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Errand:
    """One job on its way: all that a way needs to know of it."""

    job: Job
    read: Callable[[], AsyncIterator[bytes]]
    mark: Mark
    sent: Callable[[int], None]
    """To be told how many octets the printer has taken."""


def unreadable(fault: Fault) -> str:
    """Why a document that was accepted cannot be sent."""
    return f"the document on this computer can no longer be read ({fault.code})"


class Way(Protocol):
    """One way to one printer."""

    async def deliver(self, errand: Errand) -> Taken | End:
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
