"""What becomes of a transfer that comes in: a ``Receiver`` for each kind of ticket, and the ``Transfer`` it works with.

    RELAY        sends it on to the printer in the ticket      agent/relay/onward.py
    REDIRECTOR   hands it to a queue of the operating system   agent/redirector
    HOLD         keeps it from now on                          agent/site

The transfer outlives its connection: one that breaks is opened again by the holder, and what waits for chunks waits on
until then, or until the grace is over.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from presswork.agent.delivery.way import End, News
from presswork.protocols.control.held import HeldJob
from presswork.protocols.relay.messages import JobOffer
from presswork.protocols.sealed.header import Header
from presswork.protocols.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Begun:
    """What is remembered, durably, of a transfer that had GO."""

    ticket: Ticket
    account: str
    begun_at: datetime
    device_job_id: int | None = None
    """The job's id at the device, or at the operating system's queue."""
    answered: bool = False
    """Whether the device said that it has all of it."""


class Transfer(Protocol):
    """A job that is coming in. All methods are for one task."""

    @property
    def ticket(self) -> Ticket:
        """Checked: of this installation, for this computer, from that sender, in time."""
        ...

    @property
    def job(self) -> JobOffer:
        """The job as its holder describes it: text of others. Its documents' headers fit the ticket's digest."""
        ...

    @property
    def held(self) -> HeldJob | None:
        """All of it, of a holder that hands it over; text of others."""
        ...

    @property
    def headers(self) -> Mapping[int, Header]:
        """The sealed header of each document, by its number; without recipients."""
        ...

    @property
    def keys(self) -> Mapping[int, bytes]:
        """The key of each document, by its number: empty until ``go`` has returned."""
        ...

    async def go(self, device_job_id: int | None = None, *, way: str = "", instead_of: str = "") -> None:
        """Ask the holder for its mark. When this returns, the mark is written there and ``Begun`` here; only then a first
        octet may go anywhere. At most once.

        ``way`` and ``instead_of``: as ``Errand.by``. Raises ``Overtaken`` where the holder withdrew the job, ``Interrupted``
        where it cannot be reached (then nothing may be sent).
        """
        ...

    def read(self, number: int) -> AsyncIterator[bytes | memoryview]:
        """The octets of that document in pieces of up to 512 KiB, each authentic and good until
        the next is asked for; whole only when the iteration ends by itself.

        After ``go``; each document once, in the order of the job. Reads on only as fast as it is asked. Raises
        ``Damaged`` for octets that are not the document's, ``Interrupted`` where the holder did not come back in time.
        """
        ...

    def sealed(self, number: int) -> AsyncIterator[bytes | memoryview]:
        """The same as it lies in the holder's spool, chunk by chunk and without the header; each was authenticated, too."""
        ...

    def sent(self, octets: int) -> None:
        """So many octets of the job are where they are to go; told to the holder now and then."""
        ...

    async def tell(self, news: News) -> None:
        """What the device says; told to the holder at once, or when it is back."""
        ...

    async def taken(self, device_job_id: int | None = None, *, answered: bool = False) -> None:
        """All of it was sent, and what follows is watching. Durable when it returns."""
        ...

    async def pages(self) -> int | None:
        """The job's pages, once the holder has counted them; None where it cannot say or does not answer in time."""
        ...


class Receiver(Protocol):
    """What is done with the transfers of one kind of ticket. Called for many at once."""

    async def receive(self, transfer: Transfer) -> End:
        """Carry it out, to its end.

        Before ``transfer.go`` it raises what ``Way.deliver`` raises: ``Unavailable``, ``Distrusted``, ``NotNow``,
        ``NotTaken``, or another ``Fault``; the holder is told, and may try somebody else. After it, it answers an ``End``;
        what is raised then counts as *unknown*.
        """
        ...

    async def after_restart(self, begun: Begun) -> End:
        """What became of a transfer that had GO and no end when this agent ended: never carry it out again."""
        ...

    async def cancel(self, begun: Begun) -> None:
        """Have a transfer that had GO given up; its end comes as ever. Raises ``NotPossible``, ``Unavailable``."""
        ...


@runtime_checkable
class Keeper(Receiver, Protocol):
    """Who keeps what it received, once its holder has committed."""

    async def commit(self, ticket: Ticket, secret: str) -> bool:
        """Whether the job of that ticket is this computer's from now on; False: it never will be by this ticket.

        Durable when it returns; the same however often it is asked. ``secret``: what the holder said with it, for the server.
        """
        ...
