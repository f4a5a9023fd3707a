"""What the tests of queues say in one word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from presswork.protocols.control.agent import DesiredState, Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server.computers import note_networks, note_presence
from presswork.server.identity import add_group, add_group_to_group, add_person_to_group
from presswork.server.networks import add_mark, add_network
from presswork.server.queues import Queue, add_queue, desired_state
from presswork.testing.tenants import World

BERLIN, PARIS = "192.0.2.0/24", "198.51.100.0/24"


class Scene:
    """A world with words for what happens in it."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def desired(
        self, held: str = "", *, name: str = "here-pc", on: Sequence[str] | None = None
    ) -> DesiredState | None:
        """What the computer is to have; ``on``: the subnets it says it is in."""
        async with self.world.database.writing() as session:
            hello = Hello(version="1", computer_name=name, platform="x")
            computer = await note_presence(session, self.world.here.agent, hello, sync_after=30)
            hints = None if on is None else [NetworkHint.model_validate({"prefixes": [one]}) for one in on]
            await note_networks(session, self.world.here.agent, computer, hints)
            return await desired_state(session, self.world.here.agent, computer, self.world.vault, held=held)

    async def must(self, held: str = "", *, on: Sequence[str] | None = None) -> DesiredState:
        """The same, where there must be news."""
        desired = await self.desired(held, on=on)
        assert desired is not None
        return desired

    async def names(self, *, on: Sequence[str] | None = None) -> list[str]:
        """The queues on the computer."""
        return sorted(queue.name for queue in (await self.must(on=on)).queues)

    async def add(self, name: str = "New", mode: Any = "hold", **fields: Any) -> Queue:
        """A queue."""
        async with self.world.database.writing() as session:
            return await add_queue(session, self.world.here.administrator, name=name, mode=mode, **fields)

    async def do(self, function: Any, *arguments: Any, who: Any = None, **named: Any) -> Any:
        """Call a service as the administrator, or as ``who``."""
        async with self.world.database.writing() as session:
            return await function(session, who or self.world.here.administrator, *arguments, **named)

    async def network(self, name: str, subnet: str) -> UUID:
        """A network known by its subnet."""
        network = await self.do(add_network, name=name)
        await self.do(add_mark, network.id, kind="cidr", value=subnet)
        return UUID(str(network.id))

    async def group(self, name: str, *emails: str, inside: UUID | None = None) -> UUID:
        """A group of these people."""
        group = await self.do(add_group, name=name)
        for email in emails:
            await self.do(add_person_to_group, group.id, email)
        if inside is not None:
            await self.do(add_group_to_group, inside, name)
        return UUID(str(group.id))
