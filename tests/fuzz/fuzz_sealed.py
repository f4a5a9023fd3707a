"""The sealed format: what is opened is what was sealed, or it is refused. ``make fuzz F=sealed`` runs it.

Random octets never get past the first tag, so most inputs are recipes: a header, then chunks that were really sealed,
taken from several documents, in any order, changed, cut or lengthened. What has to come out is known without the code
under test: a chunk counts if it stands, octet by octet, in the table of all chunks that were ever sealed here, under
that very header, number and last flag.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from presswork.protocols.sealed.faults import Damaged, KeyNotOurs, NotSealed
from presswork.protocols.sealed.header import CHUNK_SIZE, MAGIC, MAX_HEADER, Header, Recipient
from presswork.protocols.sealed.keys import unwrap_key, wrap_key
from presswork.protocols.sealed.layout import SEALED_CHUNK, Layout
from presswork.protocols.sealed.stream import Opener, Sealer, open_chunk

LONGEST = 600
WORDS = [MAGIC, b"\1\1\0\1\0\0", b"\0\1\0\0", b"\0\0\0\x10", b"\0\x28", b"\x10\0", b"\xff\xff"]
KEY = bytes(range(32))
KEY_ENCRYPTION_KEY = bytes(range(32, 64))
HEADERS = [
    Header(UUID(int=7), b"nonces!", (Recipient(1, b"ours", bytes(40)),)),
    Header(UUID(int=7), b"nonces?", (Recipient(1, b"ours", bytes(40)),)),
    Header(UUID(int=8), b"nonces!"),
]
SIZES = (0, 1, 100, CHUNK_SIZE - 1, CHUNK_SIZE)
TAG = 16
MOST_CHUNKS = 5
PIECES = (7, 41, 1 << 20)
LARGE_PIECES = (20_000, SEALED_CHUNK, SEALED_CHUNK + 1, 1 << 20)


def notice(feature: str) -> None:
    """Told of what recipes come to; ``run.py`` makes it coverage: the code under test is small, its cases are not."""


Sealed = tuple[int, int, bool, int]
"""A sealed chunk by header, number, last flag and which of ``SIZES``."""
_opened: dict[tuple[bytes, int, bool, bytes], bytes] = {}


@cache
def sealed_chunk(chunk: Sealed) -> bytes:
    """A chunk as docs/reference/sealed.md describes it."""
    which, number, last, size = chunk
    fixed = HEADERS[which].fixed
    plain = bytes((which * 16 + number,)) * SIZES[size]
    nonce = fixed[30:37] + number.to_bytes(4, "big") + bytes((last,))
    octets = AESGCM(KEY).encrypt(nonce, plain, sha256(fixed).digest())
    _opened[sha256(fixed).digest(), number, last, sha256(octets).digest()] = plain
    return octets


def _chunk_of(octet: int, other: int) -> Sealed:
    return octet % len(HEADERS), octet // 3 % 4, bool(octet & 0x40), other % len(SIZES)


for _which in range(len(HEADERS)):
    for _number in range(4):
        for _last in (False, True):
            for _size in range(len(SIZES)):
                sealed_chunk((_which, _number, _last, _size))


def check(data: bytes) -> None:
    """The first octet chooses what the rest is."""
    if not data:
        return
    rest = data[1:]
    match data[0] % 4:
        case 0:
            check_opening(rest, len(rest))
        case 1:
            check_opening(cook(rest), sum(rest))
        case 2:
            check_sealing(rest)
        case _:
            check_key(rest)


def cook(recipe: bytes) -> bytes:
    """Octets from a recipe: which header and what to do to it, then four octets a chunk."""
    which, change, at, value = recipe[:4].ljust(4, b"\0")
    header = HEADERS[which % len(HEADERS)]
    octets = bytearray(header.encode())
    match change % 6:
        case 1:
            octets[at % len(octets)] ^= value
        case 2:
            del octets[at % len(octets) :]
        case 3:
            octets[40] = value
        case 4:
            recipients = tuple(
                Recipient(value, bytes(at), bytes(value * 17)) for _ in range(at % 18 if value < 9 else 1)
            )
            octets[40:] = _recipients(recipients)
        case 5:
            octets[at % len(octets) : at % len(octets)] = bytes((value,))
    chunks = [recipe[at : at + 4].ljust(4, b"\0") for at in range(4, len(recipe), 4)]
    for what, size, change, where in chunks[:MOST_CHUNKS]:
        chunk = bytearray(sealed_chunk(_chunk_of(what, size)))
        notice(f"~chunk {_chunk_of(what, size)} {change % 8} {where in (0, 1, 15, 16, 17)}")
        match change % 8:
            case 1:
                chunk[where * 257 % len(chunk)] ^= 1 << change % 7
            case 2:
                del chunk[-where:]
            case 3:
                chunk += bytes(where)
            case 4:
                del chunk[:where]
            case 5:
                chunk[:0] = bytes(where)
        octets += chunk
    return bytes(octets)


def _recipients(recipients: tuple[Recipient, ...]) -> bytes:
    """As the header writes them, but of any number and length."""
    parts = [bytes((min(len(recipients), 255),))]
    for one in recipients:
        parts += [
            bytes((one.algorithm, len(one.name))),
            one.name,
            len(one.wrapped_key).to_bytes(2, "big"),
            one.wrapped_key,
        ]
    return b"".join(parts)


def header_length(data: bytes) -> int | None:
    """Octets of the header at the start of ``data``, read a second time by other code; None where there is none."""
    if len(data) < 41 or data[:8] != MAGIC or data[8:14] != b"\1\1\0\1\0\0" or data[37:40] != bytes(3) or data[40] > 16:
        return None
    at = 41
    for _ in range(data[40]):
        if at + 2 > len(data):
            return None
        at += 2 + data[at + 1]
        length = int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or length > 4096:
            return None
        at += 2 + length
    return at if at <= len(data) else None


def expected(data: bytes) -> tuple[bytes, bool]:
    """What of the document must come out before the first thing that is wrong, and whether it is all right."""
    length = header_length(data)
    if length is None:
        return b"", False
    digest, body = sha256(data[:40]).digest(), data[length:]
    pieces = [body[at : at + SEALED_CHUNK] for at in range(0, len(body), SEALED_CHUNK)]
    document = b""
    for number, piece in enumerate(pieces):
        plain = _opened.get((digest, number, number == len(pieces) - 1, sha256(piece).digest()))
        if plain is None or (not plain and number > 0):
            return document, False
        document += plain
    return document, bool(pieces)


def _notice_outcome(data: bytes, good: bool, document: bytes) -> None:
    length = header_length(data)
    rest = len(data) - length if length is not None else -1
    edge = [rest % SEALED_CHUNK <= near for near in (0, 1, TAG, TAG + 1)]
    notice(f"{good} {min(rest // SEALED_CHUNK, 5)} {edge} {-(-len(document) // CHUNK_SIZE)} {length and data[40]}")


def check_opening(data: bytes, chance: int) -> None:
    """Opened in pieces of any size, and chunk by chunk from the middle: the very document or a fault, and nothing false before it."""
    document, good = expected(data)
    _notice_outcome(data, good, document)
    opener, opened, whole = Opener(KEY), b"", False
    sizes = PIECES if len(data) < 2_000 else LARGE_PIECES
    size = sizes[chance % len(sizes)]
    starts = [*range(0, min(len(data), 400), 13), *range(400, len(data), size)]
    try:
        for start, end in pairwise([*starts, len(data)]):
            opened += opener.feed(data[start:end])
            assert document.startswith(opened), "what is not certain came out"
        opened += opener.finish()
        whole = True
    except NotSealed:
        assert header_length(data) is None, "a good header was refused"
    except Damaged:
        assert header_length(data) is not None, "a bad header was taken"
    assert whole is good, "opened" if whole else "refused"
    assert not whole or opened == document
    parsed = _check_header(data)
    if parsed is not None:
        _check_from_the_middle(data, *parsed, document if good else None)


def _check_header(data: bytes) -> tuple[Header, int] | None:
    """The header is the same however much of it came, and writes itself again."""
    try:
        parsed = Header.parse(data)
    except NotSealed:
        parsed = None
    length = header_length(data)
    assert (parsed[1] if parsed else None) == length
    if parsed is None or length is None:
        assert len(data) < MAX_HEADER or _refused(data), "it waits for more than a header can be"
        return None
    assert parsed[0].encode() == data[:length]
    for cut in (0, 8, 40, 41, length - 1):
        assert cut >= length or Header.parse(data[:cut]) is None
    return parsed


def _refused(data: bytes) -> bool:
    try:
        return Header.parse(data) is not None
    except NotSealed:
        return True


def _check_from_the_middle(data: bytes, header: Header, length: int, document: bytes | None) -> None:
    try:
        layout = Layout(length, len(data))
        at = 0
        for number in reversed(range(layout.chunks)):
            start, size = layout.span(number)
            sealed = data[start : start + size]
            plain = open_chunk(header, KEY, number, sealed, last=layout.is_last(number))
            at = number * CHUNK_SIZE
            assert document is None or document[at : at + CHUNK_SIZE] == plain
            assert document is not None or layout.chunks > 1, "a document was opened that is not whole"
    except Damaged:
        assert document is None, "chunk by chunk it is refused"
    else:
        assert document is not None, "chunk by chunk it is opened"
        assert layout.document_size == len(document)


def check_sealing(recipe: bytes) -> None:
    """Sealed in pieces of any size it is the same, and opens again."""
    head, *pieces = [recipe[at : at + 2].ljust(2, b"\0") for at in range(0, len(recipe), 2)] or [b"\0\0"]
    size = int.from_bytes(head, "big") * 3
    document = (bytes(range(256)) * (size // 256 + 1))[:size]
    header = HEADERS[size % len(HEADERS)]
    sealer, sealed, at = Sealer(header, KEY), b"", 0
    for piece in pieces[:40]:
        length = int.from_bytes(piece, "big")
        sealed += sealer.feed(document[at : at + length])
        at += length
    sealed += sealer.feed(bytearray(document[at:])) + sealer.finish()
    other = Sealer(header, KEY)
    assert sealed == other.feed(document) + other.finish()
    opener = Opener(KEY)
    assert opener.feed(sealed) + opener.finish() == document
    assert Layout(len(header.encode()), len(sealed)).document_size == size


WRAPPED = wrap_key(KEY_ENCRYPTION_KEY, KEY)


def check_key(data: bytes) -> None:
    """Only what was wrapped is unwrapped."""
    for wrapped in (data, bytes(a ^ b for a, b in zip(WRAPPED, data.ljust(40, b"\0"), strict=False))):
        try:
            key = unwrap_key(KEY_ENCRYPTION_KEY, wrapped)
        except KeyNotOurs:
            assert wrapped != WRAPPED
        else:
            assert (key, wrapped) == (KEY, WRAPPED)


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Another recipe: chunks put elsewhere, repeated, left out or changed; now and then any octets."""
    dice = random.Random(seed)
    if dice.random() < 0.4 or data[:1] == b"" or data[0] % 4 != 1:
        return plain(data, size)
    head, body = data[:5].ljust(5, b"\0"), data[5:]
    chunks = [body[at : at + 4].ljust(4, b"\0") for at in range(0, len(body), 4)]
    at = dice.randrange(len(chunks) + 1)
    match dice.randrange(6):
        case 0:
            head = head[:1] + bytes(
                (dice.randrange(3), dice.choice((0, 0, 1, 2, 3, 4, 5)), dice.randrange(256), dice.randrange(256))
            )
        case 1:
            del chunks[at : at + 1]
        case 2 if chunks:
            chunks.insert(at, dice.choice(chunks))
        case 3:
            dice.shuffle(chunks)
        case _:
            what = dice.randrange(256)
            chunks[at : at + dice.randrange(2)] = [
                bytes(
                    (
                        what,
                        dice.randrange(5),
                        dice.choice((0, 0, 0, 1, 2, 3, 4, 5)),
                        dice.choice((0, 1, 15, 16, 17, 255)),
                    )
                )
            ]
    return (head + b"".join(chunks))[:size]


def seeds() -> dict[str, bytes]:
    """Whole documents of one chunk and of several, and one of each thing that can be wrong with them."""
    made = {"key": b"\3" + WRAPPED, "same_key": b"\3" + bytes(40)}
    for name, size in (("empty", 0), ("one", 1), ("two", CHUNK_SIZE // 3 + 1), ("three", 0xFFFF)):
        made[f"seal_{name}"] = b"\2" + size.to_bytes(2, "big") + b"\x10\0\0\1\x55\x56"
    for which, header in enumerate(HEADERS):
        for size in range(3):
            made[f"raw_{which}_{size}"] = b"\0" + header.encode() + sealed_chunk((which, 0, True, size))
        for count in range(1, 4):
            recipe = [(which, number, number == count - 1, 4 if number < count - 1 else 2) for number in range(count)]
            made[f"reserved_{which}_{count}"] = bytes((1, which, 1, 36 + count, 1)) + b"".join(map(_written, recipe))
            made[f"whole_{which}_{count}"] = bytes((1, which, 0, 0, 0)) + b"".join(map(_written, recipe))
    made["wrapped_long"] = bytes((1, 0, 4, 1, 255)) + _written((0, 0, True, 2))
    for recipients in (16, 17):
        made[f"recipients_{recipients}"] = bytes((1, 0, 4, recipients, 2)) + _written((0, 0, True, 2))
    return made


def _written(chunk: Sealed) -> bytes:
    """How a recipe asks for that chunk."""
    what = next(octet for octet in range(256) if _chunk_of(octet, 0)[:3] == chunk[:3])
    return bytes((what, chunk[3], 0, 0))
