"""What a person wants of their document, said at the computer where it came in: by now another one may hold it.

The agent of that computer vouches for the account, as it does when it reports a job. Who the account is, the server knows itself;
whose the document is, too. So a computer can order nothing but what its own people may, of what came in at it.
"""

from __future__ import annotations

from uuid import UUID

from presswork.core.errors import Forbidden, NotFound
from presswork.protocols.control.route import JobWish, WishTaken
from presswork.protocols.control.words import AccountBinding
from presswork.server.audit import Actor
from presswork.server.computers import AgentPrincipal, bindings_of_computer, computers_by_id
from presswork.server.jobs.models import Job
from presswork.server.jobs.orders import order_deletion, order_release
from presswork.server.platform.database import Session, scoped
from presswork.server.printers import printers_by_id


async def take_wish(session: Session, agent: AgentPrincipal, wish: JobWish) -> WishTaken:
    """Order it of the job's holder, whoever that is by now.

    ``Forbidden`` where nobody is signed in for the account; ``NotFound`` for a printer that is not there, and for every job but
    one of this person that came in at this computer from that account; else as ``release_job`` and ``delete_job``. A person at
    the computer does not see what became of the job elsewhere, so one that was sent there is not released again.
    """
    person = await _person(session, agent, wish.account)
    job = await _job(session, agent, person, wish.job_id)
    by = Actor(agent.tenant_id, "user", person.user_id, person.person, agent.address)
    if wish.kind == "delete":
        order_id = await order_deletion(session, job, by, person.user_id)
    else:
        ids = [] if wish.printer_id is None else [wish.printer_id]
        printer = next(iter(await printers_by_id(session, agent, ids)), None)
        if printer is None:
            raise NotFound("There is no such printer.")
        order_id = await order_release(session, job, printer, by, person.user_id, again=False)
    holder = (await computers_by_id(session, agent.tenant_id, {job.computer_id})).get(job.computer_id)
    return WishTaken(order_id=order_id, computer="" if holder is None else holder.name)


async def _person(session: Session, agent: AgentPrincipal, account: str) -> AccountBinding:
    bindings = await bindings_of_computer(session, agent.tenant_id, agent.computer_id)
    found = next((one for one in bindings if one.account == account), None)
    if found is None:
        raise Forbidden("Nobody has signed in for this account on this computer. Run: presswork sign-in")
    return found


async def _job(session: Session, agent: AgentPrincipal, person: AccountBinding, job_id: UUID) -> Job:
    job = await session.scalar(scoped(Job, agent).where(Job.id == job_id).with_for_update())
    came_in_here = job is not None and (job.origin_id or job.computer_id) == agent.computer_id
    if job is None or not came_in_here or (job.account, job.user_id) != (person.account, person.user_id):
        raise NotFound("There is no such document, or it is not yours.")
    return job
