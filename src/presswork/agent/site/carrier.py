"""What a hand-over needs of the way to the other computer."""

from __future__ import annotations

from typing import Protocol

from presswork.agent.spool.job import Job, Move
from presswork.protocols.control.held import HeldJob


class Carrier(Protocol):
    """Speaks with the next holder."""

    async def stage(self, move: Move, job: Job, held: HeldJob) -> None:
        """The job is there, whole and durably, and not that computer's yet. May be repeated.

        Raises ``Unavailable`` where the computer does not answer or has no room; another ``Fault`` where it does not take
        this job.
        """
        ...

    async def commit(self, move: Move) -> bool:
        """Whether it is that computer's from now on; False: it is not, and never will be by this move. May be repeated.

        Raises a ``Fault`` where that is not known.
        """
        ...
