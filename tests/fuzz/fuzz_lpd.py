"""The line printer daemon protocol (RFC 1179), the daemon's side. ``make fuzz F=lpd`` runs it.

Whatever comes ends in events or in ``Invalid``, the same however it is cut into pieces; and no octet of a file is invented.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from presswork.testing.lpd import CORPUS, check_lpd

LONGEST = 4_096
WORDS = [
    *(
        b"\x01lp\n",
        b"\x02lp\n",
        b"\x04lp anna\n",
        b"\x05lp root 12\n",
        b"\x01\n",
        b"\x024 cfA001pc\n",
        b"\x030 dfA001pc\n",
    ),
    *(
        b"\nldfA001pc\n",
        b"\nUdfA001pc\n",
        b"\nHpc\n",
        b"\nPanna\n",
        b"\nJ",
        b"\x00",
        b"\n",
        b" ",
        b"9223372036854775807",
    ),
]


def check(data: bytes) -> None:
    """What must hold of any octets."""
    check_lpd(data)


def mutate(data: bytes, size: int, seed: int, plain: Callable[[bytes, int], bytes]) -> bytes:
    """Half of the time a word of the protocol more; else any octets."""
    dice = random.Random(seed)
    if dice.random() < 0.5:
        return plain(data, size)
    at = dice.randrange(len(data) + 1)
    return (data[:at] + dice.choice(WORDS) + data[at + dice.randrange(3) :])[:size]


def seeds() -> dict[str, bytes]:
    """Where to begin."""
    return CORPUS
