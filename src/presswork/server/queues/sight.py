"""Who sees a queue, and where it stands: the one decision, from facts. What a computer is to have and the answer to
"why does this person (not) see this printer?" both come from here.

A queue that names groups is for their people only; one that names networks is seen on those only; one that names
nobody is for everybody, everywhere. A queue that is seen stands on a computer by itself, or where one of its people
added it. An account nobody signed in for is in no group and adds nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Because(StrEnum):
    """Why a queue is seen or not, and stands or not."""

    EVERYBODY = "everybody"
    IN_GROUP = "in-group"
    """``subjects``: the groups of the queue that the person is in."""
    IN_NO_GROUP = "in-no-group"
    """``subjects``: the groups the queue is for."""
    NOBODY_SIGNED_IN = "nobody-signed-in"
    """``subjects`` likewise: it is for groups, and who is at the account is not known."""
    EVERYWHERE = "everywhere"
    ON_NETWORK = "on-network"
    """``subjects``: the networks of the queue that the computer is on."""
    ON_NO_NETWORK = "on-no-network"
    """``subjects``: the networks the queue is for."""
    AUTOMATIC = "automatic"
    ADDED = "added"
    NOT_ADDED = "not-added"


_AGAINST = frozenset({Because.IN_NO_GROUP, Because.NOBODY_SIGNED_IN, Because.ON_NO_NETWORK})


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of the decision, and what it is about."""

    because: Because
    subjects: frozenset[UUID] = frozenset()

    @property
    def against(self) -> bool:
        """Whether it is why something is not so."""
        return self.because in _AGAINST or self.because is Because.NOT_ADDED


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """What of a queue decides."""

    queue_id: UUID
    automatic: bool
    groups: frozenset[UUID] = frozenset()
    """Empty: for everybody."""
    networks: frozenset[UUID] = frozenset()
    """Empty: everywhere."""


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What of a person decides."""

    user_id: UUID
    groups: frozenset[UUID] = frozenset()
    """All they are in, also through other groups."""
    added: frozenset[UUID] = frozenset()
    """The queues they asked for."""


@dataclass(frozen=True, slots=True)
class ComputerFacts:
    """What of a computer decides: where it is, and whose its accounts are."""

    networks: frozenset[UUID] = frozenset()
    people: Mapping[str, PersonFacts] = field(default_factory=dict)
    """By account."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How one person at one computer stands to one queue."""

    visible: bool
    """Whether they may print there."""
    stands: bool
    """Whether the queue is on the computer because of them."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A queue that a computer is to have."""

    queue_id: UUID
    accounts: tuple[str, ...] | None
    """The accounts that may print there; None: every account."""


def sight(queue: QueueFacts, person: PersonFacts | None, networks: frozenset[UUID]) -> Sight:
    """Does this person (None: an account nobody signed in for) see the queue on a computer on these networks?"""
    who, where = _who(queue, person), _where(queue, networks)
    visible = not who.against and not where.against
    if not visible:
        return Sight(visible=False, stands=False, reasons=(who, where))
    how = _how(queue, person)
    return Sight(visible=True, stands=not how.against, reasons=(who, where, how))


def standing(queue: QueueFacts, computer: ComputerFacts) -> Standing | None:
    """Whether the queue stands on the computer, and for whom."""
    anybody = sight(queue, None, computer.networks)
    each = {account: sight(queue, person, computer.networks) for account, person in computer.people.items()}
    if not anybody.stands and not any(one.stands for one in each.values()):
        return None
    accounts = None if anybody.visible else tuple(sorted(account for account, one in each.items() if one.visible))
    return Standing(queue.queue_id, accounts)


def default_queue(defaults: Sequence[UUID], there: Iterable[UUID]) -> UUID | None:
    """The first of the wished defaults (in the order of their networks' names) that stands on the computer."""
    standing_there = frozenset(there)
    return next((queue_id for queue_id in defaults if queue_id in standing_there), None)


def _who(queue: QueueFacts, person: PersonFacts | None) -> Reason:
    if not queue.groups:
        return Reason(Because.EVERYBODY)
    if person is None:
        return Reason(Because.NOBODY_SIGNED_IN, queue.groups)
    shared = queue.groups & person.groups
    return Reason(Because.IN_GROUP, shared) if shared else Reason(Because.IN_NO_GROUP, queue.groups)


def _where(queue: QueueFacts, networks: frozenset[UUID]) -> Reason:
    if not queue.networks:
        return Reason(Because.EVERYWHERE)
    shared = queue.networks & networks
    return Reason(Because.ON_NETWORK, shared) if shared else Reason(Because.ON_NO_NETWORK, queue.networks)


def _how(queue: QueueFacts, person: PersonFacts | None) -> Reason:
    if queue.automatic:
        return Reason(Because.AUTOMATIC)
    added = person is not None and queue.queue_id in person.added
    return Reason(Because.ADDED if added else Because.NOT_ADDED)
