"""The agent's parts, made of each other and started in one TaskGroup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from presswork.agent.delivery import Deadlines, Delivery
from presswork.agent.delivery.ways import Ways
from presswork.agent.desired import Desired
from presswork.agent.directory import mark_of
from presswork.agent.discovery import Discovery, Neighbours
from presswork.agent.discovery.discovery import Around
from presswork.agent.discovery.entry import OwnEntry
from presswork.agent.host import keep
from presswork.agent.host.chosen import this_host
from presswork.agent.host.host import Host
from presswork.agent.intake import Intake, PageCounter, expire
from presswork.agent.link.hello import Introduction, hello
from presswork.agent.link.link import Link
from presswork.agent.link.printers import PrinterNews
from presswork.agent.listeners import Listeners
from presswork.agent.local.certificate import control_context
from presswork.agent.local.server import LocalServer
from presswork.agent.local.services import Services
from presswork.agent.others import Agent, Others
from presswork.agent.printers.counters import SnmpCounters
from presswork.agent.printers.poller import Poller
from presswork.agent.queue_states import QueueStates
from presswork.agent.redirector import Inward, InwardListeners, Kinds, Owners
from presswork.agent.relay.deadlines import RelayDeadlines
from presswork.agent.spool import Spool
from presswork.agent.supervision import kept_running
from presswork.core.clock import Clock, Randomness
from presswork.core.settings import AgentSettings, Ports
from presswork.protocols.control.words import PrinterReport


@dataclass(frozen=True, slots=True)
class RunningAgent:
    """The parts, for whoever started them."""

    settings: AgentSettings
    """With the ports of loopback that are really listened on."""
    spool: Spool
    desired: Desired
    link: Link
    intake: Intake
    delivery: Delivery
    introduction: Introduction
    """What it says of itself, with the ports on the LAN that are really listened on."""
    neighbours: Neighbours
    """Which other agents are on its LANs."""
    inward: InwardListeners
    """Where legacy systems print."""


@asynccontextmanager
async def parts(
    settings: AgentSettings,
    listeners: Listeners,
    spool: Spool,
    clock: Clock,
    *,
    randomness: Randomness,
    deadlines: Deadlines,
    relay_deadlines: RelayDeadlines,
) -> AsyncIterator[RunningAgent]:
    """All of them as long as the block lasts."""
    desired = Desired(spool)
    await desired.load()
    queue_states = QueueStates(spool)
    await queue_states.load()
    host = this_host(settings, settings.ports.local_web)
    introduction = Introduction(await asyncio.to_thread(hello))
    printers = PrinterNews()

    def looked(report: PrinterReport, *, soon: bool) -> None:
        printers.learned(report, soon=soon)
        others.looked_at(report)

    poller = Poller(desired, spool, looked, clock=clock, randomness=randomness)
    pages = PageCounter(spool)
    learned = partial(_learned, printers, poller)
    ways = Ways(spool, learned, SnmpCounters(randomness), clock, deadlines)

    async def cancel(job_id: UUID) -> None:
        await delivery.cancel(job_id)

    def wanted(job_id: UUID) -> None:
        others.wanted(job_id)

    entry = OwnEntry(spool)
    link = Link(
        settings.directory,
        spool,
        desired,
        printers=printers,
        cancel=cancel,
        wanted=wanted,
        place=host.place,
        introduction=introduction,
        entry=entry,
        clock=clock,
        randomness=randomness,
    )
    await link.removed.load()
    around = Around(
        desired, link.identified, introduction, host.place, link.removed, link.server_now, clock, randomness
    )
    discovery = Discovery(settings.directory, settings.ports.discovery, around, entry)
    others = Others(
        Agent(
            settings=settings,
            spool=spool,
            desired=desired,
            link=link,
            host=host,
            introduction=introduction,
            neighbours=discovery.neighbours,
            ways=ways.beside(),
            counted=pages.counted,
            clock=clock,
            randomness=randomness,
            relay_deadlines=relay_deadlines,
        )
    )
    await others.load()
    delivery = Delivery(
        spool,
        printers=desired.printer,
        queues=desired.queue_by_id,
        queue_states=queue_states,
        learned=learned,
        ways=ways,
        counted=pages.counted,
        routes=others.router,
        clock=clock,
        randomness=randomness,
        deadlines=deadlines,
    )
    intake = Intake(
        spool,
        desired,
        host,
        clock,
        queue_states,
        pages=pages,
        cancel=delivery.cancel,
        current=delivery.turns,
        document_limit=settings.document_limit,
        randomness=randomness,
    )
    owners = Owners(link.routes.owner, clock)
    inward = InwardListeners(
        settings,
        Inward(
            desired, intake.arrivals, owners, Kinds(settings.directory / "spool", settings.document_limit, randomness)
        ),
        intake,
        spool,
        queue_states,
        clock=clock,
        randomness=randomness,
    )
    services = Services(
        spool,
        desired,
        link,
        intake.submit,
        octets_sent=delivery.progress.octets_sent,
        cancel=delivery.cancel,
        neighbours=discovery.neighbours,
        foresee=others.router.foresee,
        clock=clock,
    )
    context = await asyncio.to_thread(control_context, settings.directory, clock.now())
    mark = await asyncio.to_thread(mark_of, settings.directory)
    listener = listeners.client_control
    local = LocalServer(services, host.peers, listener=listener, context=context, directory=settings.directory)
    async with asyncio.TaskGroup() as tasks:
        started = [
            tasks.create_task(intake.run(listeners.local_web, mark), name="intake"),
            tasks.create_task(local.run(), name="local"),
            tasks.create_task(kept_running("delivery", delivery.run, randomness), name="delivery"),
            tasks.create_task(
                kept_running("expiry", partial(expire, spool, desired, clock), randomness), name="expiry"
            ),
            tasks.create_task(kept_running("link", link.run, randomness), name="link"),
            tasks.create_task(kept_running("discovery", discovery.run, randomness), name="discovery"),
            tasks.create_task(others.run(), name="others"),
            tasks.create_task(kept_running("inward", inward.run, randomness), name="inward"),
            tasks.create_task(kept_running("poller", poller.run, randomness), name="poller"),
            tasks.create_task(_spooler(host, desired, intake, randomness), name="spooler"),
        ]
        try:
            yield RunningAgent(
                settings, spool, desired, link, intake, delivery, introduction, discovery.neighbours, inward
            )
        finally:
            for task in started:
                task.cancel()


def _learned(printers: PrinterNews, poller: Poller, report: PrinterReport) -> None:
    """A delivery looked at its printer: that is news, and a reason to look whether it prints."""
    printers.learned(report)
    poller.look_soon(report.printer_id)


async def _spooler(host: Host, desired: Desired, intake: Intake, randomness: Randomness) -> None:
    async def once() -> None:
        await keep.run(host.spooler, desired, intake.is_settled, randomness)

    await kept_running("spooler", once, randomness)


def with_ports(settings: AgentSettings, listeners: Listeners) -> AgentSettings:
    """The settings with the loopback ports that are really listened on."""
    found = {
        "client_control": listeners.client_control.getsockname()[1],
        "local_web": listeners.local_web.getsockname()[1],
    }
    ports: Ports = settings.ports.model_copy(update=found)
    return settings.model_copy(update={"ports": ports})
