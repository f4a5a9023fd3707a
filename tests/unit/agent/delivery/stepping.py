"""A delivery that is broken off at its n-th step, and the next start that picks up what is left. Run by test_every_step.py.

Every task of the process is counted: the delivery's own, those of the spool and of the network below it. Each line on standard
input is a wish, each line on standard output what became of it. Every attempt and every recovery is a process of its own,
forked from this one, which has everything imported.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NotRequired, TypedDict
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.agent.delivery import Deadlines
from presswork.agent.delivery.routes import Alone, Routes
from presswork.agent.jobs import release
from presswork.agent.relay.sender import Sender
from presswork.agent.relay.trust import Trust
from presswork.agent.route import Reachability, Router
from presswork.agent.route.tickets import Tickets, opened_by
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Job
from presswork.core.clock import SystemClock, system_randomness
from presswork.protocols.control.route import PeerSpec, RouteCandidate, RouteReply, RouteRequest
from presswork.protocols.control.words import PrinterSpec
from presswork.protocols.ticket import Ticket, TicketKind, digest_of, sign_ticket
from presswork.testing.authority import TENANT
from presswork.testing.carrying import STATE
from presswork.testing.delivering import Delivering, delivering
from presswork.testing.relaying import QUICK_RELAY
from presswork.testing.spool_files import jobs_in_files
from presswork.testing.spooling import held_job
from presswork.testing.stepping import BROKEN_OFF, SURVIVED, Mode, Steps, answer_wishes, broken_off

DOCUMENT = b"%PDF-1.4 " + bytes(range(256)) * 600
QUICK = Deadlines(
    connect=10,
    stall=10,
    reply=10,
    raw_close=10,
    first_retry=0.01,
    slowest_retry=0.05,
    first_poll=0.005,
    slowest_poll=0.02,
    out_of_reach=5,
    settle=0.2,
)
DEADLINE = 60.0
SILENT = "ipp://127.0.0.1:1/ipp/print"
PRINTER = UUID(int=7)
PAGES = 2


class Other(TypedDict):
    """Another computer that reaches the printer; this one does not."""

    identity: str
    """The directory with this computer's."""
    certificate: str
    """Of the key for tickets, and the key."""
    key: str
    sender: str
    receiver: str
    port: int


class Wish(TypedDict):
    directory: str
    device_uri: str
    step: int
    mode: Mode
    through: NotRequired[Other]


class Server:
    """The server's word: one candidate, with a new ticket each time."""

    def __init__(self, other: Other, printer: PrinterSpec) -> None:
        self._other = other
        self._printer = printer
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(other["key"]))

    async def route(self, request: RouteRequest) -> RouteReply:
        receiver_id = UUID(self._other["receiver"])
        ticket = Ticket(
            ticket_id=uuid4(),
            kind=TicketKind.RELAY,
            tenant_id=TENANT,
            job_id=request.job_id,
            sender_id=UUID(self._other["sender"]),
            receiver_id=receiver_id,
            digest=request.digest,
            fence=1,
            printer=self._printer,
            not_after=SystemClock().now() + timedelta(hours=1),
        )
        address = IPv4Address("127.0.0.1")
        peer = PeerSpec(computer_id=receiver_id, name="PC-7", addresses=(address,), port=self._other["port"])
        candidate = RouteCandidate(kind="relay", peer=peer, ticket=sign_ticket(ticket, self._key))
        return RouteReply(candidates=(candidate,))


async def routes(wish: Wish, spool: Spool) -> Routes:
    """Those of the wish."""
    if (other := wish.get("through")) is None:
        return Alone()
    clock = SystemClock()
    trust = Trust(Path(other["identity"]), lambda: other["certificate"], clock.now)
    sender = Sender(spool, trust, clock=clock, randomness=system_randomness, deadlines=QUICK_RELAY)
    reach = Reachability(spool, lambda: "", clock)
    await sender.load()
    await reach.load()

    async def digest(job: Job) -> str:
        return digest_of([one.header.digest for one in await spool.sealed(job.id)])

    at_the_printer = spec(wish).model_copy(update={"device_uri": wish["device_uri"]})
    tickets = Tickets(spool, Server(other, at_the_printer), opened_by(trust), lambda: True)
    state = STATE.model_copy(update={"ticket_certificate": other["certificate"]})
    return Router(sender, tickets, reach, state=lambda: state, digest=digest, near=lambda _: None, server_now=clock.now)


async def attempt(wish: Wish) -> int:
    """A job is released, then delivered; whether it came to its end before the step."""
    me = asyncio.current_task()
    assert me is not None

    await released(wish)
    steps = Steps.of(wish["step"], wish["mode"], me)
    asyncio.get_running_loop().set_task_factory(steps.task)
    steps.armed = True
    with suppress(asyncio.CancelledError, ExceptionGroup):
        async with started(wish) as running:
            (job,) = await running.spool.list()
            await running.ended(job)
            steps.armed = False
    return SURVIVED if steps.left > 0 else BROKEN_OFF


def started(wish: Wish) -> AbstractAsyncContextManager[Delivering]:
    """The agent, as far as it delivers."""
    by = partial(routes, wish)
    return delivering(Path(wish["directory"]), [spec(wish)], deadlines=QUICK, pages=PAGES, routes=by)


async def released(wish: Wish) -> None:
    spool = await open_spool(Path(wish["directory"]) / "spool", SystemClock(), system_randomness)
    await release(spool, (await held_job(spool, DOCUMENT)).id, spec(wish))
    await spool.close()


async def recover(wish: Wish) -> dict[str, Any]:
    """The next start of the agent: what it finds, and to what end it brings the job."""
    (found,) = jobs_in_files(Path(wish["directory"]))
    async with started(wish) as running:
        (job,) = await running.spool.list()
        job = await running.ended(job, timeout=DEADLINE)
    return {
        "phase": found.phase,
        "marked": found.marked_at is not None,
        "outcome": job.outcome,
        "kept": job.document_kept,
        "pages": job.pages,
        "event": jobs_in_files(Path(wish["directory"]))[0].events[-1],
    }


def spec(wish: Wish) -> PrinterSpec:
    """The printer as this computer knows it."""
    device_uri = SILENT if "through" in wish else wish["device_uri"]
    return PrinterSpec(printer_id=PRINTER, name="Lobby", device_uri=device_uri)


def answer(wish: Wish) -> dict[str, Any]:
    return broken_off(partial(attempt, wish), partial(recover, wish))


if __name__ == "__main__":
    answer_wishes(answer)
