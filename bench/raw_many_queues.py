"""10 KB jobs through 20 direct queues to 20 RAW printers, until their last octet. Peer: raw queues of cupsd."""

from __future__ import annotations

import asyncio
import sys

from raw_queues import compare

if __name__ == "__main__":
    sys.exit(asyncio.run(compare("raw_many_queues", queues=20, jobs=600)))
