"""The administrator's first look: what needs a hand, and how much is printed."""

from __future__ import annotations

from datetime import timedelta

from starlette.responses import Response

from presswork.server import computers, jobs, printers, queues
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_PEOPLE = 5
_MONTH = timedelta(days=30)


async def show_overview(visit: Visit) -> Response:
    """Printers, computers, what waits, and pages."""
    async with visit.reading() as session:
        now = session.now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        places = await printers.list_printers(session, visit.person)
        found = await computers.list_computers(session, visit.person)
        ways = await queues.list_queues(session, visit.person)
        today = await jobs.count_by_person(session, visit.person, since=midnight)
        month = await jobs.count_by_person(session, visit.person, since=now - _MONTH)
    return visit.show(
        "overview.html",
        printers=places,
        troubled=[one for one in places if one.certificate_changed or one.reachable is False or one.state == "stopped"],
        unseen=sum(one.reachable is None for one in places),
        computers=found,
        online=sum(computer.online(now) for computer in found),
        queues=ways,
        pages_today=sum(person.pages for person in today),
        jobs_today=sum(person.jobs for person in today),
        people=month[:_PEOPLE],
    )


PAGES = (Page("/overview", show_overview, role=Role.ADMINISTRATOR, place="/overview"),)
