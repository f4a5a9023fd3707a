"""What a tunnel through the server carries: MB/s from one agent to another, and what it costs the server a gigabyte.

    python bench/tunnel.py [megabytes] [tunnels]

The server is this process, with TLS; both agents are one other process. Without the TLS of the transfer, which runs inside and
is the relay's (``bench/relay.py``). Everything shares this machine.
"""

from __future__ import annotations

import asyncio
import logging
import platform
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import structlog

from presswork.agent.link.identity import load_identity
from presswork.net.relay import Octets
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.ticket import Ticket, TicketKind, sign_ticket
from presswork.testing.agent import enrol_with, running_agent, settings_for
from presswork.testing.server import ServerInTest, running_server

PIECE = bytes(256 * 1024)


async def ticket_of(server: ServerInTest, sender: Path, receiver: Path) -> str:
    """From the one to the other."""
    identities = [await asyncio.to_thread(load_identity, directory) for directory in (sender, receiver)]
    if identities[0] is None or identities[1] is None:
        sys.exit("not enrolled")
    context = server.context
    ticket = Ticket(
        ticket_id=uuid4(),
        kind=TicketKind.RELAY,
        tenant_id=context.installation.tenant_id,
        job_id=uuid4(),
        sender_id=identities[0].computer_id,
        receiver_id=identities[1].computer_id,
        digest="0" * 64,
        fence=1,
        through_server=True,
        not_after=context.clock.now() + timedelta(hours=1),
    )
    return sign_ticket(ticket, context.installation.signer.key)


async def serve(megabytes: int, tunnels: int) -> None:
    """The server's side: starts the agents' process, and prints what it cost."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        async with running_server(directory, tls="own") as server:
            places = [directory / one for one in ("sender", "receiver")]
            for place in places:
                await enrol_with(server, settings_for(place))
            tickets = [await ticket_of(server, *(place / "agent" for place in places)) for _ in range(tunnels)]
            agents = await asyncio.create_subprocess_exec(
                sys.executable, __file__, "agents", str(megabytes), name,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            if agents.stdin is None or agents.stdout is None:
                sys.exit("no pipes")
            agents.stdin.write("\n".join(tickets).encode())
            agents.stdin.close()
            await agents.stdout.readline()
            before = time.process_time()
            seconds = float(await agents.stdout.readline())
            cost = time.process_time() - before
            await agents.wait()
    print(
        f"{tunnels} tunnels: {megabytes / seconds:6.0f} MB/s in all · server {cost / megabytes * 1024:5.2f} CPU s/GB",
        flush=True,
    )


async def carry(megabytes: int, directory: Path, tickets: list[str]) -> None:
    """The agents' side: so much in all, through as many tunnels as there are tickets."""
    each = megabytes * 1024 * 1024 // len(tickets)
    came: asyncio.Queue[int] = asyncio.Queue()

    async def take(octets: Octets) -> None:
        count = 0
        while count < each:
            count += len(await octets.receive())
        came.put_nowait(count)

    peer = PeerSpec(computer_id=uuid4(), name="receiver", port=1)
    places = [settings_for(directory / one) for one in ("sender", "receiver")]
    async with (
        running_agent(directory, settings=places[0]) as sender,
        running_agent(directory, settings=places[1]) as receiver,
    ):
        while not (sender.link.reachable and receiver.link.reachable):  # noqa: ASYNC110 - they have no event
            await asyncio.sleep(0.05)
        receiver.link.tunnels.serve = take
        streams = [await sender.link.tunnels.dial(peer, ticket) for ticket in tickets]
        print("ready", flush=True)
        start = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for stream in streams:
                tasks.create_task(send(stream, each))
            counts = [await came.get() for _ in streams]
        seconds = time.perf_counter() - start
        if counts != [each] * len(streams):
            sys.exit(f"{counts} octets came")
        print(seconds, flush=True)


async def send(stream: Octets, octets: int) -> None:
    """So many."""
    while octets:
        piece = PIECE[: min(len(PIECE), octets)]
        await stream.send(piece)
        octets -= len(piece)


async def main() -> None:
    """One tunnel, then several at once."""
    if sys.argv[1:2] == ["agents"]:
        tickets = (await asyncio.to_thread(sys.stdin.read)).split()
        await carry(int(sys.argv[2]), Path(sys.argv[3]), tickets)
        return
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 256
    several = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    print(f"{megabytes} MiB · {platform.platform()} · Python {platform.python_version()}")
    for tunnels in (1, several):
        await serve(megabytes, tunnels)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(main())
