"""The commands as programs, against a service on real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.agent import jobs
from presswork.agent.spool.job import Change, Job, Outcome, Phase
from presswork.printer.job import JobState
from presswork.protocols.control.agent import DesiredState
from presswork.protocols.control.timeline import JobEvent
from presswork.protocols.control.words import AccountBinding
from presswork.testing.intake import ME, PERSON, PRINTER, STATE
from presswork.testing.local import RunningLocal, run_presswork, running_local
from presswork.testing.moving import move_to_box
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import document_of


@pytest.fixture
async def local(tmp_path: Path) -> AsyncIterator[RunningLocal]:
    async with running_local(tmp_path / "agent") as running:
        yield running


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.pdf"
    path.write_bytes(make_pdf())
    return path


async def _job(local: RunningLocal) -> Job:
    (job,) = await local.spool.list()
    return job


async def test_print_then_look_then_release_then_delete(local: RunningLocal, letter: Path) -> None:
    printed = await local.presswork(
        "print", str(letter), "--queue", "secure", "--copies", "3", "--sides", "two-sided-long-edge"
    )
    assert printed == (0, "letter.pdf: waits for you.\n", "")
    job = await _job(local)
    assert (job.ticket.copies, job.ticket.sides, job.name) == (3, "two-sided-long-edge", "letter.pdf")
    assert await document_of(local.spool, job.id) == make_pdf()
    short = str(job.id)[-8:]

    listed = await local.presswork("jobs")
    assert listed.status == 0
    assert listed.out.rstrip("\n").split("\t") == [
        short, "pending-held", "secure", f"{len(make_pdf())} bytes", "waits for you", "letter.pdf",
    ]  # fmt: skip
    as_json = json.loads((await local.presswork("jobs", "--json")).out)
    assert as_json[0]["job"]["job_id"] == str(job.id)

    released = await local.presswork("release", short, "--printer", "lobby")
    assert released == (0, "letter.pdf: on its way to Lobby.\n", "")
    deleted = await local.presswork("delete", short)
    assert deleted == (0, "letter.pdf: the document is destroyed.\n", "")
    assert (await local.presswork("jobs")).out == ""
    assert "deleted" in (await local.presswork("jobs", "--all")).out

    story = (await local.presswork("jobs", short)).out
    sentences = ["Received from", "Waiting, sealed", "Released to Lobby", "Deleted; the document is destroyed."]
    places = [story.index(sentence) for sentence in sentences]
    assert places == sorted(places)


async def test_a_document_on_another_computer_is_released_and_deleted_there(local: RunningLocal, letter: Path) -> None:
    await local.presswork("print", str(letter), "--queue", "secure")
    job = await _job(local)
    await local.spool.change(job.id, Change(phase=Phase.MOVING, event=JobEvent.MOVING, move=move_to_box()))
    released = await local.presswork("release", str(job.id)[-8:], "--printer", "lobby", "--wait")
    assert released == (0, "letter.pdf: Box-1 was asked to print it. Its page says what becomes of it.\n", "")
    deleted = await local.presswork("delete", str(job.id)[-8:])
    assert deleted.out == "letter.pdf: Box-1 was asked to destroy the document. Its page says when it is done.\n"
    assert [one.kind for one in local.server.wishes] == ["release", "delete"]


async def test_the_route_is_explained(local: RunningLocal, letter: Path) -> None:
    await local.presswork("print", str(letter), "--queue", "secure", "--printer", "lobby")
    explained = await local.presswork("route", "explain", str((await _job(local)).id)[-8:])
    assert explained == (
        0,
        "letter.pdf: These routes to Lobby would be tried, in this order:\n"
        "  Directly.\n"
        "  Not through another computer: nobody answers there now.\n"
        "  Not through a print server: nobody answers there now.\n"
        "  Not through the server: nobody answers there now.\n",
        "",
    )


async def test_print_at_a_printer_at_once(local: RunningLocal, letter: Path) -> None:
    printed = await local.presswork("print", str(letter), "--queue", "secure", "--printer", "Lobby")
    assert printed == (0, "letter.pdf: on its way to Lobby.\n", "")
    assert (await _job(local)).printer_id == PRINTER.printer_id


async def test_several_queues_need_a_choice_one_does_not(local: RunningLocal, letter: Path) -> None:
    refused = await local.presswork("print", str(letter))
    assert refused == (1, "", "presswork: Choose a queue with --queue: secure, direct.\n")
    await local.desired.put(STATE.model_copy(update={"queues": STATE.queues[:1]}))
    assert (await local.presswork("print", str(letter))).status == 0
    await local.desired.put(STATE.model_copy(update={"queues": ()}))
    assert "no queue yet" in (await local.presswork("print", str(letter))).err


async def test_waiting_ends_with_the_truth(local: RunningLocal, letter: Path) -> None:
    cases = [
        (Outcome.PRINTED, JobEvent.PRINTED, 0, "letter.pdf: printed on Lobby.\n", ""),
        (Outcome.UNKNOWN, JobEvent.UNKNOWN, 0, "letter.pdf: sent to Lobby; it does not say whether it printed.\n", ""),
        (Outcome.NOT_PRINTED, JobEvent.NOT_PRINTED, 1, "", "presswork: letter.pdf: Not printed: no paper."),
    ]
    for outcome, event, status, out, err in cases:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(
                local.presswork("print", str(letter), "--queue", "secure", "--printer", "Lobby", "--wait")
            )
            await _deliver(local, outcome, event)
        ran = waiting.result()
        assert (ran.status, ran.out) == (status, out)
        assert ran.err.startswith(err)
        assert bool(ran.err) is bool(err)


async def _deliver(local: RunningLocal, outcome: Outcome, event: JobEvent) -> None:
    """As delivery does it: once the job is released it is sent and followed to its end."""
    async with local.spool.subscribe() as news, asyncio.timeout(30):
        while not (released := await local.spool.list(phases={Phase.RELEASED})):
            await news.get()
    job = released[0]
    await local.spool.change(job.id, Change(phase=Phase.SENDING, state=JobState.PROCESSING, event=JobEvent.SENDING))
    values = (("printer", "Lobby"), ("message", "no paper"))
    state = JobState.ABORTED if outcome is Outcome.NOT_PRINTED else JobState.COMPLETED
    await local.spool.change(
        job.id, Change(phase=Phase.ENDED, state=state, outcome=outcome, event=event, values=values)
    )


async def test_release_without_a_printer_lists_them_where_nobody_can_be_asked(
    local: RunningLocal, letter: Path
) -> None:
    await local.presswork("print", str(letter), "--queue", "secure")
    job = await _job(local)
    refused = await local.presswork("release", str(job.id))
    assert refused.status == 1
    assert "1  Lobby" in refused.out
    assert refused.err == "presswork: Choose one of these printers with --printer.\n"
    assert (await _job(local)).phase is Phase.HELD


async def test_release_at_a_terminal_asks(local: RunningLocal, letter: Path) -> None:
    await local.presswork("print", str(letter), "--queue", "secure")
    job = await _job(local)
    shown = await _at_a_terminal(local, ["release", str(job.id)], answers=b"7\nx\n1\n")
    assert shown.count("Number:") == 3
    assert "on its way to Lobby" in shown
    assert (await _job(local)).phase is Phase.RELEASED


async def test_at_a_terminal_the_list_is_a_table(local: RunningLocal, letter: Path) -> None:
    await local.presswork("print", str(letter), "--queue", "secure")
    shown = await _at_a_terminal(local, ["jobs"])
    assert "Document" in shown
    assert "letter.pdf" in shown
    assert "waits for you" in shown
    await jobs.delete(local.spool, (await _job(local)).id)
    assert "Nothing waits for you" in await _at_a_terminal(local, ["jobs"])


async def _at_a_terminal(local: RunningLocal, arguments: list[str], answers: bytes = b"") -> str:
    """What a person sees at a terminal of 100 columns."""
    ours, theirs = pty.openpty()
    try:
        environment = local.environment | {"TERM": "xterm", "COLUMNS": "100"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "presswork", *arguments, stdin=theirs, stdout=theirs, stderr=theirs, env=environment
        )
        os.write(ours, answers)
        async with asyncio.timeout(30):
            await process.wait()
        os.set_blocking(ours, False)
        return os.read(ours, 1 << 20).decode()
    finally:
        os.close(ours)
        os.close(theirs)


async def test_a_name_cannot_paint_the_terminal(local: RunningLocal, tmp_path: Path) -> None:
    """A document's name is another's text: no escape sequence, no markup of ours, no line break."""
    path = tmp_path / "[bold red]x\x1b[31m\n\tend"
    path.write_bytes(make_pdf())
    printed = await local.presswork("print", str(path), "--queue", "secure")
    assert printed == (0, "[bold red]x[31mend: waits for you.\n", "")
    assert "[bold red]x[31mend" in await _at_a_terminal(local, ["jobs"])


async def test_sign_in_shows_where_and_ends_with_the_name(local: RunningLocal) -> None:
    assert await local.presswork("sign-in") == (0, f"You are signed in as {PERSON.person}.\n", "")
    await local.desired.put(STATE.model_copy(update={"accounts": ()}))
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(local.presswork("sign-in"))
        async with asyncio.timeout(30):
            while not local.server.asked:  # noqa: ASYNC110 - the played server has no events
                await asyncio.sleep(0.01)
        await local.desired.put(_bound())
    status, out, err = waiting.result()
    assert (status, err) == (0, "")
    assert "https://print.example.org/account-sign-in" in out
    assert "WDJB-MJHT" in out
    assert out.endswith("You are signed in as Grace Hopper.\n")


def _bound() -> DesiredState:
    binding = AccountBinding(account=ME, user_id=PERSON.user_id, person="Grace Hopper")
    return STATE.model_copy(update={"accounts": (binding,)})


async def test_what_is_not_understood_is_status_2(local: RunningLocal, letter: Path) -> None:
    for arguments in (
        ("print",),
        ("print", str(letter.parent / "none.pdf")),
        ("print", str(letter.parent)),
        ("print", str(letter), "--copies", "0"),
        ("print", str(letter), "--sides", "three"),
        ("release",),
        ("jobs", "--what"),
    ):
        ran = await local.presswork(*arguments)
        assert (ran.status, ran.out) == (2, ""), arguments
        assert ran.err
    assert await local.spool.list() == []


async def test_without_the_service_one_sentence_says_what_to_do(tmp_path: Path) -> None:
    ran = await run_presswork(os.environ | {"PRESSWORK_AGENT_DIRECTORY": str(tmp_path / "none")}, ["jobs"])
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.count("\n") == 1
    assert "systemctl start presswork-agent" in ran.err


async def test_a_squatter_on_the_port_gets_nothing(local: RunningLocal, letter: Path, tmp_path: Path) -> None:
    """While the agent is away somebody else listens on its port, with a certificate of their own."""
    async with running_local(tmp_path / "squatter") as squatter:
        environment = squatter.environment | {"PRESSWORK_AGENT_DIRECTORY": str(local.settings.directory)}
        ran = await run_presswork(environment, ["print", str(letter), "--queue", "secure"])
        assert (ran.status, ran.out) == (1, "")
        assert "is not the Presswork service" in ran.err
        assert await squatter.spool.list() == []
