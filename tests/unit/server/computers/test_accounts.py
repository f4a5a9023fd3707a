"""Whose an account is."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from sqlalchemy import select

from presswork.core.errors import NotFound, TooMany
from presswork.protocols.control.agent import AccountSignInStarted
from presswork.server import audit
from presswork.server.computers import (
    AccountSignInLimits,
    accounts_of_person,
    bindings_of_computer,
    confirm_account_sign_in,
    forget_sign_ins,
    get_account_sign_in,
    list_account_bindings,
    people_of_computer,
    remove_account_binding,
    revoke_computer,
    start_account_sign_in,
)
from presswork.server.computers.accounts import _canonical_code, _new_user_code
from presswork.server.computers.models import AccountSignInRow
from presswork.server.identity import change_user
from presswork.server.tenants import Principal
from presswork.testing.tenants import PUBLIC_URL, World


async def _start(world: World, account: str = "ada") -> AccountSignInStarted:
    async with world.database.writing() as session:
        return await start_account_sign_in(
            session, world.here.agent, AccountSignInLimits(world.clock), account, public_url=PUBLIC_URL
        )


async def _confirm(world: World, code: str, who: Principal | None = None) -> UUID:
    async with world.database.writing() as session:
        limits = AccountSignInLimits(world.clock)
        return (await confirm_account_sign_in(session, who or world.here.user, limits, code)).id


async def _accounts(world: World) -> dict[str, str]:
    agent = world.here.agent
    async with world.database.reading() as session:
        found = await bindings_of_computer(session, agent.tenant_id, agent.computer_id)
    return {binding.account: binding.person for binding in found}


async def test_the_page_shows_what_to_compare_and_binds_nobody(world: World) -> None:
    started = await _start(world)
    assert started.verification_uri == f"{PUBLIC_URL}/account-sign-in"
    assert started.verification_uri_complete == f"{PUBLIC_URL}/account-sign-in?code={started.user_code}"
    async with world.database.writing() as session:
        shown = await get_account_sign_in(session, world.here.user, world.account_limits, started.user_code)
    assert (shown.computer_name, shown.account, shown.current_person) == ("here-pc", "ada", None)
    assert await _accounts(world) == {}


async def test_the_button_makes_the_account_the_person_and_tells_the_agent(world: World) -> None:
    started, agent = await _start(world), world.here.agent
    with world.events.waiter(agent.tenant_id, agent.computer_id) as waiter:
        await _confirm(world, started.user_code)
        async with asyncio.timeout(1):
            await waiter.wait()
    assert await _accounts(world) == {"ada": "User"}
    with pytest.raises(NotFound):
        await _confirm(world, started.user_code)
    async with world.database.reading() as session:
        (entry,) = [
            one for one in await audit.list_entries(session, world.here.administrator) if one.action == "account.bound"
        ]
    assert entry.details == {"account": "ada"}


async def test_a_code_may_be_typed_as_people_type(world: World) -> None:
    code = (await _start(world)).user_code
    await _confirm(world, f" {code.lower().replace('-', ' ')} ")


async def test_a_code_is_over_after_ten_minutes_or_when_a_newer_one_comes(world: World) -> None:
    older = await _start(world)
    newer = await _start(world)
    with pytest.raises(NotFound):
        await _confirm(world, older.user_code)
    world.clock.advance(minutes=10)
    with pytest.raises(NotFound):
        await _confirm(world, newer.user_code)
    async with world.database.writing() as session:
        await forget_sign_ins(session)
        assert await session.scalar(select(AccountSignInRow.id)) is None


async def test_an_account_is_one_person_at_a_time_and_can_be_taken_over(world: World) -> None:
    await _confirm(world, (await _start(world)).user_code)
    again = await _start(world)
    async with world.database.writing() as session:
        shown = await get_account_sign_in(session, world.here.other, world.account_limits, again.user_code)
    assert shown.current_person == "User"
    await _confirm(world, again.user_code, world.here.other)
    assert await _accounts(world) == {"ada": "Other"}
    agent = world.here.agent
    async with world.database.reading() as session:
        assert await people_of_computer(session, agent.tenant_id, agent.computer_id) == {
            ("ada", world.here.user.user_id),
            ("ada", world.here.other.user_id),
        }
        assert await accounts_of_person(session, world.here.user) == []
        assert await accounts_of_person(session, world.here.other) == [(agent.computer_id, "ada")]


async def test_people_see_and_remove_their_own_and_administrators_all(world: World) -> None:
    mine = await _confirm(world, (await _start(world)).user_code)
    theirs = await _confirm(world, (await _start(world, "bob")).user_code, world.here.other)
    here = world.here
    async with world.database.reading() as session:
        assert [one.id for one in await list_account_bindings(session, here.user)] == [mine]
        assert {one.id for one in await list_account_bindings(session, here.administrator)} == {mine, theirs}
        assert await list_account_bindings(session, here.administrator, own=True) == []
    for who in (here.user, world.there.operator):
        with pytest.raises(NotFound):
            async with world.database.writing() as session:
                await remove_account_binding(session, who, theirs)
    async with world.database.writing() as session:
        await remove_account_binding(session, here.user, mine)
        await remove_account_binding(session, here.administrator, theirs)
    assert await _accounts(world) == {}
    with pytest.raises(NotFound):
        async with world.database.writing() as session:
            await remove_account_binding(session, here.user, mine)


async def test_the_agent_does_not_learn_of_disabled_people(world: World) -> None:
    await _confirm(world, (await _start(world)).user_code)
    async with world.database.writing() as session:
        await change_user(session, world.here.administrator, world.here.user.user_id, disabled=True)
    assert await _accounts(world) == {}


async def test_nothing_can_be_confirmed_on_a_removed_computer(world: World) -> None:
    started = await _start(world)
    async with world.database.writing() as session:
        await revoke_computer(session, world.here.administrator, world.here.agent.computer_id)
    with pytest.raises(NotFound):
        await _confirm(world, started.user_code)


async def test_codes_cannot_be_tried_for_long(world: World) -> None:
    async def attempt() -> None:
        async with world.database.reading() as session:
            await get_account_sign_in(session, world.here.user, world.account_limits, "BCDF-GHJK")

    for _ in range(20):
        with pytest.raises(NotFound):
            await attempt()
    with pytest.raises(TooMany):
        await attempt()


async def test_sign_ins_cannot_be_started_for_long(world: World) -> None:
    async def start(account: str) -> None:
        async with world.database.writing() as session:
            await start_account_sign_in(session, world.here.agent, world.account_limits, account, public_url=PUBLIC_URL)

    for _ in range(5):
        await start("ada")
    with pytest.raises(TooMany):
        await start("ada")
    for number in range(49):
        await start(f"account{number}")
    with pytest.raises(TooMany, match="at this computer"):
        await start("one-more")


def test_codes_are_drawn_evenly_from_letters_nobody_mistakes() -> None:
    drawn = [bytes(range(248, 256)), bytes(range(8))]
    assert _new_user_code(lambda count: drawn.pop(0)) == "BCDF-GHJK"
    assert _canonical_code("bcdf ghjk") == "BCDF-GHJK"
    assert _canonical_code("BCDFGHJKL") != "BCDF-GHJK"
    assert _canonical_code("") == "-"
