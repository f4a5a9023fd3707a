"""One network as one agent sees it: what a datagram, or the passing of time, makes of what is known, and what is to be sent.

A beacon is dropped at the first thing that is wrong with it, the cheapest first; a signature is verified only within a
budget. A good beacon of somebody who is not known at that address since that boot leads to one thing: a challenge, by those that
are new here, and by ``ASKERS`` of the others. Only its answer makes a peer, and only then it counts that it asked who is here.
Whoever is new challenges everybody they hear; those who did not challenge them then do it. Boots and counters must grow.
"""

from __future__ import annotations

import math
from ipaddress import ip_address
from uuid import UUID

from presswork.protocols.discovery.bearer import Bearer, Sending
from presswork.protocols.discovery.budgets import Budget, Budgets
from presswork.protocols.discovery.choice import Network, first_of
from presswork.protocols.discovery.entry import Entry, EntryRefused, open_entry, read_entry
from presswork.protocols.discovery.marks import Door, Mark, Marks, Waiting
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
from presswork.protocols.discovery.tables import PATIENCE, TRIES, Asked, Census, Heard, Peer, Peers, Question

VERIFIED = (60.0, 120.0)
"""Beacons and answers of strangers whose signatures are verified: a second, and at once."""
ANSWERED = (40.0, 80.0)
CHALLENGED = (10.0, 20.0)
AT_ONCE = 40
"""Where no more are heard than these, each that is new asks at once."""
ASKERS = 3
"""Of those that know each other, so many challenge one that is new."""
NEW = 2
"""Intervals for which an agent is new: everybody's beacon came once by then."""
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
        self._marks = Marks()
        self._waiting = Waiting()
        self._verified = Budgets(*VERIFIED)
        self._answers = Budgets(*ANSWERED)
        self._challenges = Budget(*CHALLENGED)
        self._looked = now
        self._new_since = now

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
        sending: list[Sending] = []
        if now - self._looked >= _LOOK_AGAIN:
            self._looked = now
            sending += self._look(now, server_time)
        if now >= self._asked.next_due:
            sending += [one for question in self._asked.due(now) for one in self._ask_again(question, now)]
            self._asked.look_again(now)
        heard = len(self.census)
        if not heard or not self._bearer.entry:
            self._new_since = now
        if self._bearer.entry and self._schedule.is_due(now, heard):
            seconds = math.ceil(interval(heard))
            sending.append(Sending(self._bearer.beacon(seconds, solicit=self._schedule.solicits)))
            self._schedule.sent(now, heard)
        return sending

    def _look(self, now: float, server_time: int) -> list[Sending]:
        """For those that are gone. Beacons are lost now and then: who answers is here."""
        self._marks.forget(server_time)
        self.census.forget(now)
        heard = len(self.census)
        self.peers.forget(now, heard, server_time)
        silent = [peer for peer in self.peers.silent(now, heard) if self._asked.about(peer.place) is None]
        return [one for peer in silent for one in self._question(peer.entry, peer.beacon, peer.door, now)]

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
        peer = self.peers.get((entry.computer_id, address))
        if peer is not None and peer.boot != beacon.boot:
            peer = None
        if (beacon.boot, beacon.counter) <= self._latest(peer, entry):
            return None
        if not (self._verified.take(address, now) if peer is None else peer.verified.take(now)):
            return None
        if not self._is_signed(octets, beacon, self.census.get(entry.computer_id)):
            return None
        mark = self._marks.heard(entry, beacon.boot, beacon.counter)
        if now >= mark.again:
            self.census.put(Heard(entry, beacon.entry, beacon.interval, now))
        if peer is None:
            return self._doubt(entry, beacon, mark, (address, port), now)
        peer.heard_again(entry, beacon, now)
        self.peers.put(peer)
        if beacon.solicit and self._is_kept:
            self._schedule.solicited(now, len(self.census))
        return []

    def _latest(self, peer: Peer | None, entry: Entry) -> tuple[bytes, int]:
        """What a beacon has to be above: what came from that very address, where it is known, since datagrams overtake each other."""
        if peer is not None:
            return peer.boot, peer.counter
        mark = self._marks.get(entry)
        return (b"", 0) if mark is None else mark.latest

    @property
    def _is_kept(self) -> bool:
        """Whether others keep this computer, as far as it can see."""
        return self.peers.would_keep(self._bearer.computer_id, self._bearer.roles)

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

    def _doubt(self, entry: Entry, beacon: Beacon, mark: Mark, door: Door, now: float) -> list[Sending]:
        """Somebody new, or one who says that they are: ask, or leave it to others."""
        if not self._is_wanted(entry, beacon, mark, now):
            return []
        asked = self._asked.about((entry.computer_id, door[0]))
        if asked is not None and asked.challenge.boot == beacon.boot:
            asked.beacon, asked.entry, asked.port = beacon, entry, door[1]
            return []
        if self._waiting.has_asked(door, now):
            return self._question(entry, beacon, door, now)
        if now >= mark.again and (self._is_new(now) or self._is_asker(entry, beacon)):
            return self._question(entry, beacon, door, now, unprompted=True)
        self._waiting.put(door, entry, beacon)
        return []

    def _is_wanted(self, entry: Entry, beacon: Beacon, mark: Mark, now: float) -> bool:
        """Whoever would be kept; and once those who would keep this computer, where one of both does not know the other yet."""
        if mark.latest[0] != beacon.boot:
            return False
        if self.peers.would_keep(entry.computer_id, entry.roles):
            return True
        return mark.proven != beacon.boot and (beacon.solicit or self._is_new(now)) and self._is_kept

    def _is_new(self, now: float) -> bool:
        """Nobody asks for one that does not know yet who is here."""
        return now - self._new_since < NEW * interval(len(self.census))

    def _is_asker(self, entry: Entry, beacon: Beacon) -> bool:
        """With each beacon others are. All come to the same, as far as they know the same ones."""
        if not self._is_kept:
            return False
        ours = self._bearer.computer_id
        chore = f"ask {entry.computer_id} {beacon.boot.hex()} {beacon.counter}"
        return ours in first_of(ASKERS, self.network, chore, {ours, *(peer.entry.computer_id for peer in self.peers)})

    def _question(
        self, entry: Entry, beacon: Beacon, door: Door, now: float, *, unprompted: bool = False
    ) -> list[Sending]:
        address, port = door
        challenge = Challenge(entry.computer_id, beacon.boot, self._randomness(NONCE_SIZE), address)
        due = now + self._spread(now) if unprompted else now
        question = Question(challenge, entry, beacon, address, port, due, unprompted)
        return self._ask(question, now) if self._asked.put(question) and question.due <= now else []

    def _ask_again(self, question: Question, now: float) -> list[Sending]:
        """Unless it was asked often enough; and others that are worth more may have come meanwhile."""
        mark = self._marks.get(question.entry)
        if question.tries >= TRIES:
            if question.unprompted:
                self._marks.in_vain(question.entry, now)
        elif mark is not None and self._is_wanted(question.entry, question.beacon, mark, now):
            return self._ask(question, now)
        self._asked.drop(question)
        return []

    def _ask(self, question: Question, now: float) -> list[Sending]:
        """Where the budget is used up it waits; it counts as asked only when it was."""
        question.due = now + PATIENCE + self._spread(now)
        if not self._challenges.take(now, min(max(1.0, len(self.census) / CHALLENGED_AMONG), CHALLENGED[1])):
            return []
        question.tries += 1
        return [Sending(write_challenge(question.challenge), (question.address, question.port))]

    def _spread(self, now: float) -> float:
        """Where many are new and heard the same beacon, they do not all ask in the same moment: no more than it may answer."""
        if not self._is_new(now) or len(self.census) <= AT_ONCE:
            return 0.0
        return int.from_bytes(self._randomness(4), "big") / 2**32 * len(self.census) / ANSWERED[0]

    def _challenge(self, challenge: Challenge, address: Address, port: int, now: float) -> list[Sending] | None:
        bearer = self._bearer
        if (
            challenge.computer_id != bearer.computer_id
            or challenge.boot != bearer.boot
            or challenge.address != self.address
            or not self._answers.take(address, now)
        ):
            return None
        answer = Sending(write_answer(challenge, bearer.counter, bearer.key), (address, port))
        return [answer, *self._ask_back((address, port), now)]

    def _ask_back(self, door: Door, now: float) -> list[Sending]:
        """One who asks does not know this computer: it may be new, and nobody asked it for us."""
        waiting = self._waiting.asked(door, now)
        if waiting is None:
            return []
        entry, beacon = waiting
        mark = self._marks.get(entry)
        if mark is None or not self._is_wanted(entry, beacon, mark, now):
            return []
        return self._question(entry, beacon, door, now)

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
        self._marks.answered(entry, beacon.boot, counter)
        self.census.put(Heard(entry, beacon.entry, beacon.interval, now))
        self.peers.drop_others(entry.computer_id, beacon.boot)
        self.peers.put(Peer(entry, question.address, question.port, beacon, now, counter=counter))
        if beacon.solicit and question.unprompted and self._is_kept:
            self._schedule.solicited(now, len(self.census), pass_on=not self._is_new(now))
