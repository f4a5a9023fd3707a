"""What a job's timeline says of its route."""

from __future__ import annotations

from typing import cast

from e2e.routes.situations import Why
from presswork.protocols.control.route import RouteKind, RouteReason
from presswork.protocols.control.route_words import not_taken
from presswork.protocols.control.timeline import JobEvent
from presswork.testing.spool_files import FoundJob


def route_of(job: FoundJob) -> RouteKind | None:
    """The one it took; None where it took none."""
    if not {JobEvent.SENDING, JobEvent.HANDED_TO_QUEUE} & {*job.events}:
        return None
    named = [entry.values["route"] for entry in job.timeline if "route" in entry.values]
    return cast(RouteKind, named[-1] if named else "direct")


def carrier_of(job: FoundJob) -> str:
    """The computer it went through; empty of the direct route."""
    named = [entry.values.get("computer", "") for entry in job.timeline if "route" in entry.values]
    return named[-1] if named else ""


def why_not(job: FoundJob) -> set[Why]:
    """The others, each with the reason."""
    return {
        (cast(RouteKind, one.kind), cast(RouteReason, one.reason))
        for entry in job.timeline
        for one in not_taken(entry.values)
    }
