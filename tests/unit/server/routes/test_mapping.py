"""What people are called on a redirector, and who a name there is."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.server import audit, identity
from presswork.server.platform.database import Session
from presswork.server.routes import add_name, get_naming, list_names, mapped_user, remove_name, set_naming
from presswork.server.routes.mapping import Naming, Rule, person_called
from presswork.server.tenants import Role
from presswork.testing.tenants import World


async def both_ways(session: Session, world: World, user_id: UUID, computer_id: UUID | None = None) -> str | None:
    """The person's name, which is that person's and nobody else's."""
    computer_id = computer_id or world.here.agent.computer_id
    name = await mapped_user(session, world.here.tenant_id, computer_id, user_id)
    if name is not None:
        for spelling in (name, name.upper(), f" {name} "):
            assert await person_called(session, world.here.tenant_id, computer_id, spelling) == user_id
    return name


@pytest.mark.parametrize(
    ("rule", "domain", "name"),
    [
        ("table", "", None),
        ("account", "", "user"),
        ("upn", "Corp.example", "user@Corp.example"),
        ("email", "", "user@here.example"),
    ],
)
async def test_people_are_called_by_the_rule(world: World, rule: str, domain: str, name: str | None) -> None:
    here = world.here
    async with world.database.writing() as session:
        assert await both_ways(session, world, here.user.user_id) is None
        await set_naming(session, here.administrator, here.agent.computer_id, rule=rule, domain=domain)
        assert await both_ways(session, world, here.user.user_id) == name
        assert await mapped_user(session, here.tenant_id, here.agent.computer_id, world.there.user.user_id) is None
        for nobody in ("", "nobody", "user@", "@here.example", "user%", "us_r", "user@here", "user@elsewhere.example"):
            assert await person_called(session, here.tenant_id, here.agent.computer_id, nobody) is None
        # the rule of one redirector is that of no other
        assert await mapped_user(session, here.tenant_id, world.there.agent.computer_id, here.user.user_id) is None


async def test_the_table_goes_first_and_its_names_are_nobody_elses(world: World) -> None:
    here = world.here
    computer_id, administrator = here.agent.computer_id, here.administrator
    async with world.database.writing() as session:
        await set_naming(session, administrator, computer_id, rule="account")
        await add_name(session, administrator, computer_id, email="other@here.example", name="User")
        assert await both_ways(session, world, here.other.user_id) == "User"
        assert await mapped_user(session, here.tenant_id, computer_id, here.user.user_id) is None
        assert await person_called(session, here.tenant_id, computer_id, "other") is None, (
            "that is not their name there"
        )
        with pytest.raises(Conflict):
            await add_name(session, administrator, computer_id, email="user@here.example", name="USER")
        await add_name(session, administrator, computer_id, email="user@here.example", name="u1")
        assert await both_ways(session, world, here.user.user_id) == "u1"
        await add_name(session, administrator, computer_id, email="other@here.example", name="u2")
        assert [(one.person, one.name) for one in await list_names(session, administrator, computer_id)] == [
            ("User", "u1"),
            ("Other", "u2"),
        ]
        assert [one.name for one in await list_names(session, administrator, computer_id, after="u1")] == ["u2"]
        await remove_name(session, administrator, computer_id, here.other.user_id)
        assert await both_ways(session, world, here.other.user_id) == "other"
        with pytest.raises(NotFound):
            await remove_name(session, administrator, computer_id, here.other.user_id)


async def test_a_name_that_could_be_two_people_is_nobodys(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        await set_naming(session, here.administrator, here.agent.computer_id, rule="account")
        twin = await identity.create_user(
            session,
            here.administrator,
            email="user@elsewhere.example",
            display_name="Twin",
            role=Role.USER,
            password="correct horse battery",
        )
        for person in (here.user.user_id, twin.id):
            assert await both_ways(session, world, person) is None
        assert await person_called(session, here.tenant_id, here.agent.computer_id, "user") is None
        await identity.change_user(session, here.administrator, twin.id, disabled=True)
        assert await both_ways(session, world, here.user.user_id) == "user"
        assert await both_ways(session, world, twin.id) is None


async def test_somebody_who_may_not_sign_in_is_called_nothing(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        await add_name(session, here.administrator, here.agent.computer_id, email="user@here.example", name="u1")
        await identity.change_user(session, here.administrator, here.user.user_id, disabled=True)
        assert await person_called(session, here.tenant_id, here.agent.computer_id, "u1") is None


@pytest.mark.parametrize(
    ("rule", "domain", "field"), [("pigeon", "", "rule"), ("upn", "", "domain"), ("upn", "a@b", "domain")]
)
async def test_a_rule_that_cannot_be(world: World, rule: str, domain: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        async with world.database.writing() as session:
            await set_naming(session, world.here.administrator, world.here.agent.computer_id, rule=rule, domain=domain)
    assert refused.value.details["field"] == field


async def test_what_was_set_is_in_the_audit_once(world: World) -> None:
    here = world.here
    async with world.database.writing() as session:
        for _ in range(2):
            await set_naming(session, here.administrator, here.agent.computer_id, rule="upn", domain="corp.example")
        assert await get_naming(session, here.administrator, here.agent.computer_id) == Naming(Rule.UPN, "corp.example")
        await add_name(session, here.administrator, here.agent.computer_id, email="user@here.example", name="u1")
    async with world.database.reading() as session:
        entries = await audit.list_entries(session, here.administrator)
    actions = sorted(entry.action for entry in entries if entry.action.startswith("redirector."))
    assert actions == ["redirector.name-added", "redirector.naming-set"]
