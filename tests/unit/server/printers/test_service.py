"""Printers."""

from __future__ import annotations

from datetime import timedelta, timezone
from typing import Any

import pytest

from presswork.core.errors import Conflict, Invalid
from presswork.protocols.control.words import PrinterReport
from presswork.server import audit
from presswork.server.computers import get_computer, keep_told
from presswork.server.printers import (
    Printer,
    accept_certificate,
    add_printer,
    change_printer,
    get_printer,
    list_printers,
    printer_names,
    printer_specs,
    remove_printer,
    report,
)
from presswork.server.queues import add_queue
from presswork.server.tenants import desired_revision
from presswork.testing.tenants import World

A, B = "a" * 64, "b" * 64


async def _report(world: World, **fields: Any) -> Printer:
    told = {"printer_id": world.here.printer_id, "seen_at": world.clock.now(), "reachable": True, **fields}
    async with world.database.writing() as session:
        await report(session, world.here.agent, [PrinterReport.model_validate(told)])
    return await _get(world)


async def _get(world: World) -> Printer:
    async with world.database.reading() as session:
        return await get_printer(session, world.here.user, world.here.printer_id)


async def _revision(world: World) -> str:
    async with world.database.reading() as session:
        computer = await get_computer(session, world.here.administrator, world.here.agent.computer_id)
        return f"{await desired_revision(session, world.here.tenant_id)}-{computer.desired_revision}"


@pytest.fixture(autouse=True)
async def _told(world: World) -> None:
    """The computer was told of the printer, so its changes are news to it."""
    async with world.database.writing() as session:
        await keep_told(session, world.here.tenant_id, world.here.agent.computer_id, {world.here.printer_id})


async def test_a_printer_is_as_agents_are_to_know_it(world: World) -> None:
    async with world.database.writing() as session:
        printer = await add_printer(
            session, world.here.administrator, name=" Reception ", device_uri="socket://192.0.2.9", location=""
        )
    wanted = {world.here.printer_id, world.there.printer_id, printer.id}
    async with world.database.reading() as session:
        specs = {spec.printer_id: spec for spec in await printer_specs(session, world.here.tenant_id, wanted)}
        assert await printer_specs(session, world.here.tenant_id, ()) == ()
    assert specs.keys() == {world.here.printer_id, printer.id}
    assert specs[printer.id].name == "Reception"
    assert specs[printer.id].device_uri == "socket://192.0.2.9"


async def test_names_are_taken_once_in_a_tenant(world: World) -> None:
    with pytest.raises(Conflict) as refused:
        async with world.database.writing() as session:
            await add_printer(session, world.here.administrator, name="Hall", device_uri="ipp://192.0.2.9")
    assert refused.value.details == {"field": "name"}
    async with world.database.writing() as session:
        other = await add_printer(session, world.here.administrator, name="Attic", device_uri="ipp://192.0.2.9")
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await change_printer(session, world.here.administrator, other.id, name="Hall")


@pytest.mark.parametrize(
    "fields", [{"name": ""}, {"name": "x" * 128}, {"name": "a\x1bb"}, {"location": "\n\x00"}, {"device_uri": "lpd://x"}]
)
async def test_what_cannot_be_right_is_refused(world: World, fields: dict[str, str]) -> None:
    given = {"name": "New", "device_uri": "ipp://192.0.2.9", "location": "", **fields}
    with pytest.raises(Invalid):
        async with world.database.writing() as session:
            await add_printer(session, world.here.administrator, **given)
    with pytest.raises(Invalid):
        async with world.database.writing() as session:
            await change_printer(session, world.here.administrator, world.here.printer_id, **fields)


async def test_agents_say_how_it_is(world: World) -> None:
    printer = await _report(
        world,
        state="stopped",
        state_reasons=("media-empty",),
        make_and_model="Ricoh",
        document_formats=("application/pdf",),
    )
    assert (printer.reachable, printer.state, printer.state_reasons) == (True, "stopped", ("media-empty",))
    world.clock.advance(minutes=1)
    printer = await _report(world, reachable=False)
    assert (printer.reachable, printer.state, printer.state_reasons) == (False, "unknown", ())
    assert (printer.make_and_model, printer.document_formats) == ("Ricoh", ("application/pdf",))


async def test_an_old_report_changes_nothing_and_a_future_one_is_of_now(world: World) -> None:
    now = world.clock.now()
    printer = await _report(world, seen_at=now + timedelta(days=900), state="idle")
    assert printer.seen_at == now
    printer = await _report(world, seen_at=now - timedelta(seconds=1), state="stopped")
    assert printer.state == "idle"
    printer = await _report(world, seen_at=now.astimezone(timezone(timedelta(hours=5))), state="processing")
    assert printer.state == "processing"


async def test_of_several_reports_the_newest_counts_and_unknown_printers_do_not(world: World) -> None:
    now = world.clock.now()
    reports = [
        PrinterReport(printer_id=world.here.printer_id, seen_at=now, reachable=True, state="idle"),
        PrinterReport(
            printer_id=world.here.printer_id, seen_at=now - timedelta(minutes=1), reachable=True, state="stopped"
        ),
        PrinterReport(printer_id=world.here.queue_id, seen_at=now, reachable=True),
    ]
    async with world.database.writing() as session:
        await report(session, world.here.agent, reports)
        await report(session, world.here.agent, [])
    assert (await _get(world)).state == "idle"


async def test_the_first_certificate_is_pinned_and_another_one_waits_for_a_person(world: World) -> None:
    before = await _revision(world)
    printer = await _report(world, certificate_sha256=A)
    assert (printer.certificate_sha256, printer.certificate_changed) == (A, False)
    pinned = await _revision(world)
    assert pinned != before
    printer = await _report(world, certificate_sha256=B)
    assert (printer.certificate_sha256, printer.certificate_seen_sha256) == (A, B)
    assert printer.certificate_changed
    assert await _revision(world) == pinned
    printer = await _report(world, reachable=False)
    assert printer.certificate_changed
    async with world.database.writing() as session:
        printer = await accept_certificate(session, world.here.administrator, world.here.printer_id, B)
    assert (printer.certificate_sha256, printer.certificate_changed) == (B, False)
    assert await _revision(world) != pinned
    async with world.database.reading() as session:
        actions = {entry.action: entry for entry in await audit.list_entries(session, world.here.administrator)}
    assert actions["printer.certificate-pinned"].actor_kind == "computer"
    assert actions["printer.certificate-accepted"].details == {"before": A, "after": B}


async def test_only_the_certificate_one_looked_at_is_accepted(world: World) -> None:
    await _report(world, certificate_sha256=A)
    await _report(world, certificate_sha256=B)
    with pytest.raises(Conflict):
        async with world.database.writing() as session:
            await accept_certificate(session, world.here.administrator, world.here.printer_id, "c" * 64)


async def test_when_the_pinned_certificate_is_back_nothing_waits(world: World) -> None:
    for certificate in (A, B, A):
        printer = await _report(world, certificate_sha256=certificate)
    assert not printer.certificate_changed


async def test_another_address_is_another_device(world: World) -> None:
    await _report(world, certificate_sha256=A, state="idle", make_and_model="Ricoh", document_formats=("image/urf",))
    async with world.database.writing() as session:
        await change_printer(session, world.here.administrator, world.here.printer_id, location="Attic")
    assert (await _get(world)).certificate_sha256 == A
    async with world.database.writing() as session:
        await change_printer(
            session, world.here.administrator, world.here.printer_id, device_uri="ipps://other.example.org"
        )
    printer = await _get(world)
    assert (printer.certificate_sha256, printer.certificate_seen_sha256, printer.state) == (None, None, "unknown")
    assert (printer.seen_at, printer.reachable, printer.make_and_model, printer.document_formats) == (
        None,
        None,
        "",
        (),
    )


async def test_a_change_that_changes_nothing_wakes_nobody(world: World) -> None:
    before = await _revision(world)
    async with world.database.writing() as session:
        await change_printer(
            session,
            world.here.administrator,
            world.here.printer_id,
            name="Hall",
            location="",
            device_uri="IPPS://printer.example.org",
        )
    assert await _revision(world) == before


async def test_a_printer_somebody_prints_to_directly_stays(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        await add_queue(session, here.administrator, name="Direct", mode="direct", printer_id=here.printer_id)
    with pytest.raises(Conflict, match="queue"):
        async with world.database.writing() as session:
            await remove_printer(session, here.administrator, here.printer_id)
    assert (await _get(world)).name == "Hall"


async def test_a_removed_printer_is_gone(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        await remove_printer(session, here.administrator, here.printer_id)
    async with world.database.reading() as session:
        assert await list_printers(session, here.user) == []
        assert await printer_names(session, here.tenant_id, {here.printer_id}) == {}
        assert await printer_names(session, here.tenant_id, set()) == {}


async def test_pages_follow_each_other_by_name(world: World) -> None:
    async with world.database.writing() as session:
        for name in ("C", "A", "B"):
            await add_printer(session, world.here.administrator, name=name, device_uri="ipp://192.0.2.9")
    async with world.database.reading() as session:
        first = await list_printers(session, world.here.user, limit=2)
        rest = await list_printers(session, world.here.user, after=first[-1].name, limit=2)
    assert [printer.name for printer in (*first, *rest)] == ["A", "B", "C", "Hall"]


async def test_a_printer_of_several_addresses_is_known_by_its_strongest(world: World) -> None:
    weak = ("lpd://printer.example.org/lp", "socket://printer.example.org")
    async with world.database.writing() as session:
        printer = await add_printer(
            session,
            world.here.administrator,
            name="Corridor",
            device_uri=weak[1],
            more_ways=(weak[0], " IPPS://printer.example.org ", weak[1]),
        )
        assert printer.device_uri == "ipps://printer.example.org/ipp/print"
        assert printer.more_ways == (weak[1], weak[0])
        (spec,) = await printer_specs(session, world.here.tenant_id, [printer.id])
        assert spec.device_uri == spec.ways[0] == printer.device_uri
        assert spec.ways[1:] == printer.more_ways


async def test_other_addresses_are_changed_and_named_in_the_records(world: World) -> None:
    revision = await _revision(world)
    before = await _get(world)
    async with world.database.writing() as session:
        await change_printer(
            session, world.here.administrator, before.id, more_ways=["socket://printer.example.org:9100"]
        )
    after = await _get(world)
    assert (after.device_uri, after.more_ways) == (before.device_uri, ("socket://printer.example.org:9100",))
    assert await _revision(world) != revision
    async with world.database.reading() as session:
        entries = await audit.list_entries(session, world.here.administrator)
        (entry,) = [one for one in entries if one.action == "printer.changed"]
        assert entry.details["more_ways"] == "socket://printer.example.org:9100"


async def test_another_device_has_none_of_the_addresses_of_the_one_before(world: World) -> None:
    printer_id = world.here.printer_id
    async with world.database.writing() as session:
        await change_printer(session, world.here.administrator, printer_id, more_ways=["socket://printer.example.org"])
        await change_printer(session, world.here.administrator, printer_id, device_uri="ipps://other.example.org")
    assert (await _get(world)).more_ways == ()


async def test_a_stronger_address_among_the_others_becomes_the_first_and_is_looked_at_anew(world: World) -> None:
    printer_id = world.here.printer_id
    async with world.database.writing() as session:
        await change_printer(session, world.here.administrator, printer_id, device_uri="socket://printer.example.org")
    await _report(world, state="idle")
    async with world.database.writing() as session:
        await change_printer(session, world.here.administrator, printer_id, more_ways=["ipps://printer.example.org"])
    printer = await _get(world)
    assert printer.device_uri == "ipps://printer.example.org/ipp/print"
    assert printer.more_ways == ("socket://printer.example.org",)
    assert printer.state == "unknown"


@pytest.mark.parametrize(
    "wrong", [["http://printer"], ["lpd://printer"], [f"socket://printer:{n}" for n in range(1, 10)]]
)
async def test_other_addresses_are_checked_like_the_first(world: World, wrong: list[str]) -> None:
    async with world.database.writing() as session:
        with pytest.raises(Invalid) as refused:
            await change_printer(session, world.here.administrator, world.here.printer_id, more_ways=wrong)
    assert refused.value.details == {"field": "more_ways"}
