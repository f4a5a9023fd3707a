"""Who sees a queue, and who asks for it."""

from __future__ import annotations

import pytest

from presswork.core.errors import Conflict, Forbidden, Invalid, NotFound
from presswork.server.identity import remove_group
from presswork.server.networks import remove_network
from presswork.server.queues import (
    ask_for_queue,
    audience,
    default_of_network,
    hide_from_group,
    hide_on_network,
    queues_on_request,
    set_default,
    show_on_network,
    show_to_group,
)
from unit.server.queues.scene import BERLIN, Scene


async def test_a_queue_that_names_nobody_again_is_for_everybody(scene: Scene) -> None:
    staff, berlin = await scene.group("Staff"), await scene.network("Berlin", BERLIN)
    queue = await scene.add("Plotter")
    await scene.do(show_to_group, queue.id, " Staff ")
    await scene.do(show_on_network, queue.id, "Berlin")
    await scene.do(set_default, berlin, queue.id)
    found = await scene.do(audience, queue.id)
    assert (found.groups, found.networks, found.default_on) == (
        {staff: "Staff"},
        {berlin: "Berlin"},
        {berlin: "Berlin"},
    )
    assert await scene.names(on=[BERLIN]) == ["Office"]
    await scene.do(hide_from_group, queue.id, staff)
    assert await scene.names(on=[BERLIN]) == ["Office", "Plotter"]
    await scene.do(hide_on_network, queue.id, berlin)
    assert await scene.names(on=[]) == ["Office", "Plotter"]
    with pytest.raises(NotFound):
        await scene.do(hide_from_group, queue.id, staff)
    with pytest.raises(NotFound):
        await scene.do(hide_on_network, queue.id, berlin)


async def test_what_a_queue_names_is_not_removed_under_it(scene: Scene) -> None:
    staff, berlin = await scene.group("Staff"), await scene.network("Berlin", BERLIN)
    queue = await scene.add("Plotter")
    await scene.do(show_to_group, queue.id, "Staff")
    await scene.do(show_on_network, queue.id, "Berlin")
    with pytest.raises(Conflict):
        await scene.do(remove_group, staff)
    with pytest.raises(Conflict):
        await scene.do(remove_network, berlin)


async def test_only_what_there_is_can_be_named(scene: Scene) -> None:
    queue = await scene.add("Plotter")
    for function, field in ((show_to_group, "group"), (show_on_network, "network")):
        with pytest.raises(Invalid) as refused:
            await scene.do(function, queue.id, "Nowhere")
        assert refused.value.details == {"field": field}


async def test_a_network_has_one_default(scene: Scene) -> None:
    berlin = await scene.network("Berlin", BERLIN)
    first, second = await scene.add("First"), await scene.add("Second")
    for queue in (first, second, second):
        await scene.do(set_default, berlin, queue.id)
        assert await scene.do(default_of_network, berlin) == queue.id
    await scene.do(set_default, berlin, None)
    assert await scene.do(default_of_network, berlin) is None
    with pytest.raises(NotFound):
        await scene.do(set_default, berlin, scene.world.there.queue_id)


async def test_a_person_chooses_among_what_they_may_see_where_they_are(scene: Scene) -> None:
    person = scene.world.here.user
    await scene.group("Board", "other@here.example")
    await scene.network("Berlin", BERLIN)
    plotter = await scene.add("Plotter", automatic=False, location="Cellar")
    boards = await scene.add("Boards", automatic=False)
    berlins = await scene.add("Berlins", automatic=False)
    await scene.do(show_to_group, boards.id, "Board")
    await scene.do(show_on_network, berlins.id, "Berlin")

    async def offered(**how: str) -> list[tuple[str, bool]]:
        found = await scene.do(queues_on_request, who=person, **how)
        return [(one.queue.name, one.added) for one in found]

    assert await offered() == [("Plotter", False)]
    with pytest.raises(Forbidden):
        await scene.do(ask_for_queue, boards.id, wanted=True, who=person)
    with pytest.raises(Forbidden):
        await scene.do(ask_for_queue, berlins.id, wanted=True, who=person)
    with pytest.raises(Conflict):
        await scene.do(ask_for_queue, scene.world.here.queue_id, wanted=True, who=person)
    await scene.world.bind(person)
    await scene.names(on=[BERLIN])
    await scene.do(ask_for_queue, berlins.id, wanted=True, who=person)
    await scene.do(ask_for_queue, berlins.id, wanted=True, who=person)
    assert await offered() == [("Berlins", True), ("Plotter", False)]
    assert await offered(after="Berlins") == [("Plotter", False)]
    assert await offered(text="cell") == [("Plotter", False)]
    assert await offered(text="_") == []
    await scene.names(on=[])
    assert await offered() == [("Berlins", True), ("Plotter", False)], "what was added can be given back anywhere"
    await scene.do(ask_for_queue, berlins.id, wanted=False, who=person)
    assert await offered(text="plo") == [("Plotter", False)]
    assert plotter.id
