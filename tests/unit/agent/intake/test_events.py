"""Who subscribed hears of their jobs (RFC 3995, RFC 3996), over the socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

from presswork.agent.jobs import delete
from presswork.net.ipp_client import IppClient
from presswork.protocols.ipp.message import Attribute, Group
from presswork.protocols.ipp.registry import Operation, Status
from presswork.protocols.ipp.values import Keyword, Tag
from presswork.testing.intake import HOLD, ME, running_intake
from presswork.testing.pdf import make_pdf
from presswork.testing.spooling import held_job, pieces
from presswork.testing.timing import MS

EVERY = Group.of(
    Tag.SUBSCRIPTION,
    [
        Attribute.of("notify-pull-method", Keyword("ippget")),
        Attribute.of("notify-events", Keyword("job-created"), Keyword("job-state-changed"), Keyword("job-completed")),
    ],
)


async def heard(printer: IppClient, kind: str) -> list[tuple[str, int]]:
    """Event and job-state of each notification so far, once that kind is among them."""
    while True:
        reply = await printer.call(Operation.GET_NOTIFICATIONS, Attribute.of("notify-subscription-ids", 1))
        groups = [{one.name: one.value for one in group} for group in reply.all(Tag.EVENT_NOTIFICATION)]
        events = [(str(one["notify-subscribed-event"]), int(str(one["job-state"]))) for one in groups]
        if kind in dict(events):
            return events
        await asyncio.sleep(20 * MS)


async def subscribe(printer: IppClient) -> None:
    assert (await printer.call(Operation.CREATE_PRINTER_SUBSCRIPTIONS, groups=(EVERY,))).code == Status.SUCCESSFUL_OK


async def print_it(printer: IppClient) -> None:
    assert (await printer.call(Operation.PRINT_JOB, document=pieces(make_pdf()))).code == Status.SUCCESSFUL_OK


async def test_the_owner_hears_of_a_job_from_its_creation_to_its_end(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(20),
        running_intake(tmp_path) as running,
        IppClient(running.uri(HOLD.name), user=ME) as printer,
    ):
        await subscribe(printer)
        await print_it(printer)
        assert await heard(printer, "job-created") == [("job-created", 4)]
        await delete(running.spool, (await running.spool.list())[0].id)
        assert await heard(printer, "job-completed") == [("job-created", 4), ("job-completed", 7)]


async def test_a_job_from_before_the_subscription_is_not_called_new(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(20),
        running_intake(tmp_path) as running,
        IppClient(running.uri(HOLD.name), user=ME) as printer,
    ):
        await print_it(printer)
        await subscribe(printer)
        await delete(running.spool, (await running.spool.list())[0].id)
        assert await heard(printer, "job-completed") == [("job-completed", 7)]


async def test_nobody_hears_of_the_jobs_of_others(tmp_path: Path) -> None:
    async with (
        asyncio.timeout(20),
        running_intake(tmp_path) as running,
        IppClient(running.uri(HOLD.name), user=ME) as printer,
    ):
        await subscribe(printer)
        theirs = await held_job(running.spool, account="eve", queue_id=HOLD.queue_id)
        await delete(running.spool, theirs.id)
        await print_it(printer)
        assert await heard(printer, "job-created") == [("job-created", 4)]
