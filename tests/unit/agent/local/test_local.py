"""One conversation on 21338: what a client may say, and what becomes of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from presswork.agent.link.requests import ServerRefused
from presswork.agent.local import operations
from presswork.agent.local.server import CONNECTIONS_PER_ACCOUNT
from presswork.agent.spool.documents import SMALL
from presswork.agent.spool.job import Change, Phase
from presswork.client.conversation import Agent, AgentRefused
from presswork.client.trust import read_certificate
from presswork.core.errors import Busy, Fault, ServerUnreachable
from presswork.net.control import Channel, connect
from presswork.net.tls import pinned_context
from presswork.printer.job import JobState
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.client import (
    Delete,
    ExplainRoute,
    GetJob,
    JobsReply,
    JobView,
    ListJobs,
    ListPrinters,
    ListQueues,
    PrintersReply,
    QueuesReply,
    Release,
    RouteExplained,
    SignedIn,
    SignIn,
    SignInPrompt,
    Status,
    StatusReply,
    Submit,
    Watch,
)
from presswork.protocols.control.framing import Frame, FrameKind
from presswork.protocols.control.route import JobWish
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import AccountBinding, PrinterSpec
from presswork.testing.carrying import prints
from presswork.testing.intake import DIRECT, HOLD, ME, PERSON, PRINTER, STATE
from presswork.testing.local import RunningLocal, running_local
from presswork.testing.moving import move_to_box
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import document_of, held_job, pieces

LETTER = Submit(queue=HOLD.name, name="Letter", document_format="application/octet-stream", copies=2)


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[RunningLocal]:
    async with running_local(tmp_path / "agent") as running:
        yield running


@pytest.fixture
def agent(local: RunningLocal) -> Agent:
    return Agent(local.settings)


async def _printed(agent: Agent, request: Submit = LETTER) -> JobView:
    return await agent.submit(request, pieces(make_pdf()))


async def test_who_am_i(agent: Agent) -> None:
    reply = await agent.ask(Status(), StatusReply)
    assert (reply.account, reply.person, reply.computer) == (ME, PERSON.person, "desk")
    assert reply.enrolled
    assert reply.server_reachable


async def test_what_there_is(agent: Agent) -> None:
    assert (await agent.ask(ListQueues(), QueuesReply)).queues == (HOLD, DIRECT)
    (printer,) = (await agent.ask(ListPrinters(), PrintersReply)).printers
    assert (printer.printer_id, printer.name) == (PRINTER.printer_id, PRINTER.name)


async def test_a_document_becomes_a_job_of_the_account(local: RunningLocal, agent: Agent) -> None:
    view = await _printed(agent)
    assert (view.job.account, view.job.user_id, view.job.owner_proof) == (ME, PERSON.user_id, "peer")
    assert (view.job.document_format, view.job.copies, view.queue) == ("application/pdf", 2, HOLD.name)
    assert view.job.state == "pending-held"
    assert await document_of(local.spool, view.job.job_id) == make_pdf()


async def test_a_document_for_a_direct_queue_goes_at_once(agent: Agent) -> None:
    view = await _printed(agent, LETTER.model_copy(update={"queue": DIRECT.name}))
    assert (view.job.state, view.printer) == ("pending", PRINTER.name)


@pytest.mark.parametrize(
    ("request_", "document", "code"),
    [
        (LETTER.model_copy(update={"queue": "none"}), b"%PDF-1.4", "not-found"),
        (LETTER, b"", "invalid"),
        (LETTER, b"#!/bin/sh\n", "format-not-supported"),
        (LETTER.model_copy(update={"document_format": "image/jpeg"}), b"%PDF-1.4\n", "invalid"),
    ],
)
async def test_a_document_that_is_not_taken_leaves_nothing(
    local: RunningLocal, agent: Agent, request_: Submit, document: bytes, code: str
) -> None:
    with pytest.raises(AgentRefused) as refused:
        await agent.submit(request_, pieces(document))
    assert refused.value.details["agent_code"] == code
    assert await local.spool.list(phases={Phase.HELD, Phase.RELEASED, Phase.INCOMING}) == []


async def test_a_refusal_reaches_a_client_that_is_still_sending(agent: Agent) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(256 * 1024)

    with pytest.raises(AgentRefused, match="no queue"):
        async with asyncio.timeout(20):
            await agent.submit(LETTER.model_copy(update={"queue": "none"}), endless())


async def test_a_document_that_breaks_off_is_not_kept(local: RunningLocal) -> None:
    async with local.spool.subscribe() as news, asyncio.timeout(20):
        async with _channel(local) as channel:
            await channel.send(Frame(FrameKind.JSON, LETTER.model_dump_json().encode()))
            await channel.send(Frame(FrameKind.DOCUMENT, make_pdf() + bytes(SMALL)))
            job_id = await news.get()
            assert job_id is not None
        while (await local.spool.get(job_id)).phase is not Phase.ENDED:
            await news.get()
    assert not (await local.spool.get(job_id)).document_kept


async def test_own_jobs_newest_first(local: RunningLocal, agent: Agent) -> None:
    names = ["one", "two", "three"]
    for name in names:
        await _printed(agent, LETTER.model_copy(update={"name": name}))
    await held_job(local.spool, account="somebody-else")
    listed = await agent.ask(ListJobs(), JobsReply)
    assert [view.job.name for view in listed.jobs] == names[::-1]
    await agent.ask(Delete(job=str(listed.jobs[0].job.job_id)), JobView)
    assert [view.job.name for view in (await agent.ask(ListJobs(), JobsReply)).jobs] == ["two", "one"]
    assert len((await agent.ask(ListJobs(ended=True), JobsReply)).jobs) == 3
    assert len((await agent.ask(ListJobs(ended=True, limit=1), JobsReply)).jobs) == 1


async def test_many_jobs_come_in_several_replies(local: RunningLocal, agent: Agent) -> None:
    for _ in range(201):
        await held_job(local.spool, account=ME)
    async with aclosing(agent.follow(ListJobs(limit=1000))) as replies:
        parts = [len(reply.jobs) async for reply in replies if isinstance(reply, JobsReply)]
    assert parts == [200, 1]


async def test_a_job_is_found_by_its_id_or_a_part_of_it(agent: Agent) -> None:
    view = await _printed(agent)
    job_id = str(view.job.job_id)
    for named in (job_id, job_id.upper(), job_id[-8:], job_id[:23], f" {job_id} "):
        assert (await agent.ask(GetJob(job=named), JobView)).job.job_id == view.job.job_id


async def test_a_part_that_fits_several_is_not_guessed(agent: Agent) -> None:
    first = await _printed(agent)
    await _printed(agent)
    with pytest.raises(AgentRefused, match="More than one") as refused:
        await agent.ask(Delete(job=str(first.job.job_id)[:4]), JobView)
    assert refused.value.details["agent_code"] == "conflict"


@pytest.mark.parametrize("operation", [GetJob, Delete, Watch])
async def test_the_jobs_of_others_are_not_there(
    local: RunningLocal, agent: Agent, operation: type[GetJob | Delete | Watch]
) -> None:
    other = await held_job(local.spool, account="somebody-else")
    for named in (str(other.id), str(other.id)[-8:], str(uuid4()), "zzzz", "-", "%"):
        with pytest.raises(AgentRefused) as refused:
            await agent.ask(operation(job=named), JobView)
        assert refused.value.details["agent_code"] == "not-found"
    with pytest.raises(AgentRefused, match="no such document"):
        await agent.ask(Release(job=str(other.id), printer=PRINTER.name), JobView)
    assert (await local.spool.get(other.id)).phase is Phase.HELD


async def test_release_by_name_in_any_case_or_by_id(agent: Agent) -> None:
    for printer in (PRINTER.name, PRINTER.name.upper(), str(PRINTER.printer_id)):
        view = await _printed(agent)
        released = await agent.ask(Release(job=str(view.job.job_id), printer=printer), JobView)
        assert (released.job.state, released.printer) == ("pending", PRINTER.name)


async def test_release_to_what_is_no_printer_or_several(local: RunningLocal, agent: Agent) -> None:
    view = await _printed(agent)
    with pytest.raises(AgentRefused, match="no printer"):
        await agent.ask(Release(job=str(view.job.job_id), printer="Moon"), JobView)
    twin = PrinterSpec(printer_id=uuid4(), name="lobby", device_uri="ipp://192.0.2.9/ipp/print")
    await local.desired.put(STATE.model_copy(update={"printers": (PRINTER, twin)}))
    with pytest.raises(AgentRefused, match="More than one printer"):
        await agent.ask(Release(job=str(view.job.job_id), printer="Lobby"), JobView)


async def test_nobody_releases_what_nobody_signed_in_for(local: RunningLocal, agent: Agent) -> None:
    await local.desired.put(STATE.model_copy(update={"accounts": ()}))
    view = await _printed(agent)
    assert view.job.user_id is None
    with pytest.raises(AgentRefused, match="presswork sign-in"):
        await agent.ask(Release(job=str(view.job.job_id), printer=PRINTER.name), JobView)
    await agent.ask(Delete(job=str(view.job.job_id)), JobView)


async def test_deleting_asks_delivery_to_stop_first(local: RunningLocal, agent: Agent) -> None:
    view = await _printed(agent)
    other = await held_job(local.spool, account="somebody-else")
    with pytest.raises(AgentRefused):
        await agent.ask(Delete(job=str(other.id)), JobView)
    await agent.ask(Delete(job=str(view.job.job_id)), JobView)
    assert local.cancelled == [view.job.job_id]


async def test_the_whole_story_of_a_job(agent: Agent) -> None:
    view = await _printed(agent)
    await agent.ask(Delete(job=str(view.job.job_id)), JobView)
    story = await agent.ask(GetJob(job=str(view.job.job_id)), JobView)
    assert [entry.event for entry in story.timeline] == [JobEvent.RECEIVED, JobEvent.HELD, JobEvent.DELETED]


async def test_the_route_of_an_own_job_is_explained(local: RunningLocal, agent: Agent) -> None:
    local.elsewhere.computers["PC-7"] = prints
    waiting = await _printed(agent)
    with pytest.raises(AgentRefused, match="no printer is chosen"):
        await agent.ask(ExplainRoute(job=str(waiting.job.job_id)), RouteExplained)
    released = await agent.ask(Release(job=str(waiting.job.job_id), printer=PRINTER.name), JobView)
    told = await agent.ask(ExplainRoute(job=str(released.job.job_id)), RouteExplained)
    assert not told.tried
    assert told.routes[:2] == ("Directly.", "Through PC-7.")
    change = Change(event=JobEvent.ROUTE, values=(("printer", "Lobby"), ("route", "relay"), ("computer", "PC-7")))
    await local.spool.change(released.job.job_id, change, only_if={Phase.RELEASED})
    told = await agent.ask(ExplainRoute(job=str(released.job.job_id)), RouteExplained)
    assert told == RouteExplained(name="Letter", tried=True, sentence="Goes to Lobby through PC-7.")
    others = await held_job(local.spool, account="somebody-else")
    with pytest.raises(AgentRefused, match="no such document"):
        await agent.ask(ExplainRoute(job=str(others.id)), RouteExplained)


async def test_a_document_that_was_destroyed_unsent_has_no_route(agent: Agent) -> None:
    view = await _printed(agent)
    await agent.ask(Delete(job=str(view.job.job_id)), JobView)
    with pytest.raises(AgentRefused, match="not sent anywhere, and is destroyed"):
        await agent.ask(ExplainRoute(job=str(view.job.job_id)), RouteExplained)


async def test_the_route_of_a_document_that_was_handed_over_stands_on_its_page(
    local: RunningLocal, agent: Agent
) -> None:
    there = Change(phase=Phase.ENDED, state=JobState.COMPLETED, event=JobEvent.MOVED)
    view = await _handed_over(local, agent, there)
    with pytest.raises(AgentRefused, match=r"handed over to .*, which prints it\. How it went stands on its page"):
        await agent.ask(ExplainRoute(job=str(view.job.job_id)), RouteExplained)


async def _handed_over(local: RunningLocal, agent: Agent, *then: Change) -> JobView:
    view = await _printed(agent)
    moving = Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move_to_box())
    for change in (moving, *then):
        await local.spool.change(view.job.job_id, change)
    return view


@pytest.mark.parametrize("moved", [False, True], ids=["on its way", "moved"])
async def test_what_is_wanted_of_a_job_elsewhere_goes_to_its_holder(
    local: RunningLocal, agent: Agent, moved: bool
) -> None:
    there = Change(phase=Phase.ENDED, state=JobState.COMPLETED, event=JobEvent.MOVED)
    view = await _handed_over(local, agent, *[there] * moved)
    job_id, local.server.holder = view.job.job_id, "Box-2"
    released = await agent.ask(Release(job=str(job_id), printer=PRINTER.name), JobView)
    deleted = await agent.ask(Delete(job=str(job_id)), JobView)
    assert (released.asked, deleted.asked, deleted.elsewhere) == ("Box-2", "Box-2", "Box-1")
    assert local.server.wishes == [
        JobWish(job_id=job_id, account=ME, kind="release", printer_id=PRINTER.printer_id),
        JobWish(job_id=job_id, account=ME, kind="delete"),
    ]
    assert (await local.spool.get(job_id)).version == view.job.version + 1 + moved


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (ServerUnreachable("The server does not answer in time."), "handed over to Box-1, and the server"),
        (ServerRefused("The document is destroyed already."), "destroyed already"),
    ],
)
async def test_a_wish_that_reaches_nobody_is_told(
    local: RunningLocal, agent: Agent, fault: Fault, sentence: str
) -> None:
    job_id, local.server.fault = (await _handed_over(local, agent)).job.job_id, fault
    for request in (Release(job=str(job_id), printer=PRINTER.name), Delete(job=str(job_id))):
        with pytest.raises(AgentRefused, match=sentence):
            await agent.ask(request, JobView)


async def test_nobody_wants_anything_of_anothers_job_elsewhere(local: RunningLocal, agent: Agent) -> None:
    others = await held_job(local.spool, account="somebody-else")
    await local.spool.change(others.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move_to_box()))
    for request in (Release(job=str(others.id), printer=PRINTER.name), Delete(job=str(others.id))):
        with pytest.raises(AgentRefused, match="no such document"):
            await agent.ask(request, JobView)
    assert local.server.wishes == []


async def test_watching_shows_each_change_and_the_progress(local: RunningLocal, agent: Agent) -> None:
    view = await _printed(agent)
    job_id = view.job.job_id
    seen: list[tuple[str, int | None]] = []
    async with aclosing(agent.follow(Watch(job=str(job_id), seconds=60))) as views:
        async for change in views:
            assert isinstance(change, JobView)
            seen.append((change.job.state, change.progress))
            if change.job.state == "pending-held":
                await agent.ask(Release(job=str(job_id), printer=PRINTER.name), JobView)
            elif change.job.state == "pending":
                local.sent[job_id] = 10
                await local.spool.change(job_id, Change(phase=Phase.SENDING, state=JobState.PROCESSING))
            elif change.progress == 10:
                local.sent[job_id] = 20
            elif change.progress == 20:
                del local.sent[job_id]
                await local.spool.change(job_id, Change(phase=Phase.ENDED, state=JobState.COMPLETED))
            assert change.last is (change.job.state == "completed")
    states = [state for state, _ in seen]
    assert states[0] == "pending-held"
    assert states[-1] == "completed"
    assert ("processing", 10) in seen
    assert ("processing", 20) in seen


async def test_watching_ends_with_its_time(agent: Agent) -> None:
    view = await _printed(agent)
    async with asyncio.timeout(20), aclosing(agent.follow(Watch(job=str(view.job.job_id), seconds=1))) as views:
        ends = [change.last async for change in views]
    assert ends == [False, True]


async def test_signed_in_already(agent: Agent) -> None:
    assert (await agent.ask(SignIn(), SignedIn)).person == PERSON.person


async def test_a_sign_in_shows_what_to_do_and_ends_with_the_person(local: RunningLocal, agent: Agent) -> None:
    await local.desired.put(STATE.model_copy(update={"accounts": ()}))
    async with aclosing(agent.follow(SignIn())) as replies:
        prompt = await anext(replies)
        assert isinstance(prompt, SignInPrompt)
        assert (prompt.user_code, prompt.last) == ("WDJB-MJHT", False)
        assert local.server.asked == [ME]
        await local.desired.put(_bound("somebody-else"))
        await local.desired.put(_bound(ME))
        signed_in = await anext(replies)
    assert isinstance(signed_in, SignedIn)
    assert signed_in.person == "Grace Hopper"


async def test_a_sign_in_nobody_confirms_ends(
    local: RunningLocal, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "_SIGN_IN_POLL", 0.05)
    await local.desired.put(STATE.model_copy(update={"accounts": ()}))
    local.server.expires_in = timedelta(seconds=1)
    async with asyncio.timeout(20), aclosing(agent.follow(SignIn())) as replies:
        await anext(replies)
        with pytest.raises(AgentRefused, match="not confirmed in time"):
            await anext(replies)
    assert local.server.syncs >= 1


async def test_a_sign_in_without_the_server_says_so(local: RunningLocal, agent: Agent) -> None:
    await local.desired.put(STATE.model_copy(update={"accounts": ()}))
    local.server.fault = ServerUnreachable("The server does not answer.")
    with pytest.raises(AgentRefused, match="does not answer"):
        await agent.ask(SignIn(), SignInPrompt)


async def test_whoever_hangs_up_is_not_waited_for(agent: Agent) -> None:
    """Each account has so many connections: those given up must be free again."""
    view = await _printed(agent)
    for _ in range(CONNECTIONS_PER_ACCOUNT * 2):
        async with aclosing(agent.follow(Watch(job=str(view.job.job_id), seconds=3600))) as views:
            await anext(views)


async def test_an_account_has_only_so_many_connections(local: RunningLocal) -> None:
    async with asyncio.timeout(30):
        open_ones = [_channel(local) for _ in range(CONNECTIONS_PER_ACCOUNT)]
        for one in open_ones:
            await one.__aenter__()
        with pytest.raises(Busy):
            async with _channel(local):
                pass
        for one in open_ones:
            await one.__aexit__(None, None, None)


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (Frame(FrameKind.JSON, b"not json"), "invalid"),
        (Frame(FrameKind.JSON, b"{}"), "invalid"),
        (Frame(FrameKind.JSON, b'{"op": "shutdown"}'), "invalid"),
        (Frame(FrameKind.JSON, b'{"op": "job"}'), "invalid"),
        (Frame(FrameKind.JSON, b'{"op": "job", "job": "a\\nb"}'), "invalid"),
        (Frame(FrameKind.JSON, json.dumps({"op": "job", "job": "x" * 300}).encode()), "invalid"),
        (Frame(FrameKind.JSON, LETTER.model_dump_json().replace('"copies":2', '"copies":0').encode()), "invalid"),
        (Frame(FrameKind.JSON, LETTER.model_dump_json().replace(HOLD.name, "../x").encode()), "invalid"),
        (Frame(FrameKind.JSON, b"[" * 100_000), "invalid"),
        (Frame(FrameKind.DOCUMENT, b"%PDF"), "invalid"),
        (Frame(FrameKind.END), "invalid"),
    ],
)
async def test_what_cannot_be_understood_is_refused(local: RunningLocal, frame: Frame, code: str) -> None:
    async with _channel(local) as channel:
        await channel.send(frame)
        reply = await channel.receive()
        assert reply is not None
        said = json.loads(reply.data)
        assert (said["kind"], said["code"], said["last"]) == ("refused", code, True)
        assert await channel.receive() is None


async def test_unknown_members_are_ignored(local: RunningLocal) -> None:
    """As a newer client says them; naming an account among them is naming nobody."""
    async with _channel(local) as channel:
        await channel.send(Frame(FrameKind.JSON, b'{"op": "status", "account": "root2", "path": "/etc/shadow"}'))
        reply = await channel.receive()
        assert reply is not None
        assert json.loads(reply.data)["account"] == ME


async def test_a_mistake_of_ours_is_told_and_harms_nobody_else(local: RunningLocal, agent: Agent) -> None:
    local.server.enrolled = "not a boolean"  # type: ignore[assignment]
    with capture_logs() as said, pytest.raises(AgentRefused, match="made a mistake"):
        await agent.ask(Status(), StatusReply)
    assert [entry["log_level"] for entry in said] == ["error"]
    local.server.enrolled = True
    assert await agent.ask(Status(), StatusReply)


@asynccontextmanager
async def _channel(local: RunningLocal) -> AsyncIterator[Channel]:
    certificate = await asyncio.to_thread(read_certificate, local.settings.directory)
    async with connect(local.settings.ports.client_control, pinned_context(certificate)) as channel:
        yield channel


def _bound(account: str) -> DesiredState:
    return STATE.model_copy(
        update={"accounts": (AccountBinding(account=account, user_id=uuid4(), person="Grace Hopper"),)}
    )


def test_every_refusal_is_a_fault() -> None:
    assert issubclass(AgentRefused, Fault)
