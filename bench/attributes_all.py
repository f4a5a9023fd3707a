"""Get-Printer-Attributes for everything, asked for in many ways, and for many attributes by name. Peer: cupsd.

Seven in ten ask for all of it: by no name, ``all``, the groups, or with names beside; the others name 10 to 40
attributes, hardly ever the same ones.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterable

from attributes import compare

from presswork.protocols.ipp.registry import ATTRIBUTES

NAMES = sorted({*ATTRIBUTES["Printer Description"], *ATTRIBUTES["Printer Status"]})
COMMON = [
    name
    for name in NAMES
    if name.startswith(
        (
            "printer-",
            "media-",
            "operations-",
            "document-",
            "sides-",
            "copies-",
            "print-",
            "uri-",
            "ipp-",
            "charset-",
            "queued-",
            "color-",
            "job-",
            "output-",
            "finishings-",
            "compression-",
        )
    )
]


def wanted(chance: random.Random) -> Iterable[str]:
    """What one client asks for."""
    if chance.random() < 0.3:
        return chance.sample(COMMON, chance.randrange(10, 41))
    everything = chance.choice(((), ("all",), ("printer-description", "job-template"), ("job-template", "all")))
    beside = chance.sample(COMMON, chance.randrange(4)) if everything else []
    return (*everything, *beside)


if __name__ == "__main__":
    sys.exit(asyncio.run(compare("attributes_all", wanted)))
