"""How many 10 KB documents a second are taken in durably, one Print-Job each: the agent's intake, and cupsd.

    python bench/intake.py [jobs]

cupsd (Debian's, private, own directory) keeps them in a held queue and syncs nothing; the agent seals each, and syncs file,
directory and database before it answers. Client and server share this machine; the agent runs in the client's process.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import sys
import tempfile
import time
from pathlib import Path

import structlog

from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.values import Keyword, MimeMediaType, Name, Tag
from presswork.testing.cups import PrivateCupsd, private_cupsd
from presswork.testing.intake import HOLD, ME, running_intake
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import pieces

DOCUMENT = make_pdf(1).ljust(10_240, b"\n")
CONNECTIONS = (1, 4, 16)


async def send(client: IppClient, count: int) -> None:
    """So many jobs, one after the other."""
    for _ in range(count):
        reply = await client.call(
            Operation.PRINT_JOB,
            Attribute.of("job-name", Name("Letter")),
            Attribute.of("document-format", MimeMediaType("application/pdf")),
            groups=(Group(Tag.JOB, (Attribute.of("job-hold-until", Keyword("indefinite")),)),),
            document=pieces(DOCUMENT),
        )
        if reply.code >= 0x0400:
            sys.exit(f"refused: 0x{reply.code:04x} {reply.group(Tag.OPERATION).get('status-message')}")


async def measure(who: str, connect: object, jobs: int) -> None:
    """Print one line for each number of connections."""
    for connections in CONNECTIONS:
        clients = [connect() for _ in range(connections)]  # type: ignore[operator]
        start = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for client in clients:
                tasks.create_task(send(client, jobs // connections))
        seconds = time.perf_counter() - start
        for client in clients:
            await client.__aexit__(None, None, None)
        print(
            f"{who:8} {connections:3} connections  {jobs // connections * connections / seconds:8.0f} jobs/s",
            flush=True,
        )


async def agent(jobs: int) -> None:
    """The intake, with spool, over its socket."""
    with tempfile.TemporaryDirectory() as directory:
        async with running_intake(Path(directory)) as running:
            await measure("agent", lambda: IppClient(running.uri(HOLD.name), user=ME), jobs)


async def cupsd(jobs: int) -> None:
    """A raw queue of a private cupsd."""
    async with private_cupsd(directives={"MaxJobs": "0"}) as peer:
        await _raw_queue(peer)
        uri = "ipp://localhost/printers/raw"
        await measure("cupsd", lambda: IppClient(uri, user=ME, unix_socket=peer.socket), jobs)


async def _raw_queue(peer: PrivateCupsd) -> None:
    status, said = await peer.run("lpadmin", "-p", "raw", "-v", "file:///dev/null", "-E")
    if status:
        sys.exit(said)


async def main() -> None:
    """Both, after each other."""
    jobs = int(sys.argv[1]) if len(sys.argv) > 1 else 1600
    print(f"{jobs} jobs of {len(DOCUMENT)} octets · {platform.platform()} · Python {platform.python_version()}")
    await agent(jobs)
    await cupsd(jobs)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    asyncio.run(main())
