"""Frames, messages and tickets of transfers: what comes ends in messages or in a fault, however it is cut. ``make fuzz F=relay``.

The first octet chooses: frames of either end, run through the states; a ticket; or a job's description.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.relay.wire import end_of, headers_of, job_of, problem
from presswork.agent.spool.moves import check_described
from presswork.core.errors import Fault, Invalid
from presswork.protocols.relay.framing import Chunk, FrameKind, chunk_head, frame, parse_frame
from presswork.protocols.relay.messages import FROM_HOLDER, FROM_RECEIVER, Declined, Ended, Offer, decode
from presswork.protocols.relay.states import CHUNK, HOLDER_SAYS, RECEIVER_SAYS, OutOfTurn, Seat, Stage, Turns
from presswork.protocols.ticket import Ticket, TicketKind, TicketRefused, open_ticket, sign_ticket

LONGEST = 4_096
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
_ID = "01970000-0000-7000-8000-000000000001"
TICKET = Ticket(
    ticket_id=UUID(_ID),
    kind=TicketKind.RELAY,
    tenant_id=UUID(_ID),
    job_id=UUID(_ID),
    sender_id=UUID(_ID),
    receiver_id=UUID(_ID),
    digest="0" * 64,
    fence=1,
    not_after=datetime(2026, 1, 2, tzinfo=UTC),
)
TEXT = sign_ticket(TICKET, KEY)
HEADER = "iVBXUw0KGgoBAQABAAAAAAAAAAAAAAAAAAAAAAAHbm9uY2VzIQAAAA=="
OFFER = (
    f'{{"message":"offer","ticket":"t","job":{{"job_id":"{_ID}","queue_id":"{_ID}","account":"ada","owner_proof":"peer",'
    f'"name":"Letter","created_at":"2026-01-02T00:00:00Z","attributes":"AgAAAAAAAAAC",'
    f'"documents":[{{"number":1,"document_format":"application/pdf","size":70000,"header":"{HEADER}"}}]}}}}'
).encode()
HELD = (
    f'{{"job_id":"{_ID}","version":4,"queue_id":"{_ID}","account":"ada","owner_proof":"peer","user_id":"{_ID}","name":"Letter",'
    f'"created_at":"2026-01-02T00:00:00Z","documents":[{{"document_format":"application/pdf","size":70000}}],'
    f'"timeline":[{{"sequence":1,"at":"2026-01-02T00:00:00Z","event":"received","values":{{"account":"ada","computer":"c"}}}}]}}'
).encode()
OFFER_TO_KEEP = OFFER[:-1] + b',"held":' + HELD + b"}"
MESSAGES = [
    b'{"message":"hello"}',
    OFFER,
    OFFER_TO_KEEP,
    OFFER[:-1] + b',"gone":true}',
    b'{"message":"cancel","ticket":"t"}',
    b'{"message":"commit","ticket":"t","secret":"' + b"0a" * 32 + b'"}',
    b'{"message":"go","keys":[{"number":1,"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]}',
    b'{"message":"withdrawn"}',
    b'{"message":"pages","pages":3}',
    b'{"message":"end-seen"}',
    b'{"message":"declined","refusal":"not-taken","event":"ticket-not-taken","values":{"attributes":"sides"}}',
    b'{"message":"ask-go","device_job_id":7}',
    b'{"message":"at","number":1,"chunk":0}',
    b'{"message":"progress","octets":5}',
    b'{"message":"says","text":"out of paper"}',
    b'{"message":"taken"}',
    b'{"message":"ended","outcome":"printed","event":"printed"}',
    b'{"message":"canceled","done":true}',
    b'{"message":"committed","done":true}',
]
FRAMES = [
    *(frame(FrameKind.MESSAGE, one) for one in MESSAGES),
    chunk_head(1, 0, 20) + bytes(20),
    frame(FrameKind.ALIVE),
]
WORDS = [
    *(one.partition(b",")[0].rstrip(b"}") for one in MESSAGES),
    *(
        b'"%s":' % name
        for name in (b"held", b"gone", b"secret", b"keys", b"values", b"timeline", b"documents", b"header")
    ),
]
_NUMBER = re.compile("[0-9]+")
_REPLIES = {
    Seat.RECEIVER: {"offer": "ask-go", "go": "at", "cancel": "canceled", "commit": "committed", "alive": "ended"},
    Seat.HOLDER: {"hello": "offer", "ask-go": "go", "alive": "withdrawn", "ended": "end-seen"},
}
"""What an end says to what it hears: so that the later stages are reached."""


def notice(feature: str) -> None:
    """Told of what a message comes to; ``run.py`` makes it coverage: most of that happens inside pydantic."""


def check(data: bytes) -> None:
    """What must hold of any octets."""
    if not data:
        return
    match data[0] % 4:
        case 0:
            assert _frames(data[1:], 1 << 20, Seat.RECEIVER) == _frames(data[1:], 7, Seat.RECEIVER)
        case 1:
            _frames(data[1:], 1 << 20, Seat.HOLDER)
        case 2:
            _ticket(data[1:])
        case _:
            _offer(data[1:])


def _frames(data: bytes, piece: int, seat: Seat) -> list[str]:
    """What the octets say, cut into pieces of that length; the last word is why it ended."""
    said: list[str] = []
    turns, buffer = Turns(seat), bytearray()
    try:
        for start in range(0, len(data), piece):
            buffer += data[start : start + piece]
            while (found := parse_frame(memoryview(bytes(buffer)))) is not None:
                content, length = found
                assert 0 < length <= len(buffer)
                said += _one(content, turns, seat)
                del buffer[:length]
    except Invalid as fault:
        notice(f"{seat} {turns.stage} {_NUMBER.sub('', fault.sentence)[:80]}")
        notice(f"~{fault.sentence}")
        return [*said, type(fault).__name__]
    return said


def _one(content: bytes | Chunk | None, turns: Turns, seat: Seat) -> list[str]:
    if content is None:
        return ["alive", *_replied("alive", turns, seat)]
    if isinstance(content, Chunk):
        name = CHUNK
    else:
        message = decode(content, FROM_HOLDER) if seat is Seat.RECEIVER else decode(content, FROM_RECEIVER)
        if message is None:
            return ["unknown"]
        name = message.message
        if isinstance(message, Declined):
            assert isinstance(problem(message), Exception)
        if isinstance(message, Ended):
            assert end_of(message).event is message.event
    before = turns.stage
    try:
        turns.heard(name)
    except OutOfTurn:
        assert turns.stage is before
        raise
    notice(f"{seat} {before} {name}")
    assert before is not Stage.OVER or name == "hello", "something counted after the end"
    return [name, *_replied(name, turns, seat)]


def _replied(heard: str, turns: Turns, seat: Seat) -> list[str]:
    name = _REPLIES[seat].get(heard, "")
    if heard == "hello":
        turns.said("hello")
    table = HOLDER_SAYS if seat is Seat.HOLDER else RECEIVER_SAYS
    if name not in table[turns.stage]:
        return []
    turns.said(name)
    return [f"says {name}", turns.stage]


def _ticket(data: bytes) -> None:
    """Only what was signed opens."""
    text = data.decode("latin-1")
    try:
        found = open_ticket(text, KEY.public_key())
    except TicketRefused:
        return
    assert found == TICKET


@contextmanager
def _noticed() -> Iterator[None]:
    """Faults of ours may come out, and nothing else."""
    try:
        yield
    except Fault as fault:
        notice(f"{type(fault).__name__} {fault.sentence.partition('(')[0]}")
        notice(f"~{fault.sentence}")


def _offer(data: bytes) -> None:
    """A job's description becomes a job, or a fault; and so does all of a job that is to be kept."""
    with _noticed():
        offer = decode(data, FROM_HOLDER)
        if not isinstance(offer, Offer):
            return
        with _noticed():
            headers_of(offer.job, "0" * 64)
        if offer.held is not None:
            with _noticed():
                check_described(offer.held)
            assert all(one.sentence() for one in offer.held.timeline)
        assert job_of(offer.job).name == offer.job.name


def seeds() -> dict[str, bytes]:
    """Good ones, from which to begin."""
    hello, alive, chunk = FRAMES[0], FRAMES[-1], FRAMES[-2]
    told = {
        one.partition(b'"message":"')[2].partition(b'"')[0].decode(): octets
        for one, octets in zip(MESSAGES, FRAMES, strict=False)
    }

    def said(*names: str) -> bytes:
        return hello + b"".join({"chunk": chunk, "alive": alive}.get(name) or told[name] for name in names)

    named = {f"frame {n}": bytes((n % 2,)) + one for n, one in enumerate(FRAMES)}
    return {
        "holder": b"\0" + said("offer", "pages", "go", "chunk", "chunk", "alive", "chunk", "end-seen"),
        "holder that cannot go on": b"\0" + said("offer", "go", "chunk", "withdrawn", "alive", "end-seen"),
        "holder that withdraws": b"\0" + said("offer", "withdrawn"),
        "holder that cancels": b"\0" + said("cancel"),
        "holder that commits": b"\0" + said("commit"),
        "receiver": b"\1" + said("ask-go", "at", "progress", "says", "taken", "ended"),
        "receiver that declines": b"\1" + said("declined"),
        "ticket": b"\2" + TEXT.encode(),
        "offer": b"\3" + OFFER,
        "offer to keep": b"\3" + OFFER_TO_KEEP,
    } | named


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Half of the time a frame more, somewhere; else any octets."""
    dice = random.Random(seed)
    if dice.random() < 0.5 or data[:1] in b"\2\3":
        return plain(data, size)
    at = dice.randrange(len(data) + 1)
    return (data[:at] + dice.choice(FRAMES) + data[at + dice.randrange(3) :])[:size]
