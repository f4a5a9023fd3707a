"""The commands' work: ask the agent, show what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from presswork.client.conversation import Agent, expected
from presswork.client.show import Bar, Screen
from presswork.client.words import short_id, state_of
from presswork.core.clock import SystemClock
from presswork.core.errors import Fault, Invalid, NotFound
from presswork.net.control import PIECE
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
    PrinterView,
    QueuesReply,
    Release,
    RouteExplained,
    SignedIn,
    SignIn,
    SignInPrompt,
    Submit,
    Watch,
)

_SIGN_IN_PATIENCE = 2 * 3600.0
_WATCH_SECONDS = 300
_SNIFF = "application/octet-stream"
"""The format is found out from the document itself, where it arrives."""


class NotPrinted(Fault):
    """It came to its end without paper."""

    code = "not-printed"


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be printed, and how."""

    file: Path
    queue: str | None
    copies: int
    sides: Literal["one-sided", "two-sided-long-edge", "two-sided-short-edge"]


async def sign_in(agent: Agent, screen: Screen) -> None:
    """Until the person is known."""
    async with aclosing(agent.follow(SignIn(), patience=_SIGN_IN_PATIENCE)) as replies:
        async for reply in replies:
            if isinstance(reply, SignInPrompt):
                screen.sign_in(reply)
            else:
                screen.say(f"You are signed in as {expected(reply, SignedIn).person}.")


async def print_document(agent: Agent, screen: Screen, document: Document, printer: str | None, *, wait: bool) -> None:
    """Hand it over; release it at once where a printer is named."""
    file = document.file
    name = "".join(character for character in file.name if character.isprintable())[:255] or "document"
    request = Submit(
        queue=document.queue or await _only_queue(agent),
        name=name,
        document_format=_SNIFF,
        copies=document.copies,
        sides=document.sides,
    )
    size = (await asyncio.to_thread(file.stat)).st_size
    with screen.bar(f"Handing over {name}", size) as bar:
        view = await agent.submit(request, _pieces(file, bar))
    if printer is None and view.asks and screen.is_terminal and screen.agrees(f"Print it at {view.offered} now?"):
        printer = ""
    if printer is not None:
        view = await agent.ask(Release(job=str(view.job.job_id), printer=printer), JobView)
    await _end(agent, screen, view, wait=wait)


async def list_jobs(agent: Agent, screen: Screen, *, everything: bool, as_json: bool) -> None:
    """The person's own, newest first."""
    views: list[JobView] = []
    async with aclosing(agent.follow(ListJobs(ended=everything, limit=1000))) as replies:
        async for reply in replies:
            views += expected(reply, JobsReply).jobs
    if as_json:
        screen.raw(_json(views))
    elif views:
        screen.jobs(views, SystemClock().now())
    elif everything:
        screen.hint("You have printed nothing on this computer yet.")
    else:
        screen.hint(
            "Nothing waits for you on this computer. presswork jobs --all shows what is over, or waits on a site node."
        )


async def show_job(agent: Agent, screen: Screen, job: str, *, as_json: bool) -> None:
    """One of them and what happened to it."""
    view = await agent.ask(GetJob(job=job), JobView)
    if as_json:
        screen.raw(_json([view]))
    else:
        screen.story(view, SystemClock().now())


async def explain_route(agent: Agent, screen: Screen, job: str) -> None:
    """By which route it went or would go."""
    told = await agent.ask(ExplainRoute(job=job), RouteExplained)
    screen.say(f"{told.name}: {told.sentence}")
    for route in told.routes:
        screen.say(f"  {route}")


async def release(agent: Agent, screen: Screen, job: str, printer: str | None, *, wait: bool) -> None:
    """Print it at the printer; without one, at the one its queue is for, or the person chooses."""
    if printer is None:
        view = await agent.ask(GetJob(job=job), JobView)  # no choice for a document that is not there
        printer = "" if view.offered else await _chosen(agent, screen)
    view = await agent.ask(Release(job=job, printer=printer), JobView)
    if view.asked:
        screen.say(f"{view.job.name}: {view.asked} was asked to print it. Its page says what becomes of it.")
    else:
        await _end(agent, screen, view, wait=wait)


async def delete(agent: Agent, screen: Screen, job: str) -> None:
    """Destroy its document."""
    view = await agent.ask(Delete(job=job), JobView)
    if view.asked:
        screen.say(f"{view.job.name}: {view.asked} was asked to destroy the document. Its page says when it is done.")
    else:
        screen.say(f"{view.job.name}: the document is destroyed.")


async def _only_queue(agent: Agent) -> str:
    queues = (await agent.ask(ListQueues(), QueuesReply)).queues
    if not queues:
        raise NotFound("This computer has no queue yet. Your administrator adds one in the console.")
    if len(queues) > 1:
        raise Invalid(f"Choose a queue with --queue: {', '.join(queue.name for queue in queues)}.")
    return queues[0].name


async def _pieces(file: Path, bar: Bar) -> AsyncIterator[bytes]:
    """The document, read in the person's own session: its path goes nowhere."""
    sent = 0
    try:
        with await asyncio.to_thread(file.open, "rb") as opened:
            while piece := await asyncio.to_thread(opened.read, PIECE):
                yield piece
                sent += len(piece)
                bar.to(sent)
    except OSError as error:
        raise Invalid(f"{file.name} cannot be read: {error.strerror}.") from None


async def _chosen(agent: Agent, screen: Screen) -> str:
    text = ""
    while True:
        printers, more = await _printers(agent, text)
        if not printers and not text:
            raise NotFound("There is no printer yet. Your administrator adds one in the console.")
        if not printers:
            screen.hint(f"No printer has “{text}” in its name or place.")
        screen.printers(printers)
        if not screen.is_terminal:
            others = " There are others: --printer takes any of them by name." if more else ""
            raise Invalid(f"Choose one of these printers with --printer.{others}")
        answer = screen.choose(len(printers), more=more or bool(text))
        if isinstance(answer, int):
            return str(printers[answer - 1].printer_id)
        text = answer


async def _printers(agent: Agent, text: str) -> tuple[list[PrinterView], bool]:
    """The likeliest ones, or those with ``text`` in them; and whether there are others."""
    printers: list[PrinterView] = []
    more = False
    async with aclosing(agent.follow(ListPrinters(text=text))) as replies:
        async for reply in replies:
            answer = expected(reply, PrintersReply)
            printers += answer.printers
            more = answer.more
    return printers, more


async def _end(agent: Agent, screen: Screen, view: JobView, *, wait: bool) -> None:
    """Say where the job stands; with ``wait``, when it is over. ``NotPrinted`` when that was without paper."""
    if wait:
        view = await _until_over(agent, screen, view)
    if view.job.state in ("aborted", "canceled") or view.job.outcome == "not-printed":
        last = view.timeline[-1].sentence() if view.timeline else state_of(view)
        raise NotPrinted(f"{view.job.name}: {last}")
    screen.say(f"{view.job.name}: {state_of(view)}.")
    if view.job.state == "pending-held":
        screen.hint(f"Print it: presswork release {short_id(view)}")


async def _until_over(agent: Agent, screen: Screen, view: JobView) -> JobView:
    watch = Watch(job=str(view.job.job_id), seconds=_WATCH_SECONDS)
    with screen.bar(state_of(view), view.job.size) as bar:
        while view.job.ended_at is None:
            async with aclosing(agent.follow(watch, patience=_WATCH_SECONDS + 60.0)) as changes:
                async for change in changes:
                    view = expected(change, JobView)
                    bar.to(view.progress or 0, f"{view.job.name}: {state_of(view)}")
    return view


def _json(views: Sequence[JobView]) -> str:
    """The members of ``JobView`` (docs/reference/control.md) without what belongs to the channel."""
    listed = [view.model_dump(mode="json", exclude={"kind", "last"}) for view in views]
    return json.dumps(listed, indent=2, ensure_ascii=False) + "\n"
