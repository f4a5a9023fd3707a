"""One network as one agent sees it: what a datagram, or the passing of time, makes of what is known, and what is to be sent.

A beacon is dropped at the first thing that is wrong with it, the cheapest first; a signature is verified only within a
budget. A good beacon of somebody who is not known at that address since that boot leads to one thing: a challenge. Only its
answer makes a peer. Then the counters of that boot must grow.
"""

from __future__ import annotations

import math
from ipaddress import ip_address
from uuid import UUID

from presswork.protocols.discovery.bearer import Bearer, Sending
from presswork.protocols.discovery.budgets import Budget, Budgets
from presswork.protocols.discovery.choice import Network
from presswork.protocols.discovery.entry import Entry, EntryRefused, open_entry, read_entry
from presswork.protocols.discovery.packets import (
    NONCE_SIZE,
    Address,
    Answer,
    Beacon,
    Challenge,
    Kind,
    answer_is_signed,
    beacon_is_signed,
    kind_of,
    read_answer,
    read_beacon,
    read_challenge,
    write_answer,
    write_challenge,
)
from presswork.protocols.discovery.schedule import Randomness, Schedule, interval
from presswork.protocols.discovery.tables import PATIENCE, Asked, Census, Heard, Peer, Peers, Question

VERIFIED = (60.0, 120.0)
"""Beacons and answers of strangers whose signatures are verified: a second, and at once."""
ANSWERED = (40.0, 80.0)
CHALLENGED = (10.0, 20.0)
AT_ONCE = 10
"""Where no more are heard than these, each asks at once."""
CHALLENGED_AMONG = 50
"""With more computers than these on the LAN, each asks the more slowly: together some 500 a second, after the first 20 of each."""
_LOOK_AGAIN = 5.0
"""Seconds at most between two looks for those that are gone."""


class Segment:
    """A network of this computer. ``now`` is in seconds that never go back, ``server_time`` in seconds since 1970."""

    def __init__(
        self, bearer: Bearer, network: Network, address: Address, *, now: float, randomness: Randomness
    ) -> None:
        """``address`` is the one that this computer sends from, in ``network``."""
        self.network = network
        self.address = address
        self.peers = Peers()
        self.census = Census()
        self.dropped = 0
        """Datagrams that were of no use."""
        self.proven: UUID | None = None
        """Who proved by the last datagram that it is here, or here again."""
        self._bearer = bearer
        self._randomness = randomness
        self._schedule = Schedule(now, randomness)
        self._asked = Asked()
        self._verified = Budgets(*VERIFIED)
        self._answers = Budgets(*ANSWERED)
        self._challenges = Budget(*CHALLENGED)
        self._looked = now

    def receive(self, octets: bytes, source: tuple[str, int], *, now: float, server_time: int) -> list[Sending]:
        """A datagram arrived on this network. What is wrong with it has no other consequence than ``dropped``."""
        self.proven = None
        kind = kind_of(octets)
        address = None if kind is None else self._neighbour(source[0])
        if kind is None or address is None or not 0 < source[1] < 65536:
            self.dropped += 1
            return []
        match kind:
            case Kind.BEACON:
                sent = self._beacon(octets, address, source[1], now, server_time)
            case Kind.CHALLENGE:
                sent = self._challenge(read_challenge(octets), address, source[1], now)
            case Kind.ANSWER:
                sent = self._answer(octets, read_answer(octets), address, source[1], now)
        if sent is None:
            self.dropped += 1
            return []
        return sent

    def tick(self, now: float, server_time: int) -> list[Sending]:
        """What is to be sent now. Call it at ``due`` at the latest."""
        if now - self._looked >= _LOOK_AGAIN:
            self._looked = now
            self.census.forget(now)
            self.peers.forget(now, len(self.census), server_time)
        sending: list[Sending] = []
        if now >= self._asked.next_due:
            sending += [one for question in self._asked.due(now) for one in self._ask_again(question, now)]
            self._asked.look_again(now)
        heard = len(self.census)
        if self._bearer.entry and self._schedule.is_due(now, heard):
            seconds = math.ceil(interval(heard))
            sending.append(Sending(self._bearer.beacon(seconds, solicit=self._schedule.solicits)))
            self._schedule.sent(now, heard)
        return sending

    @property
    def due(self) -> float:
        """When to call ``tick`` again, if nothing arrives."""
        beacon = self._schedule.due if self._bearer.entry else math.inf
        return min(beacon, self._looked + _LOOK_AGAIN, self._asked.next_due)

    def _neighbour(self, host: str) -> Address | None:
        try:
            address = ip_address(host)
        except ValueError:  # such as one with a zone: nobody answers from there in an approved network
            return None
        return address if address in self.network else None

    def _beacon(self, octets: bytes, address: Address, port: int, now: float, server_time: int) -> list[Sending] | None:
        beacon = read_beacon(octets)
        entry = self._acceptable(beacon, server_time)
        if entry is None:
            return None
        peer, heard = self.peers.get((entry.computer_id, address)), self.census.get(entry.computer_id)
        last = peer if peer is not None and peer.boot == beacon.boot else heard
        if last is not None and last.boot == beacon.boot and beacon.counter <= last.counter:
            return None
        if not (self._verified.take(address, now) if peer is None else peer.verified.take(now)):
            return None
        if not self._is_signed(octets, beacon, heard):
            return None
        if peer is not None and peer is last:
            peer.heard_again(entry, beacon, now)
            self.peers.put(peer)
        self._count(entry, beacon, heard, now)
        if beacon.solicit and self.peers.would_keep(self._bearer.computer_id, self._bearer.roles):
            self._schedule.solicited(now, len(self.census))
        return [] if peer is not None and peer is last else self._doubt(entry, beacon, address, port, now)

    def _acceptable(self, beacon: Beacon, server_time: int) -> Entry | None:
        """What the entry says, where it says that this may be one of ours; nobody has looked whether it is true."""
        try:
            entry = read_entry(beacon.entry)
        except EntryRefused:
            return None
        ours = entry.tenant_id == self._bearer.tenant_id and entry.computer_id != self._bearer.computer_id
        return entry if ours and entry.until >= server_time else None

    def _is_signed(self, octets: bytes, beacon: Beacon, heard: Heard | None) -> bool:
        if heard is None or heard.entry_octets != beacon.entry:
            try:
                open_entry(beacon.entry, self._bearer.ticket_key)
            except EntryRefused:
                return False
        return beacon_is_signed(octets, read_entry(beacon.entry).public_key)

    def _count(self, entry: Entry, beacon: Beacon, heard: Heard | None, now: float) -> None:
        """A boot that answered is not displaced by one that was only heard: that may be an old one, repeated."""
        if heard is not None and heard.boot != beacon.boot and self.peers.has(entry.computer_id, heard.boot):
            return
        self.census.put(Heard(entry, beacon.entry, beacon.boot, beacon.counter, beacon.interval, now))

    def _doubt(self, entry: Entry, beacon: Beacon, address: Address, port: int, now: float) -> list[Sending]:
        """Somebody new, or one who says that they are: ask."""
        if not self.peers.would_keep(entry.computer_id, entry.roles):
            return []
        place = (entry.computer_id, address)
        asked = self._asked.about(place)
        if asked is not None and asked.challenge.boot == beacon.boot:
            asked.beacon, asked.entry, asked.port = beacon, entry, port
            return []
        challenge = Challenge(entry.computer_id, beacon.boot, self._randomness(NONCE_SIZE), address)
        question = Question(challenge, entry, beacon, address, port, now + self._spread())
        return self._ask(question, now) if self._asked.put(question) and question.due <= now else []

    def _ask_again(self, question: Question, now: float) -> list[Sending]:
        """Others that are worth more may have come meanwhile."""
        if self.peers.would_keep(question.entry.computer_id, question.entry.roles):
            return self._ask(question, now)
        self._asked.drop(question)
        return []

    def _ask(self, question: Question, now: float) -> list[Sending]:
        """Where the budget is used up it waits; it counts as asked only when it was."""
        question.due = now + PATIENCE + self._spread()
        if not self._challenges.take(now, min(max(1.0, len(self.census) / CHALLENGED_AMONG), CHALLENGED[1])):
            return []
        question.tries += 1
        return [Sending(write_challenge(question.challenge), (question.address, question.port))]

    def _spread(self) -> float:
        """Where many heard the same beacon, they do not all ask in the same moment: no more than it may answer."""
        share = int.from_bytes(self._randomness(4), "big") / 2**32
        return share * len(self.census) / ANSWERED[0] if len(self.census) > AT_ONCE else 0.0

    def _challenge(self, challenge: Challenge, address: Address, port: int, now: float) -> list[Sending] | None:
        bearer = self._bearer
        if (
            challenge.computer_id != bearer.computer_id
            or challenge.boot != bearer.boot
            or challenge.address != self.address
            or not self._answers.take(address, now)
        ):
            return None
        return [Sending(write_answer(challenge, bearer.counter, bearer.key), (address, port))]

    def _answer(self, octets: bytes, answer: Answer, address: Address, port: int, now: float) -> list[Sending] | None:
        question = self._asked.get(answer.nonce)
        if question is None or (question.address, question.port) != (address, port):
            return None
        if not self._verified.take(address, now):
            return None
        if not answer_is_signed(octets, question.challenge, question.entry.public_key):
            return None
        self._asked.drop(question)
        self._know(question, answer, now)
        return []

    def _know(self, question: Question, answer: Answer, now: float) -> None:
        """It is here, since that boot: what was known of another boot is over."""
        entry, beacon = question.entry, question.beacon
        self.proven = entry.computer_id
        counter = max(beacon.counter, answer.counter)
        self.peers.drop_others(entry.computer_id, beacon.boot)
        self.peers.put(Peer(entry, question.address, question.port, beacon, now, counter=counter))
        self.census.put(Heard(entry, beacon.entry, beacon.boot, counter, beacon.interval, now))
