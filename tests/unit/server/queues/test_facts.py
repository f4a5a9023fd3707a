"""The facts of the decision: whatever could stand on a computer is found, and little else."""

from __future__ import annotations

from presswork.server.queues import ask_for_queue, show_on_network, show_to_group
from presswork.server.queues.facts import candidates, computer_facts, people_facts
from unit.server.queues.scene import BERLIN, Scene


async def test_what_could_stand_is_a_candidate(scene: Scene) -> None:
    world = scene.world
    await scene.network("Berlin", BERLIN)
    staff = await scene.group("Staff", "user@here.example")
    await scene.group("Board")
    made = {name: await scene.add(name) for name in ("Staffs", "Boards", "Berlins")}
    made["Wished"] = await scene.add("Wished", automatic=False)
    made["Unwished"] = await scene.add("Unwished", automatic=False)
    await scene.do(show_to_group, made["Staffs"].id, "Staff")
    await scene.do(show_to_group, made["Boards"].id, "Board")
    await scene.do(show_on_network, made["Berlins"].id, "Berlin")
    await scene.do(ask_for_queue, made["Wished"].id, wanted=True, who=world.here.user)
    await world.bind(world.here.user)
    await scene.names(on=[BERLIN])
    async with world.database.reading() as session:
        facts = await computer_facts(session, world.here.tenant_id, world.here.agent.computer_id)
        assert facts.people["ada"].groups == {staff}
        assert facts.people["ada"].added == {made["Wished"].id}
        found = await candidates(session, world.here.tenant_id, facts)
        wanted = {world.here.queue_id, *(made[name].id for name in ("Staffs", "Berlins", "Wished"))}
        assert set(found) == wanted
        assert await people_facts(session, world.here.tenant_id, set()) == {}
