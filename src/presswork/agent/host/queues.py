"""Queues of the operating system that are not Presswork's, and how a job is given to one: for the redirector."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from presswork.core.errors import NotFound
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.text import cleaned

MOST = 200
"""Queues that are told of one computer."""
QUEUE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,126}")
"""A name that a URI can hold (``QueueName``)."""


@dataclass(frozen=True, slots=True)
class HostJob:
    """A job for a queue of the operating system."""

    queue: str
    user: str
    """Whose job it is to be there."""
    title: str
    document_format: str
    """A media type."""
    attributes: tuple[Attribute, ...] = ()
    """Job Template attributes (RFC 8011 §5.2)."""


class HostQueues(Protocol):
    """The printing system as a place where jobs go.

    Each raises ``Unavailable`` where the printing system does not answer.
    """

    carries_job_tickets: bool
    """Whether a queue is asked for a job's attributes; otherwise it prints the document as it always does."""

    async def names(self) -> tuple[str, ...]:
        """Its queues that are not ours, by name, at most ``MOST``; a name that no URI can hold is left out."""
        ...

    async def look(self, job: HostJob) -> None:
        """Whether the queue would take this job now.

        Raises ``NotFound`` for a queue that is not there (or is ours), ``NotPossible`` for one that takes no jobs now,
        ``FormatNotSupported`` for a document it never takes, ``Forbidden`` where it takes none of this user.
        """
        ...

    async def submit(self, job: HostJob, document: AsyncIterator[bytes | memoryview]) -> int:
        """Give the job to the queue; its number there. What the printing system does not take whole, it drops.

        Raises what ``look`` raises, with nothing taken; ``Interrupted`` where it took the document, or some of it, and did
        not say that it has the job; and what ``document`` raises, with nothing taken.
        """
        ...


def no_such_queue(queue: str) -> NotFound:
    """``queue``: as it was asked for."""
    return NotFound(f"There is no queue {cleaned(queue, 127)} on this computer that jobs can be handed to.")
