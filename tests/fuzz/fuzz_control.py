"""Random octets at the control messages until told to stop: ``python tests/fuzz/fuzz_control.py [seconds]``.

Whatever comes, it ends in a message, a fault or a validation error; everything else is a bug, and printed to be repeated.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable

from pydantic import ValidationError

from presswork.core.errors import Fault
from presswork.protocols.control.agent import EnrolRequest, SyncReply, SyncRequest, Wake
from presswork.protocols.control.client import REPLY, REQUEST
from presswork.protocols.control.framing import FrameParser

SEEDS = [
    b'{"op": "submit", "queue": "q", "name": "n", "document_format": "application/pdf", "copies": 2}',
    b'{"op": "watch", "job": "01", "seconds": 5}',
    b'{"kind": "refused", "code": "gone", "sentence": "It is over."}',
    b'{"hello": {"version": "0", "computer_name": "c", "platform": "l"}, "reports": [], "answers": []}',
    b'{"server_time": "2026-11-23T00:00:00Z", "orders": [], "sync_after": 3}',
    b"\0\0\0\2J{}\0\0\0\3Dabc\0\0\0\0E",
]
TARGETS: list[Callable[[bytes], object]] = [
    REQUEST.validate_json,
    REPLY.validate_json,
    SyncRequest.model_validate_json,
    SyncReply.model_validate_json,
    EnrolRequest.model_validate_json,
    Wake.model_validate_json,
    lambda data: list(FrameParser().feed(data)),
]


def mutate(dice: random.Random) -> bytes:
    """One seed with a few octets changed, cut out, doubled or nested."""
    data = bytearray(dice.choice(SEEDS))
    for _ in range(dice.randint(0, 6)):
        place = dice.randrange(len(data) + 1)
        match dice.randrange(4):
            case 0:
                data[place : place + 1] = bytes((dice.randrange(256),))
            case 1:
                del data[place : place + dice.randint(1, 8)]
            case 2:
                data[place:place] = data[place : place + dice.randint(1, 20)]
            case _:
                data[place:place] = json.dumps([[["\u0000\u2028"]], -1, 1e300][dice.randrange(3)]).encode()
    return bytes(data)


def main() -> None:
    """Run for so many seconds (default 60); exits 1 at the first octets that broke something."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    seed = random.SystemRandom().randrange(2**32)
    dice, tries, end = random.Random(seed), 0, time.monotonic() + seconds
    while time.monotonic() < end:
        data = mutate(dice)
        for target in TARGETS:
            tries += 1
            try:
                target(data)
            except (Fault, ValidationError):
                continue
            except Exception:
                print(f"broke {target} with {data!r} (seed {seed})", flush=True)
                raise
    print(f"{tries} tries, nothing broke (seed {seed})")


if __name__ == "__main__":
    main()
