"""Why does this person (not) see this printer?"""

from __future__ import annotations

import pytest

from presswork.core.errors import Invalid
from presswork.server.computers import revoke_computer
from presswork.server.identity import change_user
from presswork.server.queues import Because, Reason, remove_queue, sentence, show_on_network, show_to_group, why
from presswork.server.queues.why import _SENTENCES
from unit.server.queues.scene import BERLIN, Scene


async def test_every_computer_of_the_person_has_its_own_answer(scene: Scene) -> None:
    world = scene.world
    await scene.network("Berlin", BERLIN)
    await scene.group("Staff", "user@here.example")
    queue = await scene.add("Desk", "direct", printer_id=world.here.printer_id)
    await scene.do(show_to_group, queue.id, "Staff")
    await scene.do(show_on_network, queue.id, "Berlin")
    await world.bind(world.here.user)
    await scene.names(on=[])
    answer = await scene.do(why, email="user@here.example", printer_id=world.here.printer_id)
    assert [one.queue.name for one in answer.queues] == ["Desk", "Office"]
    (at,) = answer.queues[0].computers
    assert (at.computer, at.account, at.networks) == ("here-pc", "ada", ())
    assert [sentence(reason, answer.names) for reason in at.sight.reasons] == [
        "The person is in a group the queue is for: Staff.",
        "The computer is on none of the networks the queue is shown on: Berlin.",
    ]
    assert not answer.queues[0].seen
    assert answer.seen, "by the queue that prints anywhere"
    assert await scene.names(on=[BERLIN]) == ["Desk", "Office"]
    answer = await scene.do(why, email="user@here.example", printer_id=world.here.printer_id)
    assert answer.queues[0].seen
    assert answer.queues[0].computers[0].networks == ("Berlin",)


async def test_who_has_no_computer_or_may_not_sign_in_sees_nothing(scene: Scene) -> None:
    world = scene.world
    answer = await scene.do(why, email="user@here.example", printer_id=world.here.printer_id)
    assert (answer.seen, answer.queues[0].computers, answer.queues[0].sight.visible) == (False, (), True)
    await world.bind(world.here.user)
    assert (await scene.do(why, email="user@here.example", printer_id=world.here.printer_id)).seen
    await scene.do(change_user, world.here.user.user_id, disabled=True)
    answer = await scene.do(why, email="user@here.example", printer_id=world.here.printer_id)
    assert (answer.seen, answer.disabled) == (False, True)


async def test_a_removed_computer_and_a_printer_without_a_queue_show_nothing(scene: Scene) -> None:
    world = scene.world
    await world.bind(world.here.user)
    await scene.do(revoke_computer, world.here.agent.computer_id)
    assert not (await scene.do(why, email="user@here.example", printer_id=world.here.printer_id)).seen
    await scene.do(remove_queue, world.here.queue_id)
    assert (await scene.do(why, email="user@here.example", printer_id=world.here.printer_id)).queues == ()
    with pytest.raises(Invalid):
        await scene.do(why, email="nobody@here.example", printer_id=world.here.printer_id)


def test_every_reason_is_a_sentence() -> None:
    assert set(_SENTENCES) == set(Because)
    for because in Because:
        said = sentence(Reason(because), {})
        assert said.endswith(".")
        assert "{" not in said
