"""Get-Printer-Attributes for the four attributes a client polls. Peer: cupsd."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Iterable

from attributes import compare

STATE = ("printer-state", "printer-state-reasons", "printer-is-accepting-jobs", "queued-job-count")


def wanted(chance: random.Random) -> Iterable[str]:
    """The four, in any order."""
    return chance.sample(STATE, len(STATE))


if __name__ == "__main__":
    sys.exit(asyncio.run(compare("attributes_state", wanted)))
