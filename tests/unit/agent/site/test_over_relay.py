"""Two computers and the relay protocol between them, mutual TLS and all."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from presswork.agent.relay.sender import Sender
from presswork.agent.relay.service import Relay
from presswork.agent.site import Keeping, RelayCarrier
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Job, Move, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Distrusted, Fault, Unavailable
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.ticket import TicketKind, TicketRefused, digest_of
from presswork.testing.authority import TENANT
from presswork.testing.moving import BOX, LAPTOP, arriving, site_desired, waiting_job
from presswork.testing.relaying import QUICK_RELAY, Organisation
from presswork.testing.spooling import document_of
from presswork.testing.stepping import STRIDE, driver
from presswork.testing.timing import MS

DRIVER = Path(__file__).with_name("relay_stepping.py")
EVERY = 2 * STRIDE - 1
"""Each attempt is three processes and their TLS: with PRESSWORK_STRIDE=1 every step is tried."""
MOST_STEPS = 3000
LARGE = bytes(range(256)) * 3000


@dataclass
class Both:
    """A laptop with a job, and Box-1."""

    organisation: Organisation
    laptop: Spool
    box: Spool
    carrier: RelayCarrier
    peer: PeerSpec

    async def move(self, job: Job, **values: Any) -> Move:
        """With a ticket for it; ``values`` are other than right."""
        documents = await self.laptop.sealed(job.id)
        right = {
            "ticket_id": uuid4(),
            "kind": TicketKind.HOLD,
            "job_id": job.id,
            "sender_id": LAPTOP,
            "receiver_id": BOX,
            "digest": digest_of(one.header.digest for one in documents),
            "fence": 2,
        }
        values = {**right, **values}
        ticket = self.organisation.ticket(**values)
        return Move(ticket_id=values["ticket_id"], peer=self.peer, fence=values["fence"], ticket=ticket)

    async def stage(self, job: Job, move: Move) -> None:
        told = await arriving(self.laptop, job, move)
        await self.carrier.stage(move, job, told.job)


@asynccontextmanager
async def both(directory: Path, *, tenant_id: UUID = TENANT, reserve: int = 0) -> AsyncIterator[Both]:
    organisation, clock = Organisation(), SystemClock()
    laptop = await open_spool(directory / "laptop" / "spool", clock, system_randomness)
    box = await open_spool(directory / "box" / "spool", clock, system_randomness)
    sender = Sender(
        laptop,
        await organisation.trust(directory / "laptop", LAPTOP, tenant_id),
        clock=clock,
        randomness=system_randomness,
        deadlines=QUICK_RELAY,
    )
    keeping = Keeping(box, await site_desired(box, node=True), clock, reserve=reserve)
    trust = await organisation.trust(directory / "box", BOX)
    relay = Relay(box, trust, {TicketKind.HOLD: keeping}, clock=clock, deadlines=QUICK_RELAY)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address, port = listener.getsockname()
        peer = PeerSpec(computer_id=BOX, name="Box-1", addresses=(ip_address(address),), port=port)
        try:
            async with asyncio.TaskGroup() as tasks:
                started = [tasks.create_task(relay.run()), tasks.create_task(relay.listen(listener, {TicketKind.HOLD}))]
                yield Both(organisation, laptop, box, RelayCarrier(laptop, sender), peer)
                for task in started:
                    task.cancel()
        finally:
            sender.close()
            await laptop.close()
            await box.close()


@pytest.mark.parametrize("documents", [(b"%PDF-1.4 a letter",), (LARGE, b"%PDF-1.4 b", LARGE)], ids=["one", "three"])
async def test_a_job_is_the_other_computers_when_its_holder_commits(
    tmp_path: Path, documents: tuple[bytes, ...]
) -> None:
    async with both(tmp_path) as two:
        job = await waiting_job(two.laptop, *documents)
        move = await two.move(job)
        await two.stage(job, move)
        assert await two.box.list() == []
        assert await two.carrier.commit(move)
        assert await two.carrier.commit(move)
        (taken,) = await two.box.list()
        assert (taken.id, taken.phase, taken.fence) == (job.id, Phase.HELD, 2)
        for number, document in enumerate(documents, start=1):
            assert b"".join([piece async for piece in two.box.read(job.id, number)]) == document


async def test_a_commit_is_taken_however_old_its_ticket_is(tmp_path: Path) -> None:
    async with both(tmp_path) as two:
        job = await waiting_job(two.laptop)
        move = await two.move(job)
        await two.stage(job, move)
        old = await two.move(job, ticket_id=move.ticket_id, not_after="2020-01-01T00:00:00Z")
        assert await two.carrier.commit(old)
        with pytest.raises(Distrusted):
            await two.stage(job, await two.move(job, not_after="2020-01-01T00:00:00Z"))


async def test_a_job_that_was_there_once_is_refused_before_any_of_it_goes(tmp_path: Path) -> None:
    async with both(tmp_path) as two:
        job = await waiting_job(two.laptop)
        move = await two.move(job)
        await two.stage(job, move)
        assert await two.carrier.commit(move)
        await two.box.destroy(job.id)
        with pytest.raises(TicketRefused, match="has, or had, this job"):
            await two.stage(job, await two.move(job, fence=4))


async def test_what_never_came_is_not_there(tmp_path: Path) -> None:
    async with both(tmp_path) as two:
        job = await waiting_job(two.laptop)
        assert not await two.carrier.commit(await two.move(job))


OTHER = UUID(int=99)
OF_OTHERS = ({"tenant_id": OTHER}, {"sender_id": OTHER}, {"receiver_id": OTHER}, {"kind": TicketKind.REDIRECTOR})


@pytest.mark.parametrize("wrong", [*OF_OTHERS, {"job_id": OTHER}, {"digest": "ab" * 32}], ids=str)
async def test_a_ticket_for_something_else_brings_nothing_over(tmp_path: Path, wrong: dict[str, Any]) -> None:
    async with both(tmp_path) as two:
        job = await waiting_job(two.laptop)
        move = await two.move(job, **wrong)
        with pytest.raises(Fault):
            await two.stage(job, move)
        assert await two.box.moves.staged(move.ticket_id) is None


@pytest.mark.parametrize("wrong", OF_OTHERS, ids=str)
async def test_a_ticket_of_others_commits_nothing(tmp_path: Path, wrong: dict[str, Any]) -> None:
    async with both(tmp_path) as two:
        job = await waiting_job(two.laptop)
        move = await two.move(job)
        await two.stage(job, move)
        with pytest.raises(Fault):
            await two.carrier.commit(await two.move(job, ticket_id=move.ticket_id, **wrong))
        assert await two.box.list() == []


async def test_a_ticket_of_another_server_does_nothing(tmp_path: Path) -> None:
    async with both(tmp_path) as two:
        job = await waiting_job(two.laptop)
        move = await two.move(job)
        await two.stage(job, move)
        forged = replace(two, organisation=Organisation())
        with pytest.raises(Distrusted):
            await two.carrier.commit(await forged.move(job, ticket_id=move.ticket_id))
        with pytest.raises(Distrusted):
            await two.stage(job, await forged.move(job))
        assert await two.box.list() == []


async def test_a_computer_of_another_organisation_moves_nothing(tmp_path: Path) -> None:
    async with both(tmp_path, tenant_id=UUID(int=98)) as two:
        job = await waiting_job(two.laptop)
        move = await two.move(job)
        with pytest.raises(Fault):
            await two.stage(job, move)
        with pytest.raises(Fault):
            await two.carrier.commit(move)
        assert await two.box.moves.staged(move.ticket_id) is None


async def test_a_full_disk_is_no_reason_to_lose_anything(tmp_path: Path) -> None:
    async with both(tmp_path, reserve=1 << 62) as two:
        job = await waiting_job(two.laptop, LARGE)
        with pytest.raises(Unavailable, match="no room"):
            await two.stage(job, await two.move(job))
        assert await document_of(two.laptop, job.id) == LARGE
        assert (await two.laptop.get(job.id)).version == job.version


@pytest.mark.timeout(int(600_000 * MS))
@pytest.mark.parametrize("side", ["laptop", "box"])
async def test_one_of_them_is_killed_at_any_step(tmp_path: Path, side: str) -> None:
    async with driver(DRIVER) as program:
        for step in range(1, MOST_STEPS, EVERY):
            story = await program.attempt(tmp_path / str(step), side=side, step=step)
            where = f"{side} killed at step {step}: {story}"
            assert (story["status"], story["here"], story["there"]) == (0, ["ended", False], [True]), where
            if story["killed"] == 0:
                break
    assert story["killed"] == 0
