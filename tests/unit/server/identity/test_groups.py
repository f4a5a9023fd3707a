"""Groups of people, in groups."""

from __future__ import annotations

from uuid import UUID

import pytest

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.server.identity import (
    add_group,
    add_group_to_group,
    add_person_to_group,
    group_names,
    groups_of_people,
    list_group_people,
    list_groups,
    list_inner_groups,
    remove_group,
    remove_group_from_group,
    remove_person_from_group,
    rename_group,
)
from presswork.server.identity.groups import DEPTH
from presswork.server.tenants import desired_revision
from presswork.testing.tenants import World


async def _add(world: World, name: str, *, inside: UUID | None = None) -> UUID:
    async with world.database.writing() as session:
        group = await add_group(session, world.here.administrator, name=name)
        if inside is not None:
            await add_group_to_group(session, world.here.administrator, inside, name)
    return group.id


async def _of_user(world: World) -> frozenset[UUID]:
    person = world.here.user.user_id
    async with world.database.reading() as session:
        return (await groups_of_people(session, world.here.tenant_id, {person}))[person]


async def _put(world: World, group: UUID, email: str = "user@here.example") -> None:
    async with world.database.writing() as session:
        await add_person_to_group(session, world.here.administrator, group, email)


@pytest.mark.parametrize(
    "name", ["Ä Ö Ü & <b>Söhne</b>", "a, b; c", "DOMAIN\\Users", "组织", "'; DROP TABLE users; --", "x" * 127]
)
async def test_a_person_is_in_a_group_whatever_its_name(world: World, name: str) -> None:
    group = await _add(world, name)
    await _put(world, group, " USER@here.example ")
    assert await _of_user(world) == {group}
    async with world.database.reading() as session:
        assert [one.name for one in await list_groups(session, world.here.administrator)] == [name]
        assert await group_names(session, world.here.tenant_id, {group}) == {group: name}


async def test_who_is_in_a_group_is_in_those_that_hold_it(world: World) -> None:
    everybody = await _add(world, "Everybody")
    engineering = await _add(world, "Engineering", inside=everybody)
    compilers = await _add(world, "Compilers", inside=engineering)
    sales = await _add(world, "Sales", inside=everybody)
    await _put(world, compilers)
    assert await _of_user(world) == {compilers, engineering, everybody}
    await _put(world, sales)
    assert await _of_user(world) == {compilers, engineering, everybody, sales}
    async with world.database.writing() as session:
        await remove_group_from_group(session, world.here.administrator, everybody, engineering)
        await remove_person_from_group(session, world.here.administrator, sales, world.here.user.user_id)
    assert await _of_user(world) == {compilers, engineering}


async def test_no_group_holds_itself(world: World) -> None:
    outer = await _add(world, "Outer")
    middle = await _add(world, "Middle", inside=outer)
    inner = await _add(world, "Inner", inside=middle)
    async with world.database.writing() as session:
        for name in ("Outer", "Middle", "Inner"):
            with pytest.raises(Invalid):
                await add_group_to_group(session, world.here.administrator, inner, name)


async def test_groups_stand_in_one_another_to_a_depth_and_not_further(world: World) -> None:
    at = deepest = await _add(world, "1")
    for level in range(2, DEPTH + 1):
        deepest = await _add(world, str(level), inside=deepest)
    await _put(world, deepest)
    assert at in await _of_user(world)
    assert len(await _of_user(world)) == DEPTH
    await _add(world, "too deep")
    async with world.database.writing() as session:
        with pytest.raises(Invalid):
            await add_group_to_group(session, world.here.administrator, deepest, "too deep")


async def test_a_diamond_is_no_circle(world: World) -> None:
    top = await _add(world, "Top")
    left = await _add(world, "Left", inside=top)
    await _add(world, "Right", inside=top)
    bottom = await _add(world, "Bottom", inside=left)
    async with world.database.writing() as session:
        right = (await list_inner_groups(session, world.here.administrator, top))[1].id
        await add_group_to_group(session, world.here.administrator, right, "Bottom")
    await _put(world, bottom)
    assert await _of_user(world) == {top, left, right, bottom}


async def test_members_that_come_and_go_are_news_to_computers(world: World) -> None:
    group = await _add(world, "Group")
    seen = []
    for step in (
        lambda s: add_person_to_group(s, world.here.administrator, group, "other@here.example"),
        lambda s: remove_person_from_group(s, world.here.administrator, group, world.here.other.user_id),
    ):
        async with world.database.writing() as session:
            seen.append(await desired_revision(session, world.here.tenant_id))
            await step(session)
            seen.append(await desired_revision(session, world.here.tenant_id))
    assert len(set(seen)) == 3


async def test_people_of_a_group_are_paged_and_counted(world: World) -> None:
    group = await _add(world, "Group")
    for email in ("user@here.example", "other@here.example", "other@here.example"):
        await _put(world, group, email)
    async with world.database.reading() as session:
        first = await list_group_people(session, world.here.administrator, group, limit=1)
        assert [user.email for user in first] == ["other@here.example"]
        after = await list_group_people(session, world.here.administrator, group, after=first[0].email)
        assert [user.email for user in after] == ["user@here.example"]
        (view,) = await list_groups(session, world.here.administrator)
        assert (view.people, view.groups) == (2, 0)


async def test_what_is_not_there_is_said(world: World) -> None:
    group = await _add(world, "Group")
    async with world.database.writing() as session:
        administrator = world.here.administrator
        with pytest.raises(Invalid):
            await add_person_to_group(session, administrator, group, "user@there.example")
        with pytest.raises(Invalid):
            await add_group_to_group(session, administrator, group, "Nobody")
        with pytest.raises(NotFound):
            await remove_person_from_group(session, administrator, group, world.here.user.user_id)
        with pytest.raises(NotFound):
            await remove_group_from_group(session, administrator, group, group)
        with pytest.raises(Conflict):
            await add_group(session, administrator, name="Group")
        assert (await rename_group(session, administrator, group, "Other")).name == "Other"
        await remove_group(session, administrator, group)
        assert await list_groups(session, administrator) == []
