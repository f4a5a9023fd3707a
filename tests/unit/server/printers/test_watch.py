"""Who watches a printer: one computer of its network, the same one as long as it can, another one when it is gone."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from presswork.core.clock import system_randomness
from presswork.core.ids import uuid7
from presswork.protocols.control.agent import WATCHES_PRINTERS, Hello
from presswork.protocols.control.words import NetworkHint, PrinterReport
from presswork.server import computers, networks, printers, queues
from presswork.server.computers import AgentPrincipal, Computer, Watcher
from presswork.server.printers import Printer
from presswork.server.printers.watch import Watchable, assign_watchers, choose, watched_by
from presswork.testing.tenants import World

NORTH, SOUTH = UUID(int=100), UUID(int=200)
ABLE = frozenset({WATCHES_PRINTERS})


def computer(number: int, *places: UUID) -> Watcher:
    return Watcher(UUID(int=number), ABLE, frozenset(places))


def printer(network: UUID | None = NORTH, **facts: object) -> Watchable:
    return Watchable(network, **{"watcher_id": None, **facts})  # type: ignore[arg-type]


def test_a_computer_of_the_network_watches_it():
    online = [computer(n, NORTH) for n in range(1, 20)] + [computer(n, SOUTH) for n in range(20, 40)]
    assert choose(printer(), online) in {one.computer_id for one in online[:19]}


def test_it_goes_on_when_others_come_and_moves_when_it_goes():
    online = [computer(n, NORTH) for n in range(1, 20)]
    first = choose(printer(), online)
    assert first is not None
    more = [computer(n, NORTH) for n in range(1, 200)]
    assert choose(printer(watcher_id=first), more) == first
    left = [one for one in online if one.computer_id != first]
    assert choose(printer(watcher_id=first), left) not in {first, None}


def test_only_what_a_computer_did_moves_when_it_goes():
    places = [UUID(int=1000 + n) for n in range(30)]
    online = [computer(n, *places) for n in range(1, 10)]
    before = {place: choose(printer(place), online) for place in places}
    gone = before[places[0]]
    after = {place: choose(printer(place), [one for one in online if one.computer_id != gone]) for place in places}
    assert all(after[place] == before[place] for place in places if before[place] != gone)
    assert len(set(before.values())) > 1, "networks are spread over the computers that are on several"


def test_who_reached_it_is_first_and_who_tried_in_vain_is_last():
    online = [computer(1, NORTH), computer(2, NORTH), computer(3, NORTH)]
    assert choose(printer(reached=frozenset({UUID(int=2)})), online) == UUID(int=2)
    vain = frozenset({UUID(int=1), UUID(int=3)})
    assert choose(printer(in_vain=vain), online) == UUID(int=2)
    assert choose(printer(in_vain=vain, watcher_id=UUID(int=1)), online) == UUID(int=2)
    every = frozenset(one.computer_id for one in online)
    assert choose(printer(in_vain=every, watcher_id=UUID(int=3)), online) == UUID(int=3), "it does not go round"


def test_a_computer_elsewhere_watches_only_what_it_reached():
    elsewhere = [computer(1, SOUTH)]
    assert choose(printer(), elsewhere) is None
    assert choose(printer(reached=frozenset({UUID(int=1)})), elsewhere) == UUID(int=1)
    assert choose(printer(None), elsewhere) == UUID(int=1)
    assert choose(printer(), []) is None


class Office:
    """Computers of the tenant here, and what they report."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def join(self, name: str, *, able: bool = True) -> AgentPrincipal:
        here = self.world.here
        async with self.world.database.writing() as session:
            row = Computer(
                tenant_id=here.tenant_id,
                id=uuid7(self.world.clock, system_randomness),
                name=name,
                platform="x",
                version="1",
                capabilities=(),
                desired_revision="1",
                created_at=session.now(),
                certificate_expires_at=session.now() + timedelta(days=30),
            )
            session.add(row)
            await session.flush()
            agent = AgentPrincipal(here.tenant_id, row.id, name, "1", "192.0.2.9")
        await self.sync(agent, able=able)
        return agent

    async def sync(
        self, agent: AgentPrincipal, *reports: PrinterReport, able: bool = True, subnet: str = ""
    ) -> set[UUID]:
        """The printers it is to watch from now on."""
        async with self.world.database.writing() as session:
            capabilities = ABLE if able else frozenset()
            hello = Hello(version="1", computer_name=agent.computer_name, platform="x", capabilities=capabilities)
            row = await computers.note_presence(session, agent, hello, sync_after=30)
            if subnet:
                hint = NetworkHint.model_validate({"prefixes": [subnet]})
                await computers.note_networks(session, agent, row, [hint])
            await printers.report(session, agent, reports)
            desired = await queues.desired_state(session, agent, row, self.world.vault, held="")
            assert desired is not None
            assert {one.printer_id for one in desired.printers} >= {one.printer_id for one in desired.watched}
            return {one.printer_id for one in desired.watched}

    async def assign(self) -> None:
        async with self.world.database.writing() as session:
            await assign_watchers(session)

    async def watcher(self) -> UUID | None:
        async with self.world.database.reading() as session:
            found: UUID | None = await session.scalar(
                select(Printer.watcher_id).where(Printer.id == self.world.here.printer_id)
            )
            return found

    def report(self, *, reachable: bool) -> PrinterReport:
        return PrinterReport(
            printer_id=self.world.here.printer_id, seen_at=self.world.clock.now(), reachable=reachable, state="idle"
        )


async def test_a_computer_is_told_what_it_watches(world: World):
    office = Office(world)
    first = await office.join("one")
    assert await office.sync(first) == set()
    await office.assign()
    assert await office.sync(first) == {world.here.printer_id}
    second = await office.join("two")
    await office.assign()
    assert await office.sync(second) == set()
    world.clock.advance(seconds=20)
    await office.sync(second)
    world.clock.advance(seconds=30)
    await office.assign()
    assert await office.watcher() == second.computer_id, "the first was not heard of for too long"
    await office.sync(first)
    await office.assign()
    assert await office.watcher() == second.computer_id


async def test_an_agent_that_cannot_watch_is_not_asked(world: World):
    office = Office(world)
    await office.join("old", able=False)
    await office.assign()
    assert await office.watcher() is None


async def test_it_moves_to_one_that_reaches_the_printer(world: World):
    office = Office(world)
    first, second = await office.join("one"), await office.join("two")
    await office.assign()
    watching = await office.watcher()
    agents = {first.computer_id: first, second.computer_id: second}
    assert watching in agents
    other = next(agent for key, agent in agents.items() if key != watching)
    await office.sync(agents[watching], office.report(reachable=False))
    await office.assign()
    assert await office.watcher() == other.computer_id
    await office.sync(other, office.report(reachable=False))
    await office.assign()
    assert await office.watcher() == other.computer_id, "nobody is better placed"
    await office.sync(agents[watching], office.report(reachable=True))
    await office.assign()
    assert await office.watcher() == watching


async def test_a_computer_elsewhere_does_not_know_better(world: World):
    office = Office(world)
    first, second = await office.join("one"), await office.join("two")
    await office.sync(first, office.report(reachable=True))
    await office.assign()
    assert await office.watcher() == first.computer_id
    world.clock.advance(seconds=1)
    await office.sync(second, office.report(reachable=False))
    async with world.database.reading() as session:
        assert (await printers.get_printer(session, world.here.user, world.here.printer_id)).reachable
    await office.sync(first, office.report(reachable=False))
    async with world.database.reading() as session:
        assert not (await printers.get_printer(session, world.here.user, world.here.printer_id)).reachable


async def test_of_a_network_its_own_computers_watch(world: World):
    office = Office(world)
    async with world.database.writing() as session:
        north = await networks.add_network(session, world.here.administrator, name="North")
        await networks.add_mark(session, world.here.administrator, north.id, kind="cidr", value="192.0.2.0/24")
        await printers.place_printer(session, world.here.administrator, world.here.printer_id, north.id)
    inside, outside = await office.join("inside"), await office.join("outside")
    await office.sync(outside, subnet="198.51.100.0/24")
    await office.assign()
    assert await office.watcher() is None
    await office.sync(inside, subnet="192.0.2.0/24")
    await office.assign()
    assert await office.watcher() == inside.computer_id


async def test_tenants_do_not_watch_for_each_other(world: World):
    office = Office(world)
    async with world.database.writing() as session:
        row = (await session.scalars(select(Computer).where(Computer.id == world.there.agent.computer_id))).one()
        row.capabilities, row.online_until = tuple(ABLE), session.now() + timedelta(hours=1)
    await office.assign()
    assert await office.watcher() is None
    async with world.database.reading() as session:
        ids = await watched_by(session, world.there.tenant_id, world.there.agent.computer_id)
        assert list(ids) == [world.there.printer_id]


async def test_who_is_removed_watches_no_more(world: World):
    office = Office(world)
    first = await office.join("one")
    await office.assign()
    async with world.database.writing() as session:
        await computers.revoke_computer(session, world.here.administrator, first.computer_id)
    await office.assign()
    assert await office.watcher() is None
