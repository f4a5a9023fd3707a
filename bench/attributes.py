"""Get-Printer-Attributes a second of one core, while jobs come and go at the printer that is asked.

The server runs on processor 0, wrk and the jobs' sender on processor 1. Every request differs: request-id, user, and what
is asked for.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from agent import agent, pin
from cupsd import cupsd
from ipp import HELD, ME, Connection, print_job
from rounds import Comparison
from wrk import load, write_requests

from presswork.protocols.ipp.encoder import encode
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.registry import Operation
from presswork.protocols.ipp.request import request
from presswork.protocols.ipp.values import Keyword, Tag
from presswork.testing.pdf import make_pdf

ROUNDS = 5
REQUESTS = 4096
CHANGES_A_SECOND = 10
SERVER, LOAD = 0, 1
Wanted = Callable[[random.Random], Iterable[str]]


async def compare(name: str, wanted: Wanted) -> None:
    """Run and print the comparison; ``wanted`` draws what one request asks for."""
    result = Comparison(name, "requests/s")
    os.sched_setaffinity(0, {LOAD})
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        async with cupsd(["socket://127.0.0.1:9"]) as peer, agent(folder, hold=True) as ours:
            for pid in (peer.pid, ours.pid):
                pin(pid, SERVER)
            sides = {
                uri: _Side(name, uri, wanted, folder / str(number))
                for number, uri in enumerate((ours.uris[0], peer.uris[0]))
            }
            our_side, peers_side = sides.values()
            await result.run(our_side.rate, peers_side.rate, ROUNDS)
    print(f"# octets of an answer with its header: ours {our_side.octets:.0f}, peer's {peers_side.octets:.0f}")
    result.print()


class _Side:
    """One server and the requests for it."""

    def __init__(self, name: str, uri: str, wanted: Wanted, file: Path) -> None:
        chance = random.Random(name)
        bodies = [_get_printer_attributes(uri, chance, wanted(chance)) for _ in range(REQUESTS)]
        self.octets = 0.0
        self._uri = uri
        self._requests = write_requests(file, bodies)
        connection = Connection(uri)
        for body in bodies[:50]:
            assert connection.ask(body).group(Tag.PRINTER).attributes
        connection.close()

    async def rate(self) -> float:
        """One round."""
        over = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._change_state(over))
            run = await load(self._uri, self._requests, processor=LOAD)
            over.set()
        self.octets = run.octets
        return run.rate

    async def _change_state(self, over: asyncio.Event) -> None:
        """Jobs come, are held, go."""
        connection = Connection(self._uri)
        while not over.is_set():
            await asyncio.to_thread(self._one_job, connection)
            await asyncio.sleep(1 / CHANGES_A_SECOND)
        connection.close()

    def _one_job(self, connection: Connection) -> None:
        answer = connection.ask(print_job(self._uri, make_pdf(), groups=HELD))
        job_id = answer.group(Tag.JOB).get("job-id")
        assert job_id is not None
        cancel = request(Operation.CANCEL_JOB, 1, self._uri, ME, (job_id,))
        connection.post(encode(cancel))


def _get_printer_attributes(uri: str, chance: random.Random, wanted: Iterable[str]) -> bytes:
    names = [Keyword(name) for name in wanted]
    attributes = (Attribute.of("requested-attributes", *names),) if names else ()
    user = f"user{chance.randrange(500)}"
    return encode(request(Operation.GET_PRINTER_ATTRIBUTES, chance.randrange(1, 2**31), uri, user, attributes))
