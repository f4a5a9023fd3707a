"""Jobs as the client is told of them, and how it names them."""

from __future__ import annotations

import re
from uuid import UUID

from presswork.agent.local.services import Services
from presswork.agent.spool.job import Job, Phase
from presswork.agent.spool.queries import report_of
from presswork.core.errors import Conflict, NotFound
from presswork.protocols.control.client import JobView
from presswork.protocols.control.timeline import TimelineEntry

_PART_OF_ID = re.compile(r"[0-9a-f-]{4,36}")
_SEARCHED = 1000
"""A part of an id is looked for among so many of the account's newest jobs."""


def view_of(services: Services, job: Job, timeline: tuple[TimelineEntry, ...] = (), *, last: bool = True) -> JobView:
    """A job with the names of its queue and printer, as far as they are still known."""
    queue = services.desired.queue_by_id(job.queue_id)
    printer = None if job.printer_id is None else services.desired.printer(job.printer_id)
    offered = None if queue is None or queue.printer_id is None else services.desired.printer(queue.printer_id)
    return JobView(
        last=last,
        job=report_of(job, ()),
        queue="" if queue is None else queue.name,
        printer="" if printer is None else printer.name,
        offered="" if offered is None else offered.name,
        asks=offered is not None and queue is not None and queue.ask and job.phase is Phase.HELD,
        progress=services.octets_sent(job.id),
        elsewhere="" if job.move is None else job.move.peer.name,
        timeline=timeline,
    )


async def own_job(services: Services, account: str, named: str) -> Job:
    """The account's own job with that id, or with an id that begins or ends so.

    Raises ``NotFound``, also for another's, and ``Conflict`` when it could be several.
    """
    part = named.strip().lower()
    try:
        job = await services.spool.get(UUID(part))
    except ValueError:
        return await _by_part(services, account, part)
    if not job.is_of(account):
        raise _none_such()
    return job


async def _by_part(services: Services, account: str, part: str) -> Job:
    if _PART_OF_ID.fullmatch(part) is None:
        raise _none_such()
    newest = await services.spool.list(account=account, limit=_SEARCHED)
    found = [job for job in newest if str(job.id).startswith(part) or str(job.id).endswith(part)]
    if not found:
        raise _none_such()
    if len(found) > 1:
        raise Conflict("More than one of your documents has an id like this. Give more of it.")
    return found[0]


def _none_such() -> NotFound:
    return NotFound("You have no such document on this computer. presswork jobs lists those you have.")
