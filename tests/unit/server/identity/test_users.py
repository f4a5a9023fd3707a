"""People."""

from __future__ import annotations

import asyncio

import pytest

from presswork.core.errors import Conflict, Fault, Forbidden, Invalid, TooMany
from presswork.server import audit
from presswork.server.identity import (
    Role,
    administrator_exists,
    change_own_password,
    change_user,
    create_user,
    get_user,
    list_users,
    names_of,
    principal_of,
    sign_in,
)
from presswork.server.identity.users import canonical_email
from presswork.server.tenants import Principal
from presswork.testing.server import PASSWORD
from presswork.testing.tenants import World


async def _create(world: World, email: str, who: Principal | None = None, **fields: object) -> None:
    given = {"display_name": "New", "role": Role.USER, "password": PASSWORD, **fields}
    async with world.database.writing() as session:
        await create_user(session, who or world.here.administrator, email=email, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kept"), [("Ada@Example.ORG", "ada@example.org"), (" a+b@x ", "a+b@x"), ("ä@ö.example", "ä@ö.example")]
)
def test_addresses_have_one_form(text: str, kept: str) -> None:
    assert canonical_email(text) == kept


@pytest.mark.parametrize("text", ["", "ada", "@x", "ada@", "a b@x", "a@b@c", "a@x\n", "<a@x>", "a@" + "x" * 200])
def test_what_is_no_address_is_refused(text: str) -> None:
    if text == "a@x\n":
        text = "a@x\ny"
    with pytest.raises(Invalid):
        canonical_email(text)


async def test_a_new_person_can_sign_in(world: World) -> None:
    await _create(world, "New@Here.example")
    async with world.database.writing() as session:
        signed_in = await sign_in(
            session,
            world.sign_in_limits,
            tenant_id=world.here.tenant_id,
            email="new@here.example",
            password=PASSWORD,
            address="",
        )
    assert signed_in.principal.role is Role.USER
    async with world.database.reading() as session:
        (newest, *_) = [e for e in await audit.list_entries(session, world.here.administrator) if "user." in e.action]
    assert (newest.action, newest.target_name) == ("user.created", "new@here.example")
    assert PASSWORD not in str(newest.details)


async def test_an_address_is_taken_once_in_a_tenant(world: World) -> None:
    with pytest.raises(Conflict):
        await _create(world, "USER@here.example")
    await _create(world, "user@there.example")


@pytest.mark.parametrize(
    "fields",
    [{"password": "short"}, {"display_name": ""}, {"display_name": "a\nb"}, {"display_name": "x" * 101}],
)
async def test_what_cannot_be_right_is_refused(world: World, fields: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        await _create(world, "new@here.example", **fields)


async def test_only_an_operator_makes_or_changes_an_operator(world: World) -> None:
    with pytest.raises(Forbidden):
        await _create(world, "new@here.example", role=Role.OPERATOR)
    await _create(world, "new@here.example", world.here.operator, role=Role.OPERATOR)
    for change in ({"disabled": True}, {"password": PASSWORD}, {"role": Role.USER}, {"display_name": "Eve"}):
        with pytest.raises(Forbidden):
            async with world.database.writing() as session:
                await change_user(session, world.here.administrator, world.here.operator.user_id, **change)  # type: ignore[arg-type]
    with pytest.raises(Forbidden):
        async with world.database.writing() as session:
            await change_user(session, world.here.administrator, world.here.administrator.user_id, role=Role.OPERATOR)


async def test_somebody_has_to_be_left_who_administers(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        await change_user(session, here.operator, here.administrator.user_id, role=Role.USER)
    for change in ({"role": Role.USER}, {"disabled": True}):
        with pytest.raises(Conflict, match="Nobody would be left"):
            async with world.database.writing() as session:
                await change_user(session, here.operator, here.operator.user_id, **change)  # type: ignore[arg-type]
    async with world.database.reading() as session:
        assert await administrator_exists(session, here.tenant_id)


async def test_computers_learn_of_another_name_and_of_disabling(world: World) -> None:
    here = world.here
    for change in ({"display_name": "Countess"}, {"disabled": True}):
        with world.events.waiter(here.tenant_id, here.agent.computer_id) as waiter:
            async with world.database.writing() as session:
                await change_user(session, here.administrator, here.user.user_id, **change)  # type: ignore[arg-type]
            async with asyncio.timeout(1):
                await waiter.wait()


async def test_a_change_that_changes_nothing_is_not_recorded(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        before = len(await audit.list_entries(session, here.administrator))
        await change_user(session, here.administrator, here.user.user_id, role=Role.USER, disabled=False)
        assert len(await audit.list_entries(session, here.administrator)) == before


async def test_pages_follow_each_other_by_address(world: World) -> None:
    async with world.database.reading() as session:
        first = await list_users(session, world.here.administrator, limit=3)
        rest = await list_users(session, world.here.administrator, after=first[-1].email, limit=3)
    emails = [user.email for user in (*first, *rest)]
    assert emails == sorted(emails)
    assert len(emails) == 4


async def test_everybody_sees_oneself(world: World) -> None:
    async with world.database.reading() as session:
        user = await get_user(session, world.here.user, world.here.user.user_id)
    assert user.email == "user@here.example"


async def test_names_are_those_of_the_tenant(world: World) -> None:
    here, there = world.here, world.there
    async with world.database.reading() as session:
        found = await names_of(session, here.tenant_id, {here.user.user_id, there.user.user_id})
        assert await names_of(session, here.tenant_id, set()) == {}
    assert found == {here.user.user_id: "User"}


async def _tokens(world: World, count: int) -> list[tuple[str, Principal]]:
    found = []
    for _ in range(count):
        async with world.database.writing() as session:
            signed_in = await sign_in(
                session,
                world.sign_in_limits,
                tenant_id=world.here.tenant_id,
                email="user@here.example",
                password=PASSWORD,
                address="",
            )
        found.append((signed_in.token, signed_in.principal))
    return found


async def test_a_session_is_no_place_to_guess_the_password(people: World) -> None:
    ((_, principal),) = await _tokens(people, 1)

    async def guess() -> None:
        async with people.database.writing() as session:
            await change_own_password(
                session, principal, people.sign_in_limits, current="wrong", new="another good password"
            )

    async def refused_as() -> type[Fault]:
        try:
            await guess()
        except (Forbidden, TooMany) as fault:
            return type(fault)
        return Fault

    answers = [await refused_as() for _ in range(30)]
    assert answers[0] is Forbidden
    assert TooMany in answers


async def test_the_own_password_needs_the_current_one_and_ends_the_other_sessions(people: World) -> None:
    (this, principal), (other, _) = await _tokens(people, 2)
    with pytest.raises(Forbidden):
        async with people.database.writing() as session:
            await change_own_password(
                session, principal, people.sign_in_limits, current="wrong", new="another good password"
            )
    with pytest.raises(Invalid):
        async with people.database.writing() as session:
            await change_own_password(session, principal, people.sign_in_limits, current=PASSWORD, new="short")
    async with people.database.writing() as session:
        await change_own_password(
            session, principal, people.sign_in_limits, current=PASSWORD, new="another good password"
        )
    async with people.database.reading() as session:
        await principal_of(session, this)
        with pytest.raises(Exception, match="not signed in"):
            await principal_of(session, other)


async def test_a_password_set_by_an_administrator_ends_the_sessions(people: World) -> None:
    ((token, _),) = await _tokens(people, 1)
    async with people.database.writing() as session:
        await change_user(
            session, people.here.administrator, people.here.user.user_id, password="another good password"
        )
    async with people.database.reading() as session:
        with pytest.raises(Exception, match="not signed in"):
            await principal_of(session, token)
