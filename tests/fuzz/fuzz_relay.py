"""Frames, messages and tickets of transfers: what comes ends in messages or in a fault, however it is cut. ``make fuzz F=relay``.

The first octet chooses: frames of either end, run through the states; a ticket; or a job's description.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.relay.wire import headers_of, job_of, problem
from presswork.core.errors import Fault, Invalid
from presswork.protocols.relay.framing import Chunk, FrameKind, chunk_head, frame, parse_frame
from presswork.protocols.relay.messages import FROM_HOLDER, FROM_RECEIVER, Declined, Offer, decode
from presswork.protocols.relay.states import CHUNK, OutOfTurn, Seat, Turns
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
MESSAGES = [
    b'{"message":"hello"}',
    OFFER,
    b'{"message":"cancel","ticket":"t"}',
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
]
FRAMES = [
    *(frame(FrameKind.MESSAGE, one) for one in MESSAGES),
    chunk_head(1, 0, 20) + bytes(20),
    frame(FrameKind.ALIVE),
]


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
        return [*said, type(fault).__name__]
    return said


def _one(content: bytes | Chunk | None, turns: Turns, seat: Seat) -> list[str]:
    if content is None:
        return ["alive"]
    if isinstance(content, Chunk):
        name = CHUNK
    else:
        message = decode(content, FROM_HOLDER) if seat is Seat.RECEIVER else decode(content, FROM_RECEIVER)
        if message is None:
            return ["unknown"]
        name = message.message
        if isinstance(message, Declined):
            assert isinstance(problem(message), Exception)
    before = turns.stage
    try:
        turns.heard(name)
    except OutOfTurn:
        assert turns.stage is before
        raise
    return [name]


def _ticket(data: bytes) -> None:
    """Only what was signed opens."""
    text = data.decode("latin-1")
    try:
        found = open_ticket(text, KEY.public_key())
    except TicketRefused:
        return
    assert found == TICKET


def _offer(data: bytes) -> None:
    """A job's description becomes a job, or a fault."""
    try:
        offer = decode(data, FROM_HOLDER)
        if isinstance(offer, Offer):
            headers_of(offer.job, "0" * 64)
    except Fault:
        pass
    try:
        if isinstance(offer := decode(data, FROM_HOLDER), Offer):
            assert job_of(offer.job).name == offer.job.name
    except Fault:
        return


def seeds() -> dict[str, bytes]:
    """Good ones, from which to begin."""
    whole = b"".join(FRAMES[n] for n in (0, 1, 3, 5, 15, 6))
    back = b"".join(FRAMES[n] for n in (0, 8, 9, 10, 11, 12, 13))
    named = {f"frame {n}": bytes((n % 2,)) + one for n, one in enumerate(FRAMES)}
    return {
        "holder": b"\0" + whole,
        "receiver": b"\1" + back,
        "ticket": b"\2" + TEXT.encode(),
        "offer": b"\3" + OFFER,
    } | named


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Half of the time a frame more, somewhere; else any octets."""
    dice = random.Random(seed)
    if dice.random() < 0.5 or data[:1] in b"\2\3":
        return plain(data, size)
    at = dice.randrange(len(data) + 1)
    return (data[:at] + dice.choice(FRAMES) + data[at + dice.randrange(3) :])[:size]
