"""What arrives at UDP 21337: entries of the roster, and the three datagrams. ``make fuzz F=discovery`` runs it.

Random octets never get past a signature, so most inputs are recipes: genuine datagrams of several computers, changed, repeated,
from other addresses, in any order. Who may be known in the end is worked out without the code under test: somebody is here
whose own answer to our own question came, as it was made, from where it was asked.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from uuid import UUID

from presswork.protocols.discovery.bearer import Bearer, Sending
from presswork.protocols.discovery.entry import CONTEXT, ENTRY_SIZE, EntryRefused, open_entry, sign_entry
from presswork.protocols.discovery.marks import MOST_MARKS, MOST_WAITING
from presswork.protocols.discovery.packets import (
    LONGEST as LONGEST_DATAGRAM,
)
from presswork.protocols.discovery.packets import (
    Challenge,
    Kind,
    kind_of,
    read_answer,
    read_beacon,
    read_challenge,
    write_answer,
    write_challenge,
)
from presswork.protocols.discovery.segment import Segment
from presswork.protocols.discovery.tables import MOST_ASKED, MOST_HEARD, MOST_PEERS
from presswork.testing.discovery import NETWORK, OTHER_TENANT, PORT, SERVER_TIME, TICKET_KEY, address_of, bearer_of

LONGEST = 600
WORDS = [b"PWD\x01\x01", b"PWD\x01\x02", b"PWD\x01\x03", b"PWR\x01", UUID(int=1001).bytes, bytes(10) + b"\xff\xff"]
STEP = 4
OTHERS = 6
OURS = address_of(1)


def notice(feature: str) -> None:
    """Told of what a step comes to; ``run.py`` makes it coverage: the code under test is small, its cases are not."""


@cache
def _beacon(number: int, boot: int, counter: int) -> bytes:
    bearer = _bearer(number, boot)
    bearer.counter = counter
    return bearer.beacon(30, solicit=counter % 2 == 0)


@cache
def _bearer(number: int, boot: int = 1) -> Bearer:
    """Some are as they should be; one of another tenant, one with a forged entry, one whose entry is over."""
    match number:
        case 5:
            return bearer_of(number, boot=boot, tenant=OTHER_TENANT)
        case 6:
            return bearer_of(number, boot=boot, ticket_key=bearer_of(99).key)
        case 7:
            return bearer_of(number, boot=boot, until=SERVER_TIME - 1)
        case _:
            return bearer_of(number, boot=boot)


def check(data: bytes) -> None:
    """What must hold of any octets, and of any recipe."""
    if data[:1] == b"\1":
        check_recipe(data[1:])
        return
    check_entry(data[1:])
    segment = _segment()
    check_datagram(segment, data[1:], "10.0.0.9", 0.0)
    assert len(segment.peers) == 0, "one is known that was not asked"
    assert len(segment.census) == 0 or data[1:] == _beacon(2, 1, 1), "one is counted that signed nothing"


def check_entry(octets: bytes) -> None:
    """It is an entry if it says what it says and the key signed it; then it is written the same again."""
    try:
        entry = open_entry(octets, TICKET_KEY.public_key())
    except EntryRefused:
        return
    assert len(octets) == ENTRY_SIZE
    fields = octets[:-64]
    assert octets[-64:] == TICKET_KEY.sign(CONTEXT + fields)
    assert octets[-65] & ~3 or sign_entry(TICKET_KEY, entry) == octets


def check_datagram(segment: Segment, octets: bytes, source: str, now: float) -> list[Sending]:
    """One kind or none; and never more goes to anybody than came, but that one who asked may be asked back."""
    match kind_of(octets):
        case Kind.BEACON:
            read_beacon(octets)
        case Kind.CHALLENGE:
            read_challenge(octets)
        case Kind.ANSWER:
            read_answer(octets)
        case None:
            dropped = segment.dropped
            assert segment.receive(octets, (source, PORT), now=now, server_time=SERVER_TIME) == []
            assert segment.dropped == dropped + 1
            return []
    sent = segment.receive(octets, (source, PORT), now=now, server_time=SERVER_TIME)
    most = 2 if kind_of(octets) is Kind.CHALLENGE else 1
    assert sum(len(one.octets) for one in sent) <= most * len(octets)
    assert len(octets) <= LONGEST_DATAGRAM
    assert all(one.to is not None and str(one.to[0]) == source for one in sent)
    return sent


def _segment() -> Segment:
    return Segment(bearer_of(1), NETWORK, OURS, now=0.0, randomness=random.Random(1).randbytes)


def check_recipe(recipe: bytes) -> None:
    """Steps of four octets: what, of whom, from where, and a change."""
    segment, now = _segment(), 0.0
    asked: list[Challenge] = []
    answered: set[tuple[UUID, str]] = set()
    for at in range(0, len(recipe) - STEP + 1, STEP):
        what, who, where, change = recipe[at : at + STEP]
        number, boot = 2 + who % OTHERS, 1 + (who >> 6) % 2
        source = str(address_of(2 + where % OTHERS))
        octets = _made(what % 4, number, boot, where, asked)
        if change:
            octets = octets[: change % len(octets)] + bytes((change,)) + octets[change % len(octets) + 1 :]
        answer = next((one for one in asked if _is_answer(octets, one, source)), None)
        known = {(peer.entry.computer_id, str(peer.address)) for peer in segment.peers}
        dropped = segment.dropped
        sent = check_datagram(segment, octets, source, now)
        asked += _questions(sent)
        if answer is not None:
            answered.add((answer.computer_id, source))
        here = {(peer.entry.computer_id, str(peer.address)) for peer in segment.peers}
        assert here - known <= answered, "one is known that did not answer"
        assert all(peer.entry.tenant_id == segment._bearer.tenant_id for peer in segment.peers)
        notice(
            f"{what % 4} {number} {boot} {source} {len(sent)} {segment.dropped - dropped} {len(here)} {len(here - known)}"
        )
        now += (what >> 2) / 8
        asked += _questions(segment.tick(now, SERVER_TIME))
        assert len(segment.peers) <= MOST_PEERS
        assert len(segment.census) <= MOST_HEARD
        assert len(segment._asked) <= MOST_ASKED
        assert len(segment._marks) <= MOST_MARKS
        assert len(segment._waiting) <= 2 * MOST_WAITING
        assert segment.due >= now - 10


def _made(what: int, number: int, boot: int, octet: int, asked: list[Challenge]) -> bytes:
    if what == 0 or (what == 1 and not asked):
        return _beacon(number, boot, octet >> 3)
    if what == 1:
        question = asked[-1 - octet % min(len(asked), 3)]
        return _answer(question)
    if what == 2:
        return write_challenge(Challenge(UUID(int=1001), (1).to_bytes(8, "big"), bytes(16), OURS))
    return _beacon(1, 1, octet)


def _answer(question: Challenge) -> bytes:
    number = question.computer_id.int - 1000
    return write_answer(question, 3, _bearer(number, int.from_bytes(question.boot, "big")).key)


def _is_answer(octets: bytes, question: Challenge, source: str) -> bool:
    return str(question.address) == source and kind_of(octets) is Kind.ANSWER and octets == _answer(question)


def _questions(sent: list[Sending]) -> list[Challenge]:
    return [read_challenge(one.octets) for one in sent if kind_of(one.octets) is Kind.CHALLENGE]


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Another recipe: a step more, less, elsewhere or repeated; now and then any octets."""
    dice = random.Random(seed)
    if data[:1] != b"\1" or dice.random() < 0.2:
        return plain(data, size)
    steps = [data[at : at + STEP] for at in range(1, len(data) - STEP + 1, STEP)]
    at = dice.randrange(len(steps) + 1)
    match dice.randrange(4):
        case 0:
            del steps[at : at + 1]
        case 1 if steps:
            steps.insert(at, dice.choice(steps))
        case 2:
            dice.shuffle(steps)
        case _:
            change = 0 if dice.random() < 0.8 else dice.randrange(256)
            steps.insert(at, bytes((dice.randrange(64), dice.randrange(256), dice.randrange(256), change)))
    return (b"\1" + b"".join(steps))[:size]


def seeds() -> dict[str, bytes]:
    """Each datagram as it is, an entry, and recipes by which somebody becomes known."""
    question = Challenge(UUID(int=1001), (1).to_bytes(8, "big"), bytes(16), OURS)
    known = b"\0\0\0\0\1\0\0\0"
    return {
        "beacon": b"\0" + _beacon(2, 1, 1),
        "foreign": b"\0" + _beacon(5, 1, 1),
        "forged": b"\0" + _beacon(6, 1, 1),
        "challenge": b"\0" + write_challenge(question),
        "answer": b"\0" + write_answer(question, 1, bearer_of(2).key),
        "entry": b"\0" + bearer_of(2).entry,
        "known": b"\1" + known,
        "replayed": b"\1" + known + b"\0\0\0\0\0\0\1\0\0\0\x10\0",
        "started_anew": b"\1" + known + b"\0\x40\x08\0\1\0\0\0\0\0\x18\0",
        "questioned": b"\1\2\0\0\0\3\0\0\0" + known,
        "others": b"\1" + b"".join(bytes((0, number, number, 0, 1, 0, number, 0)) for number in range(OTHERS)),
    }
