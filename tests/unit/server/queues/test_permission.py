"""May this person print to that queue from there?"""

from __future__ import annotations

from uuid import uuid4

from presswork.server import identity
from presswork.server.networks import add_network
from presswork.server.queues import may_print, show_on_network, show_to_group
from presswork.testing.tenants import World


async def test_whoever_sees_the_queue_where_that_computer_is_may_print(world: World) -> None:
    here = world.here

    async def may(queue_id: object = here.queue_id) -> list[bool]:
        return [
            await may_print(session, here.tenant_id, queue_id, person.user_id, here.agent.computer_id)  # type: ignore[arg-type]
            for person in (here.user, here.other)
        ]

    async with world.database.writing() as session:
        assert await may() == [True, True]
        assert await may(uuid4()) == await may(world.there.queue_id) == [False, False]
        group = await identity.add_group(session, here.administrator, name="Engineering")
        await identity.add_person_to_group(session, here.administrator, group.id, "user@here.example")
        await show_to_group(session, here.administrator, here.queue_id, "Engineering")
        assert await may() == [True, False]
        await add_network(session, here.administrator, name="Berlin")
        await show_on_network(session, here.administrator, here.queue_id, "Berlin")
        assert await may() == [False, False], "the computer is not there"
