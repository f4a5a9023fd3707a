"""Why does this person (not) see this printer? Answered by the code that decides what computers are to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from presswork.server.computers import list_account_bindings, networks_of_computer
from presswork.server.identity import find_user, group_names
from presswork.server.networks import network_names
from presswork.server.platform.database import Session, scoped
from presswork.server.printers import Printer, get_printer
from presswork.server.queues.facts import people_facts, queue_facts
from presswork.server.queues.models import Queue
from presswork.server.queues.sight import Because, Reason, Sight, sight
from presswork.server.tenants import Principal, Role

QUEUES_LIMIT = 50
COMPUTERS_LIMIT = 20


@dataclass(frozen=True, slots=True)
class AtComputer:
    """How it is at one of the person's computers."""

    computer: str
    account: str
    networks: tuple[str, ...]
    sight: Sight


@dataclass(frozen=True, slots=True)
class OfQueue:
    """How it is with one queue that leads to the printer."""

    queue: Queue
    computers: tuple[AtComputer, ...]
    """Empty: the person has signed in at no computer; then ``sight`` is for a computer on no known network."""
    sight: Sight

    @property
    def seen(self) -> bool:
        """Whether the queue stands on at least one of the person's computers."""
        return any(one.sight.stands for one in self.computers)


@dataclass(frozen=True, slots=True)
class Answer:
    """All that decides whether a person sees a printer."""

    person: str
    disabled: bool
    printer: Printer
    queues: tuple[OfQueue, ...]
    """Those that print there, and those that print anywhere."""
    names: Mapping[UUID, str]
    """Of the groups and networks that the reasons are about."""

    @property
    def seen(self) -> bool:
        """Whether the person finds a queue to this printer on one of their computers."""
        return not self.disabled and any(queue.seen for queue in self.queues)


async def why(session: Session, principal: Principal, *, email: str, printer_id: UUID) -> Answer:
    """The queues that lead to the printer, and for each of the person's computers why it is there or not. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    user = await find_user(session, principal, email)
    printer = await get_printer(session, principal, printer_id)
    queues = await _leading_to(session, principal, printer)
    person = (await people_facts(session, principal.tenant_id, {user.id}))[user.id]
    decided = await queue_facts(session, principal.tenant_id, queues)
    bound = [
        (one.computer_name, one.account, await networks_of_computer(session, principal.tenant_id, one.computer_id))
        for one in (await list_account_bindings(session, principal, user_id=user.id))[:COMPUTERS_LIMIT]
    ]
    nowhere: frozenset[UUID] = frozenset()
    places = await network_names(session, principal.tenant_id, nowhere.union(*(found for _, _, found in bound)))
    answers = tuple(
        OfQueue(
            queue,
            tuple(
                AtComputer(
                    name,
                    account,
                    tuple(sorted(places[network] for network in found if network in places)),
                    sight(decided[queue.id], person, found),
                )
                for name, account, found in bound
            ),
            sight(decided[queue.id], person, nowhere),
        )
        for queue in queues
    )
    subjects = {subject for one in decided.values() for subject in (*one.groups, *one.networks)}
    names = {**await group_names(session, principal.tenant_id, subjects)}
    names |= await network_names(session, principal.tenant_id, subjects)
    return Answer(user.display_name, user.disabled, printer, answers, names)


def sentence(reason: Reason, names: Mapping[UUID, str]) -> str:
    """A reason as people read it."""
    listed = ", ".join(sorted(names.get(subject, "one that is gone") for subject in reason.subjects))
    return _SENTENCES[reason.because].replace("{subjects}", listed)


_SENTENCES = {
    Because.EVERYBODY: "The queue is for everybody.",
    Because.IN_GROUP: "The person is in a group the queue is for: {subjects}.",
    Because.IN_NO_GROUP: "The person is in none of the groups the queue is for: {subjects}.",
    Because.NOBODY_SIGNED_IN: "Nobody signed in for the account, and the queue is for groups: {subjects}.",
    Because.EVERYWHERE: "The queue is seen on every network.",
    Because.ON_NETWORK: "The computer is on a network the queue is shown on: {subjects}.",
    Because.ON_NO_NETWORK: "The computer is on none of the networks the queue is shown on: {subjects}.",
    Because.AUTOMATIC: "The queue comes by itself.",
    Because.ADDED: "The person added the queue.",
    Because.NOT_ADDED: "The queue comes only to those who add it, and the person has not.",
}


async def _leading_to(session: Session, principal: Principal, printer: Printer) -> Sequence[Queue]:
    """Its own queues first, then those that print anywhere."""
    own = scoped(Queue, principal).where(Queue.printer_id == printer.id).order_by(Queue.name).limit(QUEUES_LIMIT)
    anywhere = scoped(Queue, principal).where(Queue.printer_id.is_(None)).order_by(Queue.name).limit(QUEUES_LIMIT)
    return [*await session.scalars(own), *await session.scalars(anywhere)][:QUEUES_LIMIT]
