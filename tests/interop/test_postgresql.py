"""The server's tables and services on PostgreSQL."""

from __future__ import annotations

import asyncio
import base64
import tempfile
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection

from presswork.core.errors import Conflict
from presswork.protocols.control.agent import RELAYS, WATCHES_PRINTERS, DesiredState, Hello
from presswork.protocols.control.device import SnmpSpec, Supply
from presswork.protocols.control.route import HandOverRequest, OwnerRequest, RouteRequest
from presswork.protocols.control.timeline import JobEvent, TimelineEntry
from presswork.protocols.control.words import NetworkHint, OrderAnswer, PrinterReport
from presswork.server import audit, computers, identity, jobs, networks, printers, queues, routes
from presswork.server.platform.context import TicketSigner
from presswork.server.schema import metadata
from presswork.testing.postgresql import find_postgresql, postgresql
from presswork.testing.tenants import World, another_computer, two_tenants


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    programs = find_postgresql()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql-15).")
    with tempfile.TemporaryDirectory(prefix="pw") as short:
        async with postgresql(programs, Path(short)) as url, two_tenants(tmp_path, url) as found:
            yield found


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata()))


async def test_the_migrations_lead_to_the_models(world: World) -> None:
    async with world.database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_a_life_of_a_job(world: World) -> None:
    here = world.here
    await world.bind(here.user)
    job_id = await world.job(
        user_id=here.user.user_id,
        timeline=(TimelineEntry(sequence=1, at=world.clock.now(), event=JobEvent.HELD),),
    )
    ends = await asyncio.gather(*(_release(world, job_id) for _ in range(4)))
    assert len(set(ends)) == 1, "two at once are one order"
    async with world.database.writing() as session:
        hello = Hello(version="1", computer_name="here-pc", platform="x")
        computer = await computers.note_presence(session, here.agent, hello, sync_after=30)
        desired = await queues.desired_state(session, here.agent, computer, world.vault, held="")
        (order,) = await jobs.open_orders(session, here.agent)
        await jobs.answer_orders(session, here.agent, [OrderAnswer(order_id=order.order_id, done=True)])
        printed = world.report(2, job_id=job_id, state="completed", outcome="printed", document_kept=False)
        again = TimelineEntry(sequence=1, at=world.clock.now(), event=JobEvent.HELD)
        await jobs.apply_reports(session, here.agent, [printed.model_copy(update={"timeline": (again,)})])
        seen = PrinterReport(
            printer_id=here.printer_id, seen_at=world.clock.now(), reachable=True, certificate_sha256="a" * 64
        )
        await printers.report(session, here.agent, [seen])
    assert desired is not None
    assert len(desired.accounts) == 1
    async with world.database.reading() as session:
        detail = await jobs.get_job(session, here.user, job_id)
        counted = await jobs.count_by_person(session, here.administrator, since=world.clock.now() - timedelta(days=1))
        page = await jobs.list_own_jobs(session, here.user)
        entries = await audit.list_entries(session, here.administrator)
    assert (detail.job.outcome, len(detail.timeline), len(page.jobs)) == ("printed", 1, 1)
    assert detail.job.created_at == world.clock.now()
    assert [(one.jobs, one.pages) for one in counted] == [(1, 6)]
    assert "printer.certificate-pinned" in {entry.action for entry in entries}
    waits = await world.job(user_id=here.user.user_id)
    async with world.database.writing() as session:
        await jobs.remove_computer(session, here.administrator, here.agent.computer_id)
    async with world.database.reading() as session:
        ended = await jobs.get_job(session, here.user, waits)
    assert (ended.job.state, ended.timeline[-1].event) == ("aborted", JobEvent.HOLDER_REMOVED)


async def test_a_printer_is_watched_and_says_how_it_is(world: World) -> None:
    here = world.here
    hello = Hello(version="1", computer_name="here-pc", platform="x", capabilities=frozenset({WATCHES_PRINTERS}))
    seen = PrinterReport(
        printer_id=here.printer_id,
        seen_at=world.clock.now(),
        reachable=True,
        state="stopped",
        impressions=2**40,
        supplies=(Supply(name="Black", level=5),),
    )
    async with world.database.writing() as session:
        await printers.assign_watchers(session)
        computer = await computers.note_presence(session, here.agent, hello, sync_after=30)
        await printers.assign_watchers(session)
        await printers.set_snmp(session, here.administrator, world.vault, printers.SnmpForm("1", community="word"))
        await printers.report(session, here.agent, [seen])
        await printers.report(session, here.agent, [seen.model_copy(update={"reachable": False})])
        await printers.assign_watchers(session)
        desired = await queues.desired_state(session, here.agent, computer, world.vault, held="")
    assert desired is not None
    (watch,) = desired.watched
    assert (watch.printer_id, watch.snmp) == (here.printer_id, SnmpSpec(version="1", community="word"))
    async with world.database.reading() as session:
        (printer,) = await printers.list_by_need(session, here.user, after=(0, "A"), limit=5)
    assert (printer.impressions, printer.supplies, printer.reachable) == (2**40, seen.supplies, False)


async def test_a_printer_of_a_direct_queue_stays(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        await queues.add_queue(session, here.administrator, name="Direct", mode="direct", printer_id=here.printer_id)
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await printers.remove_printer(session, here.administrator, here.printer_id)


async def _release(world: World, job_id: object) -> object:
    async with world.database.writing() as session:
        return await jobs.release_job(session, world.here.user, job_id, world.here.printer_id)  # type: ignore[arg-type]


async def test_places_groups_and_who_sees_a_queue(world: World) -> None:
    here, hint = world.here, NetworkHint.model_validate({"gateway": "192.0.2.1", "prefixes": ["192.0.2.0/24"]})
    await world.bind(here.user)

    async def synced() -> DesiredState:
        async with world.database.writing() as session:
            hello = Hello(version="1", computer_name="here-pc", platform="x")
            computer = await computers.note_presence(session, here.agent, hello, sync_after=30)
            await computers.note_networks(session, here.agent, computer, [hint])
            desired = await queues.desired_state(session, here.agent, computer, world.vault, held="")
            assert desired is not None
            return desired

    await synced()
    async with world.database.writing() as session:
        (place,) = await computers.unknown_networks(session, here.administrator)
        assert (place.value, place.prefixes, place.computers) == ("192.0.2.0/24", ("192.0.2.0/24",), 1)
        network = await computers.file_network(
            session, here.administrator, kind=place.kind, value=place.value, name="Berlin"
        )
        staff = await identity.add_group(session, here.administrator, name="Staff")
        await identity.add_person_to_group(session, here.administrator, staff.id, "user@here.example")
        assert [one.people for one in await identity.list_groups(session, here.administrator)] == [1]
        queue = await queues.add_queue(
            session, here.administrator, name="Desk", mode="direct", printer_id=here.printer_id, automatic=False
        )
        await queues.show_to_group(session, here.administrator, queue.id, "Staff")
        await queues.set_default(session, here.administrator, network.id, queue.id)
    await synced()
    async with world.database.writing() as session:
        await queues.show_on_network(session, here.administrator, queue.id, "Berlin")
        await queues.ask_for_queue(session, here.user, queue.id, wanted=True)
        (asked,) = await queues.queues_on_request(session, here.user, text="DES")
        assert asked.added
        await printers.place_printer(session, here.administrator, here.printer_id, network.id)
    desired = await synced()
    assert {spec.name: spec.accounts for spec in desired.queues} == {"Office": None, "Desk": ("ada",)}
    assert (desired.default_queue, [spec.name for spec in desired.printers]) == ("Desk", ["Hall"])
    async with world.database.writing() as session:
        assert (
            await queues.why(session, here.administrator, email="user@here.example", printer_id=here.printer_id)
        ).seen
        choice = await jobs.printer_choice(session, here.user, text="hall")
        assert [printer.name for printer in choice.found] == ["Hall"]
        await printers.change_printer(session, here.administrator, here.printer_id, location="Attic")
        with pytest.raises(Conflict):
            await networks.remove_network(session, here.administrator, network.id)


async def test_who_could_carry_a_job_and_who_keeps_it(world: World) -> None:
    here, signer = world.here, TicketSigner(Ed25519PrivateKey.generate(), "")
    await world.bind(here.user)
    job_id = await world.job(user_id=here.user.user_id, state_reasons=("job-held-for-release",))
    async with world.database.writing() as session:
        network = await networks.add_network(session, here.administrator, name="Hall")
        await networks.add_mark(session, here.administrator, network.id, kind="cidr", value="192.0.2.0/24")
        await printers.place_printer(session, here.administrator, here.printer_id, network.id)
        node = await another_computer(session, here, "node")
        await routes.set_routes(session, here.administrator, ["relay", "direct"])
    hint = NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"], "addresses": ["192.0.2.7"]})
    key = base64.b64encode(b"k" * 32).decode()
    for agent in (node, here.agent):
        hello = Hello(
            version="1",
            computer_name=agent.computer_name,
            platform="x",
            relay_port=21335,
            capabilities=frozenset({RELAYS}),
            discovery_key=key,
        )
        async with world.database.writing() as session:
            computer = await computers.note_presence(session, agent, hello, sync_after=60)
            await computers.note_networks(session, agent, computer, [hint])
            assert await computers.roster_entry(session, signer, computer, None)
    async with world.database.writing() as session:
        await computers.set_duties(session, here.administrator, node.computer_id, site_node=True, redirector=False)
    async with world.database.writing() as session:
        asked = RouteRequest(job_id=job_id, printer_id=here.printer_id, digest="d" * 64)
        reply = await routes.route_candidates(session, world.vault, signer, here.agent, asked)
        assert [one.peer.name for one in reply.candidates] == ["node"]
        assert await routes.out_of_reach(session, here.administrator) == []
        wanted = HandOverRequest(job_id=job_id, digest="d" * 64, commitment="c" * 64)
        handed = await routes.hand_over(session, signer, here.agent, wanted)
        assert handed.peer is not None
        assert handed.peer.name == "node"


async def test_what_people_are_called_on_a_redirector_and_who_a_name_there_is(world: World) -> None:
    here = world.here
    computer_id, administrator = here.agent.computer_id, here.administrator
    async with world.database.writing() as session:
        await computers.set_duties(session, administrator, computer_id, site_node=False, redirector=True)
        await routes.set_naming(session, administrator, computer_id, rule="account")
        await routes.add_name(session, administrator, computer_id, email="other@here.example", name="O_1")
        for owner in ("", "user"):
            await routes.set_inward(
                session, administrator, computer_id, queue="Office", lpd=True, allowed=["192.0.2.7"], owner=owner
            )
    async with world.database.writing() as session:
        for person, name in ((here.user, "user"), (here.other, "O_1")):
            assert await routes.mapped_user(session, here.tenant_id, computer_id, person.user_id) == name
        for name, user_id in (("USER", here.user.user_id), ("o_1", here.other.user_id), ("us_r", None), ("o%", None)):
            told = await routes.owner_of(session, here.agent, OwnerRequest(queue_id=here.queue_id, name=name))
            assert told.user_id == user_id, name
        (spec,) = await routes.inward_specs(session, here.tenant_id, computer_id)
        assert spec.owner == "user"
    job_id = await world.job(account="USER, by LPR", owner_proof="declared", user_id=here.user.user_id)
    async with world.database.reading() as session:
        assert [one.id for one in (await jobs.list_own_jobs(session, here.user)).jobs] == [job_id]
