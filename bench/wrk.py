"""wrk(1) as the load: many prepared requests, each another one, over some keep-alive connections."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_suffix(".lua")


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw."""

    rate: float
    """Requests a second."""
    octets: float
    """Of an answer, with its header."""


def write_requests(path: Path, bodies: Iterable[bytes]) -> Path:
    """Keep the bodies as wrk.lua reads them."""
    path.write_bytes(b"".join(len(body).to_bytes(4, "big") + body for body in bodies))
    return path


async def load(
    uri: str, requests: Path, *, seconds: float = 2, connections: int = 32, processor: int | None = None
) -> Load:
    """Run it once, on one processor where one is named. Raises RuntimeError when any request failed."""
    pinned = () if processor is None else ("taskset", "-c", str(processor))
    process = await asyncio.create_subprocess_exec(
        *pinned, "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", str(SCRIPT), uri.replace("ipp:", "http:"),
        env=os.environ | {"REQUESTS": str(requests)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    answers, microseconds, octets, errors = (int(word) for word in output.split(b"RESULT ")[1].split())
    if errors or not answers:
        raise RuntimeError(f"wrk: {errors} errors in {answers} answers")
    return Load(answers / microseconds * 1e6, octets / answers)
