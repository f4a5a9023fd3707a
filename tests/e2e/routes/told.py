"""What a job's timeline says of its route."""

from __future__ import annotations

from e2e.routes.situations import Why
from presswork.protocols.control.route import RouteKind
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.spool_files import FoundJob


def route_of(job: FoundJob) -> RouteKind | None:
    """The one it took; None where it took none yet."""
    if not {JobEvent.SENDING, JobEvent.HANDED_TO_QUEUE} & {*job.events}:
        return None
    return "direct"


def why_not(job: FoundJob) -> list[Why]:
    """The others, each with the reason."""
    return []
