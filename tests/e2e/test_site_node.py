"""A site node that goes away in the middle of a hand-over: who wants the document has it, once, and nothing is left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path

from presswork.agent.link.identity import load_identity
from presswork.agent.parts import RunningAgent
from presswork.agent.spool import Spool, open_spool
from presswork.agent.spool.job import Change, Job, JobTicket, Move, Phase
from presswork.core.clock import SystemClock, system_randomness
from presswork.core.settings import AgentSettings
from presswork.protocols.control.route import PeerSpec
from presswork.protocols.control.timeline import JobEvent
from presswork.server import jobs
from presswork.server.computers import AgentPrincipal
from presswork.server.jobs import JobDetail
from presswork.testing.agent import enrol_with, environment_of, free_port, queue_of, running_agent, settings_for
from presswork.testing.intake import ME
from presswork.testing.local import run_presswork
from presswork.testing.moving import arriving, sealed_documents
from presswork.testing.pdf import make_pdf
from presswork.testing.raw_server import raw_server
from presswork.testing.server import ServerInTest, running_server
from presswork.testing.sink import Sink
from presswork.testing.spooling import pieces
from presswork.testing.tenants import COMMITMENT, SECRET
from presswork.testing.timing import MS, eventually

DEADLINE = 30_000 * MS


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not await holds():  # noqa: ASYNC110 - a database has no event
            await asyncio.sleep(5 * MS)


async def principal(server: ServerInTest, settings: AgentSettings) -> AgentPrincipal:
    """As the server knows that computer."""
    identity = await asyncio.to_thread(load_identity, settings.directory)
    assert identity is not None
    return AgentPrincipal(server.context.installation.tenant_id, identity.computer_id, "desk", "serial")


async def signed_in(server: ServerInTest, laptop: RunningAgent) -> None:
    await queue_of(laptop, "office")
    started = await laptop.link.start_sign_in(ME)
    await server.confirm_sign_in(started.user_code)
    await eventually(lambda: laptop.desired.person(ME) is not None, deadline=DEADLINE)


async def waiting(laptop: RunningAgent) -> Job:
    """A document of which the server knows."""
    job = await laptop.intake.submit(
        await queue_of(laptop, "office"),
        ME,
        pieces(make_pdf()),
        name="Letter",
        ticket=JobTicket(),
        document_format="application/pdf",
    )

    async def counted() -> bool:
        return (await laptop.spool.get(job.id)).pages is not None

    await until(counted)
    await until(told(laptop))
    return await laptop.spool.get(job.id)


def told(laptop: RunningAgent) -> Callable[[], Awaitable[bool]]:
    """Whether the server knows all that this computer has to tell."""

    async def nothing_left() -> bool:
        return not await laptop.spool.reports(1)

    return nothing_left


async def handed_over_to_nobody(server: ServerInTest, laptop: RunningAgent, node: AgentSettings, job: Job) -> None:
    """The site node has taken the job over, and is gone before it could say so to anybody."""
    box = await principal(server, node)
    async with server.context.database.writing() as session:
        row = await jobs.held_for_release(session, await principal(server, laptop.settings), job.id)
        assert row is not None
        granted = await jobs.grant_hand_over(session, row, box.computer_id, COMMITMENT)
    peer = PeerSpec(computer_id=box.computer_id, name="Box-1", addresses=(ip_address("127.0.0.1"),), port=free_port())
    move = Move(ticket_id=granted.ticket_id, peer=peer, fence=granted.fence, ticket="signed", secret=SECRET)
    there = await open_spool(node.directory / "spool", SystemClock(), system_randomness)
    await there.moves.stage(await arriving(laptop.spool, job, move), sealed_documents(laptop.spool, job))
    await there.moves.adopt(move.ticket_id, "Box-1", SECRET)
    await there.close()
    await laptop.spool.change(job.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move))


async def shown(server: ServerInTest, job: Job) -> JobDetail:
    assert server.administrator is not None
    async with server.context.database.reading() as session:
        return await jobs.get_job(session, server.administrator.principal, job.id)


def over(spool: Spool, job: Job) -> Callable[[], Awaitable[bool]]:
    async def ended() -> bool:
        found = await spool.get(job.id)
        return found.phase is Phase.ENDED and (found.outcome is not None or not found.document_kept)

    return ended


async def test_who_waits_is_not_kept_waiting_by_a_site_node_that_is_gone(tmp_path: Path) -> None:
    """With the real server, both agents whole, and the person's own commands; only the window is made by hand."""
    node, here = settings_for(tmp_path / "box"), settings_for(tmp_path)
    async with raw_server(sink := Sink()) as port, running_server(tmp_path) as server:
        await server.add_printer("Lobby", f"socket://127.0.0.1:{port}")
        await server.add_queue("office")
        await enrol_with(server, node)
        async with running_agent(tmp_path, server=server, settings=here) as laptop:
            await signed_in(server, laptop)
            released, deleted = await waiting(laptop), await waiting(laptop)
            for job, wish in ((released, ("release", "--printer", "Lobby")), (deleted, ("delete",))):
                await handed_over_to_nobody(server, laptop, node, job)
                asked = await run_presswork(environment_of(here), [wish[0], str(job.id), *wish[1:]])
                assert (asked.status, "was asked to" in asked.out) == (0, True), asked
                await until(over(laptop.spool, job))
                events = [entry.event for entry in (await laptop.spool.story(job.id)).timeline]
                assert events[events.index(JobEvent.MOVING) + 1] is JobEvent.TAKEN_BACK
                assert (await laptop.spool.get(job.id)).fence == 3
            await until(told(laptop))
        async with running_agent(tmp_path / "box", server=server, settings=node) as box:
            for job in (released, deleted):
                await until(over(box.spool, job))
                found = await box.spool.get(job.id)
                assert (found.outcome, found.document_kept) == (None, False)
        assert [(await shown(server, job)).job.outcome for job in (released, deleted)] == ["unknown", None]
        assert not (await shown(server, deleted)).job.document_kept
    assert [bytes(one) for one in sink.jobs] == [make_pdf()]
