"""Changed sealed documents at the opener until told to stop: ``python tests/fuzz/fuzz_sealed.py [seconds]``.

Whatever comes, it ends in the very document that was sealed or in a fault; everything else is a bug, and printed to be
repeated.
"""

from __future__ import annotations

import random
import sys
import time
from uuid import UUID

from presswork.protocols.sealed.faults import Damaged, NotSealed
from presswork.protocols.sealed.header import CHUNK_SIZE, Header, Recipient
from presswork.protocols.sealed.stream import Opener, Sealer

KEY = bytes(range(32))
DOCUMENTS = [b"", b"a letter", bytes(CHUNK_SIZE), bytes(range(256)) * 600]


def seal(document: bytes) -> bytes:
    """A document sealed as anybody would."""
    sealer = Sealer(Header(UUID(int=7), b"nonces!", (Recipient(1, b"ours", bytes(40)),)), KEY)
    return sealer.feed(document) + sealer.finish()


SEEDS = [seal(document) for document in DOCUMENTS]


def mutate(dice: random.Random) -> tuple[bytes, bytes]:
    """A sealed document with a few octets changed, cut out or doubled, mostly near its start; and the true document."""
    which = dice.randrange(len(SEEDS))
    data = bytearray(SEEDS[which])
    for _ in range(dice.randint(0, 4)):
        place = dice.randrange(min(len(data), 120) + 1) if dice.random() < 0.7 else dice.randrange(len(data) + 1)
        match dice.randrange(4):
            case 0:
                data[place : place + 1] = bytes((dice.randrange(256),))
            case 1:
                del data[place : place + dice.choice((1, 16, CHUNK_SIZE, CHUNK_SIZE + 16))]
            case 2:
                data[place:place] = data[place : place + dice.choice((1, 40, CHUNK_SIZE + 16))]
            case _:
                del data[place:]
    return bytes(data), DOCUMENTS[which]


def open_in_pieces(data: bytes, dice: random.Random) -> bytes | None:
    """The document, or None where the opener refused."""
    opener, opened, position = Opener(KEY), b"", 0
    try:
        while position < len(data):
            size = dice.choice((1, 41, 5000, CHUNK_SIZE + 16, 1 << 20))
            opened += opener.feed(data[position : position + size])
            position += size
        return opened + opener.finish()
    except (NotSealed, Damaged):
        return None


def main() -> None:
    """Run for so many seconds (default 60); exits 1 at the first octets that broke something."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = random.SystemRandom().randrange(2**32)
    dice, tries, opened, end = random.Random(seed), 0, 0, time.monotonic() + seconds
    while time.monotonic() < end:
        data, document = mutate(dice)
        tries += 1
        result = open_in_pieces(data, dice)
        opened += result is not None
        if result not in (None, document):
            sys.exit(f"another document came out of {data[:200].hex()}… ({len(data)} octets, seed {seed})")
    print(f"{tries} tries, {opened} opened as the true document, the others refused (seed {seed})")


if __name__ == "__main__":
    main()
