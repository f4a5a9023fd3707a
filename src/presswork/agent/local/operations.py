"""The operations of 21338. Each takes the account that the kernel named, and touches only that account's jobs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from typing import Literal, TypeVar
from uuid import UUID

from presswork.agent import jobs
from presswork.agent.local.printers import chosen_printer, find_printers
from presswork.agent.local.services import Services
from presswork.agent.local.views import own_job, view_of
from presswork.agent.route.explain import as_it_went, as_it_would_go
from presswork.agent.spool.job import Job, JobTicket, Phase
from presswork.agent.spool.news import Subscription
from presswork.core.errors import Distrusted, Gone, NotFound, NotPossible, ServerUnreachable
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
    Reply,
    Request,
    RouteExplained,
    SignedIn,
    SignIn,
    SignInPrompt,
    Status,
    StatusReply,
    Submit,
    Watch,
)
from presswork.protocols.control.route import JobWish
from presswork.protocols.ipp.message import Attribute
from presswork.protocols.ipp.values import Keyword

_SIGN_IN_POLL = 3.0
"""Seconds between questions to the server while somebody waits for a sign-in and no wake came."""
_SIGN_IN_LONGEST = 3600.0
_PROGRESS_EVERY = 0.2
"""Seconds between two views of a job that is being sent."""
_AT_ONCE = 200
"""Printers or jobs in one frame."""
_Item = TypeVar("_Item")
_OPEN = frozenset({Phase.INCOMING, Phase.HELD, Phase.RELEASED, Phase.SENDING, Phase.MOVING})


async def perform(
    services: Services, account: str, request: Request, document: Callable[[], AsyncIterator[bytes]]
) -> AsyncGenerator[Reply]:
    """The replies to ``request``; the last one has ``last`` set. ``document`` is called once, by Submit."""
    match request:
        case SignIn():
            async with aclosing(sign_in(services, account)) as replies:
                async for reply in replies:
                    yield reply
        case Watch():
            async with aclosing(watch(services, account, request)) as views:
                async for view in views:
                    yield view
        case ListPrinters():
            for printers in await list_printers(services, account, request):
                yield printers
        case ListJobs():
            for listed in await list_jobs(services, account, request):
                yield listed
        case ExplainRoute():
            yield await explain_route(services, account, request)
        case _:
            yield await _single(services, account, request, document)


async def _single(
    services: Services,
    account: str,
    request: Status | ListQueues | GetJob | Submit | Release | Delete,
    document: Callable[[], AsyncIterator[bytes]],
) -> Reply:
    match request:
        case Status():
            return status(services, account)
        case ListQueues():
            return QueuesReply(queues=services.desired.queues_of(account))
        case GetJob():
            return await get_job(services, account, request)
        case Submit():
            return await submit(services, account, request, document())
        case Release():
            return await release(services, account, request)
        case Delete():
            return await delete(services, account, request)


def status(services: Services, account: str) -> StatusReply:
    """Who the account is, and whether the server is there."""
    binding = services.desired.person(account)
    return StatusReply(
        account=account,
        person=None if binding is None else binding.person,
        computer=services.desired.state.computer_name,
        enrolled=services.server.enrolled,
        server_reachable=services.server.reachable,
        lans=len(services.neighbours.counts()),
        neighbours=len(services.neighbours.peers()),
    )


async def sign_in(services: Services, account: str) -> AsyncGenerator[SignInPrompt | SignedIn]:
    """A prompt, then the person; only the person when that is known. ``Gone`` when nobody confirmed in time."""
    if (binding := services.desired.person(account)) is None:
        started = await services.server.start_sign_in(account)
        yield SignInPrompt(**started.model_dump())
        left = (started.expires_at - services.server.server_now()).total_seconds()
        seen = services.desired.generation
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, _SIGN_IN_LONGEST)):
                while (binding := services.desired.person(account)) is None:
                    seen = await _changed_or_asked(services, seen)
    if binding is None:
        raise Gone("The sign-in was not confirmed in time. Run presswork sign-in again.")
    yield SignedIn(person=binding.person)


async def _changed_or_asked(services: Services, seen: int) -> int:
    try:
        async with asyncio.timeout(_SIGN_IN_POLL):
            return await services.desired.changed(seen)
    except TimeoutError:
        services.server.sync_soon()
        return seen


async def list_printers(services: Services, account: str, request: ListPrinters) -> Iterator[PrintersReply]:
    """Those the server finds; without it, those this computer knows."""
    found, more = await find_printers(services, account, request.text)
    views = [
        PrinterView(printer_id=printer.printer_id, name=printer.name, location=printer.location) for printer in found
    ]
    return (PrintersReply(printers=part, last=last, more=more) for part, last in _in_parts(views))


async def list_jobs(services: Services, account: str, request: ListJobs) -> Iterator[JobsReply]:
    """The account's own, newest first."""
    found = await services.spool.list(account=account, phases=None if request.ended else _OPEN, limit=request.limit)
    views = [view_of(services, job) for job in found]
    return (JobsReply(jobs=part, last=last) for part, last in _in_parts(views))


def _in_parts(items: Sequence[_Item]) -> Iterator[tuple[tuple[_Item, ...], bool]]:
    """So many at once as surely fit into a frame, and whether these are the last."""
    starts = range(0, max(len(items), 1), _AT_ONCE)
    return ((tuple(items[start : start + _AT_ONCE]), start == starts[-1]) for start in starts)


async def get_job(services: Services, account: str, request: GetJob) -> JobView:
    """An own job and its timeline."""
    return await _told(services, (await own_job(services, account, request.job)).id)


async def submit(services: Services, account: str, request: Submit, document: AsyncIterator[bytes]) -> JobView:
    """A document becomes a job of this account."""
    queue = services.desired.queue(request.queue)
    if queue is None:
        there = ", ".join(sorted(one.name for one in services.desired.queues_of(account))) or "none yet"
        raise NotFound(f"This computer has no queue “{request.queue}”. It has: {there}.")
    ticket = JobTicket((Attribute.of("copies", request.copies), Attribute.of("sides", Keyword(request.sides))))
    job = await services.submit(
        queue, account, document, name=request.name, ticket=ticket, document_format=request.document_format
    )
    return view_of(services, job)


async def release(services: Services, account: str, request: Release) -> JobView:
    """Print an own job now."""
    job = await own_job(services, account, request.job)
    if job.user_id is None:
        # docs/decisions/0007-unclaimed-jobs-wait.md
        raise NotPossible("Nobody has signed in for your account on this computer. Do that first: presswork sign-in")
    printer = await chosen_printer(services, account, job, request.printer)
    if job.move is not None:
        return await _ask_its_holder(services, job, "release", printer.printer_id)
    await services.desired.learn(printer)
    released = await jobs.release(services.spool, job.id, printer)
    return view_of(services, released)


async def delete(services: Services, account: str, request: Delete) -> JobView:
    """Destroy an own job's document; a printer that has begun with it is told to stop first."""
    job = await own_job(services, account, request.job)
    if job.move is not None:
        return await _ask_its_holder(services, job, "delete")
    await services.cancel(job.id)
    return view_of(services, await jobs.delete(services.spool, job.id))


async def _ask_its_holder(
    services: Services, job: Job, kind: Literal["release", "delete"], printer_id: UUID | None = None
) -> JobView:
    """The job was handed over, or is about to be: the server knows who has it, and tells them."""
    wish = JobWish(job_id=job.id, account=job.account, kind=kind, printer_id=printer_id)
    view = view_of(services, job)
    try:
        taken = await services.server.wish(wish)
    except (ServerUnreachable, Distrusted):
        raise ServerUnreachable(
            f"This document was handed over to {view.elsewhere}, and the server, which tells that computer, does not answer. "
            "Try again when it does."
        ) from None
    return view.model_copy(update={"asked": taken.computer or view.elsewhere})


async def explain_route(services: Services, account: str, request: ExplainRoute) -> RouteExplained:
    """How an own job went, or how it would go now to the printer it is for. ``NotPossible`` where that is not known."""
    job = await own_job(services, account, request.job)
    if (told := as_it_went(job.name, (await services.spool.story(job.id)).timeline)) is not None:
        return told
    queue = services.desired.queue_by_id(job.queue_id)
    printer_id = job.printer_id or (None if queue is None else queue.printer_id)
    spec = None if printer_id is None else services.desired.printer(printer_id)
    if job.move is not None:
        raise NotPossible(
            f"This document was handed over to {job.move.peer.name}, which prints it. "
            "How it went stands on its page, under My documents."
        )
    if not job.document_kept:
        raise NotPossible("This document was not sent anywhere, and is destroyed.")
    if spec is None:
        raise NotPossible(
            "This document was not sent yet, and no printer is chosen for it. Release it, then ask again."
        )
    return as_it_would_go(job.name, spec.name, await services.foresee(job, spec))


async def watch(services: Services, account: str, request: Watch) -> AsyncGenerator[JobView]:
    """An own job at each change, until it is over or the time is."""
    job = await own_job(services, account, request.job)
    until = services.clock.monotonic() + request.seconds
    async with services.spool.subscribe() as news:
        told: JobView | None = None
        while True:
            view = await _told(services, job.id)
            left = until - services.clock.monotonic()
            last = view.job.ended_at is not None or left <= 0
            if last or view != told:
                yield view.model_copy(update={"last": last})
            if last:
                return
            told = view
            await _next_change(news, job.id, left if view.progress is None else min(left, _PROGRESS_EVERY))


async def _next_change(news: Subscription, job_id: UUID, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while await news.get() not in (job_id, None):
                pass


async def _told(services: Services, job_id: UUID) -> JobView:
    story = await services.spool.story(job_id)
    return view_of(services, story.job, story.timeline)
