"""The interface of an operating system, as the agent uses it. Linux has it; Windows has its queues, macOS nothing yet."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import IPv4Interface, IPv6Interface
from typing import Protocol
from uuid import UUID

from presswork.agent.host.queues import HostQueues
from presswork.core.errors import Fault
from presswork.protocols.control.words import NetworkHint, QueueSpec

SocketAddress = tuple[str, int] | tuple[str, int, int, int]
"""As ``socket.getsockname`` gives it for IPv4 and IPv6."""


@dataclass(frozen=True, slots=True)
class Peer:
    """The process at the other end of a connection, as the kernel knows it."""

    uid: int
    account: str
    socket: int
    """The kernel's number of its socket: another one is another peer."""


class Peers(Protocol):
    """Who is at the other end of a TCP connection within this computer.

    The kernel is asked for exactly this connection: both addresses, both ports, established. Look at accept, and
    confirm again before acting on what the connection said: a peer may have gone, and the port be somebody else's.
    """

    async def peer_of(self, sockname: SocketAddress, peername: SocketAddress) -> Peer:
        """Who connected from ``peername`` to ``sockname``. Raises ``NotSignedIn`` where the kernel cannot say."""
        ...

    def confirm(self, peer: Peer, sockname: SocketAddress, peername: SocketAddress) -> None:
        """Make sure that it is still the same peer, and still there. Raises ``NotSignedIn``."""
        ...


class SpoolerJobState(IntEnum):
    """``job-state`` of the printing system's job (RFC 8011 §5.3.7)."""

    PENDING = 3
    PENDING_HELD = 4
    PROCESSING = 5
    PROCESSING_STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


@dataclass(frozen=True, slots=True)
class SpoolerJob:
    """A job of the printing system in one of our queues."""

    queue: str
    job_id: int
    job_uuid: UUID
    """The same for every attempt to give us this job."""
    account: str
    """Who submitted it, proven to the printing system."""
    state: SpoolerJobState
    number_of_documents: int
    document_kept: bool
    """Whether the printing system still has the document, so that it could be restarted."""
    name: str = ""
    forgotten: bool = False
    """Whole, and nobody holds it; yet the printing system does not begin it, and never will by itself."""


IsSettled = Callable[[SpoolerJob], Awaitable[bool]]
"""Whether the agent needs nothing more of that job: it took its document durably, or refused it for good."""


class Spooler(Protocol):
    """The printing system, which hands jobs to the agent's local web server.

    Every method raises ``Unavailable`` where the printing system does not answer, and ``Forbidden`` where it does not
    let the agent administer queues.
    """

    async def account(self) -> str:
        """The account its senders run as: the only one that may name another owner of a job."""
        ...

    async def examine(self) -> tuple[Fault, ...]:
        """What stands in the way of proven owners and of queues; empty when all is well. For the doctor."""
        ...

    async def converge(self, queues: Collection[QueueSpec]) -> tuple[Fault, ...]:
        """Install exactly these queues of ours: add, change, remove; never touch a queue of others.

        One queue that fails does not keep the others from being installed; what failed is returned.
        """
        ...

    async def default_queue(self) -> str | None:
        """The computer's default destination; None where there is none."""
        ...

    async def set_default_queue(self, queue: str) -> None:
        """Make a queue of ours the computer's default destination. People's own defaults stay what they are."""
        ...

    async def job_being_sent(self, queue: str) -> SpoolerJob | None:
        """The job that the printing system is giving to that queue right now; None when there is none.

        It gives one at a time: a request that its account makes now is this job's. Raises ``Forbidden`` where the request
        could come by another way, on which owners are not proved.
        """
        ...

    async def purge(self, queue: str, job_uuid: UUID) -> None:
        """Remove a job the agent has durably taken, and its plain document, from the printing system.

        Waits (with a deadline) for the job to be over there: to cancel it sooner would cancel ours.
        """
        ...

    async def reconcile(self, is_settled: IsSettled) -> None:
        """Compare with the printing system's jobs: restart those it calls completed but whose document never came
        here, release those it forgot, remove those that are settled or canceled, and enable our queues that it stopped by
        itself.
        """
        ...


@dataclass(frozen=True, slots=True)
class LanAddress:
    """An address of this computer on a network that others are on, too."""

    index: int
    """Of the interface, in this computer."""
    interface: str
    address: IPv4Interface | IPv6Interface


class Place(Protocol):
    """Where this computer is, as far as it can tell by itself."""

    async def hints(self) -> tuple[NetworkHint, ...]:
        """One for each way out, at most 16, the most telling first. Raises ``Unavailable`` where the system does not say."""
        ...

    async def addresses(self) -> tuple[LanAddress, ...]:
        """Those of interfaces that are up; none of loopback, and none that is link-local. Raises ``Unavailable`` likewise."""
        ...

    async def changed(self) -> None:
        """Until an interface, an address or a route changed. Raises ``Unavailable`` where the system does not tell."""
        ...


@dataclass(frozen=True, slots=True)
class Host:
    """This computer's operating system."""

    peers: Peers
    spooler: Spooler
    place: Place
    queues: HostQueues
