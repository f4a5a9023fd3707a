"""What a computer is to have, by where it is and whose it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from presswork.core.errors import Forbidden, NotFound
from presswork.protocols.control.words import QueueDefaults
from presswork.server.computers import tell_of_printer
from presswork.server.printers import add_printer, change_printer
from presswork.server.queues import (
    ask_for_queue,
    change_queue,
    queues_there,
    remove_queue,
    set_default,
    show_on_network,
    show_to_group,
)
from presswork.server.queues.models import Queue
from presswork.server.tenants import Principal
from unit.server.queues.scene import BERLIN, PARIS, Scene


async def test_two_places_have_different_queues_and_defaults(scene: Scene) -> None:
    berlin, paris = await scene.network("Berlin", BERLIN), await scene.network("Paris", PARIS)
    for name, place, network in (("Spree", "Berlin", berlin), ("Seine", "Paris", paris)):
        queue = await scene.add(name, "direct", printer_id=scene.world.here.printer_id)
        await scene.do(show_on_network, queue.id, place)
        await scene.do(set_default, network, queue.id)
    assert await scene.names(on=[BERLIN]) == ["Office", "Spree"]
    assert await scene.names(on=[PARIS]) == ["Office", "Seine"]
    assert await scene.names(on=[BERLIN, PARIS]) == ["Office", "Seine", "Spree"]
    assert (await scene.must()).default_queue == "Spree"
    assert (await scene.must(on=[PARIS])).default_queue == "Seine"
    unknown = await scene.must(on=["203.0.113.0/24"])
    assert ([queue.name for queue in unknown.queues], unknown.default_queue) == (["Office"], None)
    assert unknown.printers == ()


async def test_people_of_a_group_have_its_queue_through_groups_too(scene: Scene) -> None:
    staff = await scene.group("Staff")
    await scene.group("Engineering", "user@here.example", inside=staff)
    queue = await scene.add("Plotter")
    await scene.do(show_to_group, queue.id, "Staff")
    assert await scene.names() == ["Office"]
    await scene.world.bind(scene.world.here.user, "ada")
    await scene.world.bind(scene.world.here.other, "bob")
    specs = {spec.name: spec for spec in (await scene.must()).queues}
    assert specs["Plotter"].accounts == ("ada",)
    assert specs["Office"].accounts is None


async def test_a_queue_for_a_group_on_a_network_needs_both(scene: Scene) -> None:
    await scene.network("Berlin", BERLIN)
    await scene.group("Staff", "user@here.example")
    queue = await scene.add("Plotter")
    await scene.do(show_to_group, queue.id, "Staff")
    await scene.do(show_on_network, queue.id, "Berlin")
    assert await scene.names(on=[BERLIN]) == ["Office"]
    await scene.world.bind(scene.world.here.user)
    assert await scene.names(on=[BERLIN]) == ["Office", "Plotter"]
    assert await scene.names(on=[PARIS]) == ["Office"]


async def test_what_does_not_come_by_itself_comes_to_who_asks(scene: Scene) -> None:
    queue = await scene.add("Plotter", automatic=False)
    await scene.world.bind(scene.world.here.user)
    before = await scene.must()
    assert [one.name for one in before.queues] == ["Office"]
    await scene.do(ask_for_queue, queue.id, wanted=True, who=scene.world.here.user)
    after = await scene.must(before.revision)
    assert {one.name for one in after.queues} == {"Office", "Plotter"}
    await scene.do(ask_for_queue, queue.id, wanted=False, who=scene.world.here.user)
    assert [one.name for one in (await scene.must(after.revision)).queues] == ["Office"]


async def test_the_way_and_the_defaults_of_a_queue_reach_the_computer(scene: Scene) -> None:
    defaults = QueueDefaults(
        copies=2, sides="two-sided-long-edge", print_color_mode="monochrome", media="iso_a4_210x297mm"
    )
    await scene.add("Ask", "ask", printer_id=scene.world.here.printer_id, defaults=defaults)
    await scene.add("Later", "hold", printer_id=scene.world.here.printer_id)
    desired = await scene.must()
    specs = {spec.name: spec for spec in desired.queues}
    assert (specs["Ask"].mode, specs["Ask"].ask, specs["Ask"].defaults) == ("hold", True, defaults)
    assert (specs["Later"].mode, specs["Later"].ask) == ("hold", False)
    assert specs["Later"].printer_id == specs["Ask"].printer_id == scene.world.here.printer_id
    assert specs["Office"].printer_id is None
    assert [printer.name for printer in desired.printers] == ["Hall"]


async def test_only_the_printers_that_are_needed_are_told_and_only_their_changes_are_news(scene: Scene) -> None:
    world = scene.world
    attic = await scene.do(add_printer, name="Attic", device_uri="ipp://192.0.2.9")
    before = await scene.must()
    assert before.printers == ()
    await scene.do(change_printer, attic.id, location="upstairs")
    assert await scene.desired(before.revision) is None
    async with world.database.writing() as session:
        until = world.clock.now() + timedelta(hours=1)
        await tell_of_printer(session, world.here.tenant_id, world.here.agent.computer_id, attic.id, until=until)
    await scene.do(change_printer, attic.id, location="downstairs")
    news = await scene.must(before.revision)
    assert [(printer.name, printer.location) for printer in news.printers] == [("Attic", "downstairs")]


async def test_what_nothing_changed_costs_one_question_and_news_cost_the_same_however_many_queues(scene: Scene) -> None:
    await scene.network("Berlin", BERLIN)
    await scene.world.bind(scene.world.here.user)
    few = await _questions(scene, "")
    for number in range(30):
        queue = await scene.add(f"Q{number}", "direct", printer_id=scene.world.here.printer_id)
        if number % 2:
            await scene.do(show_on_network, queue.id, "Berlin")
    many = await _questions(scene, "")
    assert many <= few + 4
    assert await _questions(scene, (await scene.must()).revision) < few


async def test_a_computer_has_so_many_queues_and_no_more(scene: Scene) -> None:
    async with scene.world.database.writing() as session:
        for number in range(1005):
            session.add(
                Queue(
                    tenant_id=scene.world.here.tenant_id,
                    id=session.new_id(),
                    name=f"Q{number}",
                    info="",
                    location="",
                    mode="hold",
                    printer_id=None,
                    created_at=session.now(),
                )
            )
    assert len((await scene.must()).queues) == 1000


async def test_a_removed_queue_is_gone(scene: Scene) -> None:
    await scene.network("Berlin", BERLIN)
    queue = await scene.add("Plotter")
    await scene.do(show_on_network, queue.id, "Berlin")
    await scene.do(change_queue, queue.id, automatic=False)
    assert await scene.names(on=[BERLIN]) == ["Office"]
    await scene.do(remove_queue, queue.id)
    assert await scene.names() == ["Office"]


async def _questions(scene: Scene, held: str) -> int:
    asked: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine = scene.world.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        await scene.desired(held)
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return len(asked)


async def test_administrators_see_which_queues_stand_on_a_computer(scene: Scene) -> None:
    await scene.network("Berlin", BERLIN)
    here, there = scene.world.here, scene.world.there
    spree = await scene.add("Spree", "hold")
    await scene.do(show_on_network, spree.id, "Berlin")

    async def names(who: Principal = here.administrator) -> list[str]:
        async with scene.world.database.reading() as session:
            return [queue.name for queue in await queues_there(session, who, here.agent.computer_id)]

    assert await names() == ["Office"]
    await scene.must(on=[BERLIN])
    assert await names() == ["Office", "Spree"]
    with pytest.raises(Forbidden):
        await names(here.user)
    with pytest.raises(NotFound):
        await names(there.administrator)
