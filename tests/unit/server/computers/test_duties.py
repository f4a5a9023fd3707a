"""What a computer does for others."""

from __future__ import annotations

import pytest

from presswork.core.errors import Gone
from presswork.server import audit
from presswork.server.computers import get_computer, revoke_computer, set_duties
from presswork.testing.tenants import World


async def _set(world: World, *, site_node: bool, redirector: bool, carrier: bool = False) -> str:
    async with world.database.writing() as session:
        computer = await set_duties(
            session,
            world.here.administrator,
            world.here.agent.computer_id,
            site_node=site_node,
            redirector=redirector,
            carrier=carrier,
        )
        await session.refresh(computer)
        return computer.desired_revision


async def test_duties_are_kept_and_the_computer_hears_of_them(world: World) -> None:
    first = await _set(world, site_node=True, redirector=False)
    assert await _set(world, site_node=True, redirector=False) == first
    assert await _set(world, site_node=True, redirector=True) != first
    await _set(world, site_node=False, redirector=False, carrier=True)
    async with world.database.reading() as session:
        computer = await get_computer(session, world.here.administrator, world.here.agent.computer_id)
        entries = await audit.list_entries(session, world.here.administrator)
    assert (computer.site_node, computer.redirector, computer.carrier) == (False, False, True)
    said = [entry.details["duties"] for entry in entries if entry.action == "computer.duties-set"]
    assert sorted(said) == ["carrier", "site node", "site node, redirector"], "what changed nothing is not written down"


async def test_a_removed_computer_gets_none(world: World) -> None:
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, world.here.agent.computer_id)
    with pytest.raises(Gone):
        await _set(world, site_node=True, redirector=False)
