"""What one agent knows of the others on a network. Every table is bounded; what counts is kept.

Census     who was heard with a good signature: how many there are
Asked      who was challenged and has not answered
Peers      who answered: they are here
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from presswork.protocols.discovery.budgets import Budget
from presswork.protocols.discovery.choice import rank_of
from presswork.protocols.discovery.entry import Entry, Role
from presswork.protocols.discovery.packets import Address, Beacon, Challenge
from presswork.protocols.discovery.schedule import GONE, LONGEST_INTERVAL, interval

MOST_PEERS = 128
MOST_ASKED = 128
MOST_HEARD = 4096
TRIES = 3
"""Challenges for one beacon."""
PATIENCE = 1.0
"""Seconds until a challenge is repeated."""
VERIFIED = (2.0, 4.0)
"""Beacons of one peer whose signatures are verified, a second and at once: a flood of strangers does not drown it."""
GRACE = 6.0
"""Seconds in which one that is silent may still answer: it is asked twice as often as one that is new, since beacons were lost."""
TOGETHER = 0.05
"""Seconds between two looks for questions that are due."""
Place = tuple[UUID, Address]
"""A computer at an address."""


def worth(computer_id: UUID, roles: Role) -> tuple[bool, bool, bytes]:
    """The lower, the rather it is kept: site nodes, redirectors, then the lowest ranks."""
    return Role.SITE_NODE not in roles, Role.REDIRECTOR not in roles, rank_of(computer_id)


def patience(said: int, usual: float) -> float:
    """Seconds without a beacon after which one is gone that said so many seconds, where so many are usual."""
    return GONE * max(min(said, LONGEST_INTERVAL), usual)


@dataclass(slots=True)
class Heard:
    """Somebody who signed a beacon, now or once: it may have been repeated by another."""

    entry: Entry
    entry_octets: bytes
    interval: int
    at: float


class Peer:
    """A computer that is here: it answered from this address since that boot."""

    __slots__ = (
        "address",
        "at",
        "beacon",
        "boot",
        "counter",
        "entry",
        "interval",
        "port",
        "redirector_port",
        "relay_port",
        "verified",
        "worth",
    )

    def __init__(self, entry: Entry, address: Address, port: int, beacon: Beacon, now: float, *, counter: int) -> None:
        """``counter`` is that of its last beacon when it answered."""
        self.address = address
        self.port = port
        self.boot = beacon.boot
        self.verified = Budget(*VERIFIED)
        self.heard_again(entry, beacon, now)
        self.counter = counter

    @property
    def place(self) -> Place:
        """Who is where."""
        return self.entry.computer_id, self.address

    @property
    def door(self) -> tuple[Address, int]:
        """Where its datagrams come from."""
        return self.address, self.port

    def heard_again(self, entry: Entry, beacon: Beacon, now: float) -> None:
        """A good beacon of the same boot."""
        self.entry = entry
        self.beacon = beacon
        self.counter = beacon.counter
        self.relay_port = beacon.relay_port
        self.redirector_port = beacon.redirector_port
        self.interval = beacon.interval
        self.at = now
        self.worth = worth(entry.computer_id, entry.roles)


@dataclass(slots=True)
class Question:
    """A challenge that is open, and the beacon that led to it."""

    challenge: Challenge
    entry: Entry
    beacon: Beacon
    address: Address
    port: int
    due: float
    """When it is asked, or asked again."""
    unprompted: bool = False
    """Whether nothing but a beacon led to it: it may have been recorded."""
    tries: int = 0


class Census:
    """Computers by their signatures."""

    def __init__(self) -> None:
        self._heard: dict[UUID, Heard] = {}

    def __len__(self) -> int:
        return len(self._heard)

    def get(self, computer_id: UUID) -> Heard | None:
        """What was heard of it last."""
        return self._heard.get(computer_id)

    def put(self, heard: Heard) -> None:
        """It was heard; where there are too many, another is not counted."""
        if heard.entry.computer_id in self._heard or len(self._heard) < MOST_HEARD:
            self._heard[heard.entry.computer_id] = heard

    def forget(self, now: float) -> None:
        """Those that are gone."""
        usual = interval(len(self._heard))
        gone = [one for one, heard in self._heard.items() if now - heard.at > patience(heard.interval, usual)]
        for one in gone:
            del self._heard[one]


class Peers:
    """Those that are here, at most ``MOST_PEERS``: the ones that are worth most."""

    def __init__(self) -> None:
        self._peers: dict[Place, Peer] = {}
        self._worst: Peer | None = None

    def __len__(self) -> int:
        return len(self._peers)

    def __iter__(self) -> Iterator[Peer]:
        return iter(self._peers.values())

    def get(self, place: Place) -> Peer | None:
        """Who is there."""
        return self._peers.get(place)

    def would_keep(self, computer_id: UUID, roles: Role) -> bool:
        """Whether there is room for it, or somebody worth less."""
        if len(self._peers) < MOST_PEERS:
            return True
        worst = self._least()
        return worst is None or worth(computer_id, roles) <= worst.worth

    def put(self, peer: Peer) -> None:
        """It is here; the one that is worth least gives way where there are too many."""
        self._peers[peer.entry.computer_id, peer.address] = peer
        self._worst = None
        if len(self._peers) > MOST_PEERS and (worst := self._least()) is not None:
            self._drop((worst,))

    def drop_others(self, computer_id: UUID, boot: bytes) -> None:
        """What is known of that computer since another boot."""
        self._drop(peer for peer in self if peer.entry.computer_id == computer_id and peer.boot != boot)

    def silent(self, now: float, heard: int) -> list[Peer]:
        """Those that were not heard for ``GONE`` intervals: gone, or their beacons were lost."""
        usual = interval(heard)
        return [peer for peer in self if now - peer.at > patience(peer.interval, usual)]

    def forget(self, now: float, heard: int, server_time: int) -> None:
        """Those that are silent and did not answer either, and those whose entry is over."""
        gone = self.silent(now - GRACE, heard)
        self._drop((*gone, *(peer for peer in self if peer.entry.until < server_time)))

    def _drop(self, gone: Iterable[Peer]) -> None:
        for peer in list(gone):
            self._peers.pop((peer.entry.computer_id, peer.address), None)
            self._worst = None

    def _least(self) -> Peer | None:
        if self._worst is None:
            self._worst = max(self, key=lambda peer: peer.worth, default=None)
        return self._worst


class Asked:
    """Open questions, at most ``MOST_ASKED``; by their nonce and by whom they are about."""

    def __init__(self) -> None:
        self.next_due = math.inf
        """When something is to be done, or before."""
        self._by_nonce: dict[bytes, Question] = {}
        self._by_place: dict[Place, Question] = {}

    def __len__(self) -> int:
        return len(self._by_nonce)

    def get(self, nonce: bytes) -> Question | None:
        """The question with that nonce."""
        return self._by_nonce.get(nonce)

    def about(self, place: Place) -> Question | None:
        """The question that is open about that one."""
        return self._by_place.get(place)

    def put(self, question: Question) -> bool:
        """Whether there is room for it."""
        place = (question.entry.computer_id, question.address)
        if place not in self._by_place and len(self._by_nonce) >= MOST_ASKED:
            return False
        self.drop(self._by_place.get(place))
        self._by_nonce[question.challenge.nonce] = self._by_place[place] = question
        self.next_due = min(self.next_due, question.due)
        return True

    def drop(self, question: Question | None) -> None:
        """It is answered, or nobody answers."""
        if question is not None:
            self._by_nonce.pop(question.challenge.nonce, None)
            self._by_place.pop((question.entry.computer_id, question.address), None)

    def due(self, now: float) -> list[Question]:
        """Those to be asked now or given up, the ones that are worth most first."""
        due = [question for question in self._by_nonce.values() if question.due <= now]
        due.sort(key=lambda question: worth(question.entry.computer_id, question.entry.roles))
        return due

    def look_again(self, now: float) -> None:
        """After those that were due were asked: ``next_due`` is of the others, or a moment later, so that some are asked at once."""
        earliest = min((question.due for question in self._by_nonce.values()), default=math.inf)
        self.next_due = max(earliest, now + TOGETHER)
