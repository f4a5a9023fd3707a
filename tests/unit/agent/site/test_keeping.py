"""The site node takes over what it is given by a ticket, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from presswork.agent.relay.receiver import Begun
from presswork.agent.site import Keeping
from presswork.agent.site.carrier import STAGED
from presswork.agent.site.keeping import STAGED_KEPT
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Outcome, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import NotPossible, Unavailable
from presswork.protocols.control.route import HandOverRequest
from presswork.protocols.ticket import Ticket, open_ticket
from presswork.testing.moving import (
    SECRET,
    TICKET_KEY,
    DirectTransfer,
    GrantingServer,
    arriving,
    move_to_box,
    site_desired,
    waiting_job,
)


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Spool]:
    spool = await open_spool(tmp_path / "laptop", SystemClock(), system_randomness)
    yield spool
    await spool.close()


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Spool]:
    spool = await open_spool(tmp_path / "box", SystemClock(), system_randomness)
    yield spool
    await spool.close()


async def keeping(box: Spool, *, node: bool = True) -> Keeping:
    return Keeping(box, await site_desired(box, node=node), SystemClock(), reserve=0)


async def transfer(laptop: Spool, *documents: bytes) -> DirectTransfer:
    job = await waiting_job(laptop, *documents)
    reply = await GrantingServer().hand_over(HandOverRequest(job_id=job.id, digest="ab" * 32))
    ticket = open_ticket(reply.ticket, TICKET_KEY.public_key())
    told = await arriving(laptop, job, move_to_box(ticket_id=ticket.ticket_id))
    return DirectTransfer(ticket, told.job, await laptop.sealed(job.id))


async def test_it_is_the_holder_only_after_the_commit(laptop: Spool, box: Spool) -> None:
    node, coming = await keeping(box), await transfer(laptop)
    assert await node.receive(coming) == STAGED
    assert await box.list() == []
    assert await node.commit(coming.ticket, SECRET)
    assert [job.phase for job in await box.list()] == [Phase.HELD]
    assert await node.commit(coming.ticket, SECRET)
    assert len(await box.list()) == 1


async def test_what_never_arrived_is_not_committed(laptop: Spool, box: Spool) -> None:
    node, coming = await keeping(box), await transfer(laptop)
    assert not await node.commit(coming.ticket, SECRET)
    await node.receive(coming)
    other = coming.ticket.model_copy(update={"ticket_id": uuid4()})
    assert not await node.commit(other, SECRET)
    assert await node.commit(coming.ticket, SECRET)


async def test_a_commit_is_answered_when_the_job_is_over_already(laptop: Spool, box: Spool) -> None:
    node, coming = await keeping(box), await transfer(laptop)
    await node.receive(coming)
    await node.commit(coming.ticket, SECRET)
    (job,) = await box.list()
    await box.destroy(job.id)
    assert await node.commit(coming.ticket, SECRET)


async def test_a_computer_that_is_no_site_node_takes_nothing(laptop: Spool, box: Spool) -> None:
    node = await keeping(box, node=False)
    with pytest.raises(NotPossible, match="no site node"):
        await node.receive(await transfer(laptop))


async def test_what_is_not_described_is_not_taken(laptop: Spool, box: Spool) -> None:
    node, coming = await keeping(box), await transfer(laptop)
    assert coming.held is not None
    ticket: Ticket = coming.ticket
    wrong = (
        replace(coming, held=None),
        replace(coming, ticket=ticket.model_copy(update={"job_id": UUID(int=9)})),
        replace(coming, documents=()),
    )
    for one in wrong:
        with pytest.raises(NotPossible, match="not described"):
            await node.receive(one)


async def test_without_room_nothing_is_taken(laptop: Spool, box: Spool) -> None:
    node = Keeping(box, await site_desired(box, node=True), SystemClock(), reserve=1 << 62)
    with pytest.raises(Unavailable, match="no room"):
        await node.receive(await transfer(laptop))


@dataclass
class Slow(DirectTransfer):
    """Its holder takes its time to answer GO."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    goes: asyncio.Event = field(default_factory=asyncio.Event)

    async def go(self, device_job_id: int | None = None, *, way: str = "", instead_of: str = "") -> None:
        self.asked.set()
        await self.goes.wait()
        await super().go()


async def test_what_is_promised_to_others_and_not_there_yet_is_no_room(laptop: Spool, box: Spool) -> None:
    node = await keeping(box)
    large = int(await box.free_octets() * 0.6)  # of what others of this machine change meanwhile
    comings = []
    for _ in range(2):
        one = await transfer(laptop)
        assert one.held is not None
        document = one.held.documents[0].model_copy(update={"size": large})
        held = one.held.model_copy(update={"documents": (document,)})
        comings.append(Slow(one.ticket, held, one.documents))
    async with asyncio.TaskGroup() as group:
        first = group.create_task(node.receive(comings[0]))
        await comings[0].asked.wait()
        with pytest.raises(Unavailable, match="no room"):
            await node.receive(comings[1])
        comings[0].goes.set()
    assert first.result().outcome is Outcome.NOT_PRINTED, "it was another size than it was said to be"
    comings[1].goes.set()
    assert (await node.receive(comings[1])).outcome is Outcome.NOT_PRINTED


async def test_what_has_arrived_is_promised_no_more(laptop: Spool, box: Spool) -> None:
    node = await keeping(box)
    coming = await transfer(laptop, bytes(3_000_000))
    left: list[int] = []

    class Watched(DirectTransfer):
        async def sealed(self, number: int) -> AsyncIterator[bytes]:
            async for piece in super().sealed(number):
                left.append(sum(node._promised.values()))
                yield piece

    assert await node.receive(Watched(coming.ticket, coming.held, coming.documents)) == STAGED
    assert left == sorted(left, reverse=True)
    assert (left[0], left[-1] < 1_000_000, node._promised) == (3_000_000, True, {})


async def test_what_cannot_be_kept_ends_as_not_there(laptop: Spool, box: Spool) -> None:
    node, coming = await keeping(box), await transfer(laptop)
    (document,) = coming.documents
    end = await node.receive(replace(coming, documents=(replace(document, key=bytes(32)),)))
    assert end.outcome is Outcome.NOT_PRINTED
    assert not await node.commit(coming.ticket, SECRET)


async def test_after_a_restart_it_is_known_what_arrived(laptop: Spool, box: Spool) -> None:
    node, coming = await keeping(box), await transfer(laptop)
    begun = Begun(coming.ticket, "ada", SystemClock().now())
    assert (await node.after_restart(begun)).outcome is Outcome.NOT_PRINTED
    await node.receive(coming)
    assert await node.after_restart(begun) == STAGED
    with pytest.raises(NotPossible):
        await node.cancel(begun)


async def test_what_is_never_committed_goes_after_a_week(laptop: Spool, box: Spool) -> None:
    node, coming = await keeping(box), await transfer(laptop)
    await node.receive(coming)
    await box.moves.drop_older(SystemClock().now() - STAGED_KEPT)
    assert await box.moves.staged(coming.ticket.ticket_id) is not None
    await box.moves.drop_older(SystemClock().now() + timedelta(seconds=1))
    assert not await node.commit(coming.ticket, SECRET)
