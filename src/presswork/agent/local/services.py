"""What the operations need of the rest of the agent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from presswork.agent.desired import Desired
from presswork.agent.discovery import Neighbours
from presswork.agent.spool import Spool
from presswork.agent.spool.job import Job, JobTicket
from presswork.core.clock import Clock
from presswork.protocols.control.agent import AccountSignInStarted, PrintersFound
from presswork.protocols.control.route import JobWish, WishTaken
from presswork.protocols.control.words import PrinterSpec, QueueSpec
from presswork.protocols.route import Plan


class Server(Protocol):
    """The server as the link knows it."""

    enrolled: bool
    reachable: bool

    def sync_soon(self) -> None:
        """Ask for news now."""
        ...

    def server_now(self) -> datetime:
        """The server's time of day."""
        ...

    async def find_printers(self, account: str, text: str) -> PrintersFound:
        """The printers this account's person may mean. Raises ``ServerUnreachable``."""
        ...

    async def wish(self, wish: JobWish) -> WishTaken:
        """Have the holder of a job do what its owner wants. Raises ``ServerUnreachable``, ``ServerRefused``."""
        ...

    async def start_sign_in(self, account: str) -> AccountSignInStarted:
        """Begin a sign-in for an account."""
        ...


class Submit(Protocol):
    """The one way a document becomes a job; the intake's."""

    async def __call__(
        self,
        queue: QueueSpec,
        account: str,
        document: AsyncIterator[bytes],
        *,
        name: str,
        ticket: JobTicket,
        document_format: str,
    ) -> Job:
        """Durable when it returns; the job waits or goes to its printer as the queue says."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Given to every operation."""

    spool: Spool
    desired: Desired
    server: Server
    submit: Submit
    octets_sent: Callable[[UUID], int | None]
    """How much of a job's document the printer has taken, while it is being sent."""
    cancel: Callable[[UUID], Awaitable[None]]
    """Have the printer give up a job it is being sent; nothing happens to any other. Raises as ``Delivery.cancel``."""
    neighbours: Neighbours
    foresee: Callable[[Job, PrinterSpec], Awaitable[Plan]]
    """By which routes a job would be tried to reach that printer now."""
    clock: Clock
