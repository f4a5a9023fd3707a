"""Entries of the roster, and when there is a new one."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from presswork.protocols.control.agent import MOST_REMOVED, Hello
from presswork.protocols.discovery.entry import Entry, Role, open_entry
from presswork.server.computers import (
    AgentPrincipal,
    note_presence,
    removed_lately,
    revoke_computer,
    roster_entry,
    set_duties,
)
from presswork.server.platform.context import TicketSigner
from presswork.testing.tenants import Organisation, World, another_computer

SIGNER = TicketSigner(Ed25519PrivateKey.generate(), "")
KEY, OTHER_KEY = (base64.b64encode(bytes([number]) * 32).decode() for number in (1, 2))


async def _ask(world: World, held: datetime | None, key: str = KEY) -> Entry | None:
    hello = Hello(version="1", computer_name="here-pc", platform="x", discovery_key=key)
    async with world.database.writing() as session:
        computer = await note_presence(session, world.here.agent, hello, sync_after=60)
        text = await roster_entry(session, SIGNER, computer, held)
    return open_entry(base64.b64decode(text), SIGNER.key.public_key()) if text else None


def _held(entry: Entry | None) -> datetime:
    assert entry is not None
    return datetime.fromtimestamp(entry.until).astimezone()


async def test_an_agent_with_a_key_gets_an_entry_for_seven_days(world: World) -> None:
    entry = await _ask(world, None)
    assert entry is not None
    assert (entry.tenant_id, entry.computer_id) == (world.here.tenant_id, world.here.agent.computer_id)
    assert (entry.public_key, entry.roles) == (b"\x01" * 32, Role(0))
    assert entry.until == int((world.clock.now() + timedelta(days=7)).timestamp())


async def test_without_a_key_there_is_none(world: World) -> None:
    assert await _ask(world, None, "") is None


async def test_who_holds_a_good_one_gets_no_other(world: World) -> None:
    held = _held(await _ask(world, None))
    assert await _ask(world, held) is None
    world.clock.advance(hours=23)
    assert await _ask(world, held) is None
    world.clock.advance(hours=2)
    assert await _ask(world, held) is not None


@pytest.mark.parametrize("off", [timedelta(seconds=-1), timedelta(days=400), None])
async def test_one_that_was_lost_on_the_way_comes_again(world: World, off: timedelta | None) -> None:
    held = _held(await _ask(world, None))
    assert await _ask(world, None if off is None else held + off) is not None


async def test_another_key_or_duty_is_another_entry(world: World) -> None:
    held = _held(await _ask(world, None))
    again = await _ask(world, held, OTHER_KEY)
    assert again is not None
    assert again.public_key == b"\x02" * 32
    async with world.database.writing() as session:
        await set_duties(
            session, world.here.administrator, world.here.agent.computer_id, site_node=True, redirector=True
        )
    entry = await _ask(world, _held(again), OTHER_KEY)
    assert entry is not None
    assert entry.roles == Role.SITE_NODE | Role.REDIRECTOR


async def test_a_removed_computer_gets_none(world: World) -> None:
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, world.here.agent.computer_id)
    assert await _ask(world, None) is None


async def _remove(world: World, organisation: Organisation, name: str) -> AgentPrincipal:
    async with world.database.writing() as session:
        gone = await another_computer(session, organisation, name)
        await revoke_computer(session, organisation.administrator, gone.computer_id)
    return gone


async def test_who_was_removed_is_named_as_long_as_its_entry_may_be_good_and_to_its_own_tenant(world: World) -> None:
    first = await _remove(world, world.here, "pc-1")
    world.clock.advance(days=1)
    second = await _remove(world, world.here, "pc-2")
    async with world.database.reading() as session:
        assert await removed_lately(session, world.here.agent) == (second.computer_id, first.computer_id)
        assert await removed_lately(session, world.there.agent) == ()
    world.clock.advance(days=6)
    async with world.database.reading() as session:
        assert await removed_lately(session, world.here.agent) == (second.computer_id,)


async def test_so_many_are_named_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_REMOVED == 256
    monkeypatch.setattr("presswork.server.computers.roster.MOST_REMOVED", 1)
    await _remove(world, world.here, "pc-1")
    world.clock.advance(seconds=1)
    second = await _remove(world, world.here, "pc-2")
    async with world.database.reading() as session:
        assert await removed_lately(session, world.here.agent) == (second.computer_id,)
