"""Looking back: who printed what, and who did what."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from presswork.server import audit, identity, jobs
from presswork.server.fronts.web.visit import Page, Visit
from presswork.server.tenants import Role

_AT_ONCE = 50
_PEOPLE = 200
ACTIONS = {
    "account.bound": "signed in a computer account at",
    "account.unbound": "forgot a computer account",
    "computer.duties-set": "changed the duties of the computer",
    "computer.enrolled": "joined",
    "computer.renewed": "renewed its certificate",
    "computer.revoked": "removed the computer",
    "device.left-out": "left out the device",
    "enrolment-code.created": "made a code to add a computer",
    "group.added": "added the group",
    "group.changed": "changed the group",
    "group.group-added": "put a group into the group",
    "group.group-removed": "took a group out of the group",
    "group.person-added": "put somebody into the group",
    "group.person-removed": "took somebody out of the group",
    "group.removed": "removed the group",
    "installation.set-up": "set up this installation",
    "job.deleted": "deleted a document",
    "job.released": "released a document",
    "network.added": "added the network",
    "network.changed": "changed the network",
    "network.default-set": "set the default queue of the network",
    "network.filed": "filed a place as the network",
    "network.mark-added": "added a mark of the network",
    "network.mark-removed": "removed a mark of the network",
    "network.removed": "removed the network",
    "printer.added": "added the printer",
    "printer.certificate-accepted": "accepted a new certificate of",
    "printer.certificate-pinned": "first saw the certificate of",
    "printer.changed": "changed the printer",
    "printer.moved": "found at another address",
    "printer.placed": "changed the network of the printer",
    "printer.removed": "removed the printer",
    "queue.added": "added the queue",
    "queue.asked-for": "asked for the queue",
    "queue.changed": "changed the queue",
    "queue.given-back": "gave back the queue",
    "queue.hidden-from-group": "hid from a group the queue",
    "queue.hidden-on-network": "hid on a network the queue",
    "queue.removed": "removed the queue",
    "queue.shown-on-network": "showed on a network the queue",
    "queue.shown-to-group": "showed to a group the queue",
    "redirector.inward-removed": "let legacy systems print no more over the redirector",
    "redirector.inward-set": "let legacy systems print over the redirector",
    "redirector.name-added": "named somebody on the redirector",
    "redirector.name-removed": "forgot somebody's name on the redirector",
    "redirector.naming-set": "changed what people are called on the redirector",
    "routes.carriers-set": "changed which computers may carry documents of others",
    "routes.changed": "changed which routes documents may take",
    "search.started": "searched for printers through",
    "search.stopped": "stopped a search for printers",
    "session.ended": "signed out",
    "session.refused": "was refused to sign in",
    "session.started": "signed in",
    "site.added": "added the site",
    "site.changed": "changed the site",
    "site.removed": "removed the site",
    "snmp.changed": "changed how printers are asked by SNMP",
    "user.changed": "changed the user",
    "user.created": "added the user",
    "user.password-changed": "changed their own password",
}
"""What is said of an action; the name of what it was done to follows, where it was done to something else."""
_OF_THEMSELVES = frozenset(
    {
        "installation.set-up",
        "routes.carriers-set",
        "routes.changed",
        "snmp.changed",
        "user.password-changed",
        "computer.enrolled",
        "computer.renewed",
    }
)


async def list_all_jobs(visit: Visit) -> Response:
    """Who printed what, newest first; of one person where one is chosen."""
    chosen = _id(visit, "person")
    async with visit.reading() as session:
        page = await jobs.list_jobs_of_tenant(
            session, visit.person, user_id=chosen, before=_id(visit, "before"), limit=_AT_ONCE
        )
        people = await identity.list_users(session, visit.person, limit=_PEOPLE)
    return visit.show("all_jobs.html", jobs=page.jobs, next=page.next, people=people, chosen=chosen)


async def list_audit(visit: Visit) -> Response:
    """Who did what, newest first."""
    async with visit.reading() as session:
        entries = await audit.list_entries(session, visit.person, before=_id(visit, "before"), limit=_AT_ONCE)
    return visit.show(
        "audit.html",
        entries=[(entry, _sentence(entry)) for entry in entries],
        next=entries[-1].id if len(entries) == _AT_ONCE else None,
    )


def _sentence(entry: audit.AuditEntry) -> str:
    said = ACTIONS.get(entry.action, entry.action)
    return said if entry.action in _OF_THEMSELVES or not entry.target_name else f"{said} {entry.target_name}"


def _id(visit: Visit, name: str) -> UUID | None:
    text = visit.request.query_params.get(name)
    return visit.id_in(text, field=name, sentence="There is no such page. Open the list again.") if text else None


PAGES = (
    Page("/all-jobs", list_all_jobs, role=Role.ADMINISTRATOR, place="/all-jobs"),
    Page("/audit", list_audit, role=Role.ADMINISTRATOR, place="/audit"),
)
