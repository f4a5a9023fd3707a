"""10 KB jobs through one direct queue to a RAW printer, until its last octet. Peer: a raw queue of cupsd."""

from __future__ import annotations

import asyncio
import sys

from raw_queues import compare

if __name__ == "__main__":
    sys.exit(asyncio.run(compare("raw_one_queue", queues=1, jobs=400)))
