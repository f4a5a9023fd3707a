"""Groups of people: made and filled by administrators. A group may hold groups, bounded in depth and without circles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from presswork.core.errors import Conflict, Invalid, NotFound
from presswork.server import audit
from presswork.server.identity.models import GroupInGroup, GroupMember, User, UserGroup
from presswork.server.identity.users import canonical_email
from presswork.server.platform.database import Session, insert_new, scoped
from presswork.server.platform.text import one_line
from presswork.server.tenants import Principal, Role, desired_changed

PAGE_LIMIT = 500
DEPTH = 8
"""Groups within one another, the outermost included."""
COUNTED = 1000
"""A number of members that stands for that many or more."""
INNER_LIMIT = 200
"""Groups that one group holds by itself."""


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group with how many people and groups are in it by itself, up to ``COUNTED``."""

    id: UUID
    tenant_id: UUID
    name: str
    people: int
    groups: int


async def add_group(session: Session, principal: Principal, *, name: str) -> UserGroup:
    """A new group, empty. Administrators. ``Conflict`` where the name is taken."""
    principal.require(Role.ADMINISTRATOR)
    group = UserGroup(
        tenant_id=principal.tenant_id,
        id=session.new_id(),
        name=one_line(name, field="name", limit=127),
        created_at=session.now(),
    )
    await _require_free(session, principal, group.name)
    session.add(group)
    await session.flush()
    await audit.record(session, principal, "group.added", target_id=group.id, target_name=group.name)
    return group


async def list_groups(
    session: Session, principal: Principal, *, after: str | None = None, limit: int = PAGE_LIMIT
) -> Sequence[GroupView]:
    """Groups by name; ``after`` is the last name of the page before. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    groups = scoped(UserGroup, principal).order_by(UserGroup.name).limit(min(limit, PAGE_LIMIT))
    if after is not None:
        groups = groups.where(UserGroup.name > after)
    found = (await session.scalars(groups)).all()
    keys = [group.id for group in found]
    people = await _counts(session, principal.tenant_id, GroupMember, keys)
    inner = await _counts(session, principal.tenant_id, GroupInGroup, keys)
    return [
        GroupView(group.id, group.tenant_id, group.name, people.get(group.id, 0), inner.get(group.id, 0))
        for group in found
    ]


async def get_group(session: Session, principal: Principal, group_id: UUID) -> UserGroup:
    """One group. Administrators."""
    principal.require(Role.ADMINISTRATOR)
    group = await session.scalar(scoped(UserGroup, principal).where(UserGroup.id == group_id))
    if group is None:
        raise NotFound("There is no such group.")
    return group


async def find_group(session: Session, principal: Principal, name: str) -> UserGroup:
    """The group of that name. Administrators. ``Invalid`` beside the field ``group`` where there is none."""
    principal.require(Role.ADMINISTRATOR)
    group = await session.scalar(scoped(UserGroup, principal).where(UserGroup.name == name.strip()))
    if group is None:
        raise Invalid("There is no group with this name. Choose one from the list.", field="group")
    return group


async def rename_group(session: Session, principal: Principal, group_id: UUID, name: str) -> UserGroup:
    """Another name; who is in it stays. Administrators."""
    group = await get_group(session, principal, group_id)
    name = one_line(name, field="name", limit=127)
    if name != group.name:
        await _require_free(session, principal, name)
        group.name = name
        await session.flush()
        await audit.record(session, principal, "group.changed", target_id=group.id, target_name=group.name)
    return group


async def remove_group(session: Session, principal: Principal, group_id: UUID) -> None:
    """Remove a group; its people stay. Administrators. ``Conflict`` while a queue is shown to it."""
    group = await get_group(session, principal, group_id)
    name = group.name
    try:
        await session.execute(
            delete(UserGroup).where(UserGroup.tenant_id == principal.tenant_id, UserGroup.id == group_id)
        )
    except IntegrityError:
        raise Conflict("A queue is shown to this group. Change that queue first, or everybody would see it.") from None
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, "group.removed", target_id=group_id, target_name=name)


async def list_group_people(
    session: Session, principal: Principal, group_id: UUID, *, after: str | None = None, limit: int = 100
) -> Sequence[User]:
    """The people who are in the group by themselves, by e-mail address. Administrators."""
    group = await get_group(session, principal, group_id)
    people = (
        scoped(User, principal)
        .join(GroupMember, GroupMember.user_id == User.id)
        .where(GroupMember.tenant_id == principal.tenant_id, GroupMember.group_id == group.id)
        .order_by(User.email)
        .limit(min(limit, PAGE_LIMIT))
    )
    if after is not None:
        people = people.where(User.email > after)
    return (await session.scalars(people)).all()


async def list_inner_groups(session: Session, principal: Principal, group_id: UUID) -> Sequence[UserGroup]:
    """The groups that the group holds by itself, by name. Administrators."""
    group = await get_group(session, principal, group_id)
    inner = (
        scoped(UserGroup, principal)
        .join(GroupInGroup, GroupInGroup.member_id == UserGroup.id)
        .where(GroupInGroup.tenant_id == principal.tenant_id, GroupInGroup.group_id == group.id)
    )
    return (await session.scalars(inner.order_by(UserGroup.name).limit(INNER_LIMIT))).all()


async def add_person_to_group(session: Session, principal: Principal, group_id: UUID, email: str) -> User:
    """The person with that address is in the group, too; who is already stays. Administrators."""
    group = await get_group(session, principal, group_id)
    address = canonical_email(email)
    user = await session.scalar(scoped(User, principal).where(User.email == address))
    if user is None:
        raise Invalid("There is nobody with this e-mail address. Add the person first.", field="email")
    row = {"tenant_id": principal.tenant_id, "group_id": group.id, "user_id": user.id}
    await session.execute(insert_new(session, GroupMember, [row]))
    await _members_changed(session, principal, group, "group.person-added", user.email)
    return user


async def remove_person_from_group(session: Session, principal: Principal, group_id: UUID, user_id: UUID) -> None:
    """The person is not in the group by themselves any more. Administrators."""
    group = await get_group(session, principal, group_id)
    gone = await session.scalar(
        delete(GroupMember)
        .where(
            GroupMember.tenant_id == principal.tenant_id,
            GroupMember.group_id == group.id,
            GroupMember.user_id == user_id,
        )
        .returning(GroupMember.user_id)
    )
    if gone is None:
        raise NotFound("This person is not in the group any more.")
    email = await session.scalar(select(User.email).where(User.id == user_id)) or ""
    await _members_changed(session, principal, group, "group.person-removed", email)


async def add_group_to_group(session: Session, principal: Principal, group_id: UUID, name: str) -> UserGroup:
    """All people of the group of that name are in this one, too. Administrators.

    ``Invalid`` where a group would come to hold itself, or stand deeper than ``DEPTH``.
    """
    group = await get_group(session, principal, group_id)
    inner = await find_group(session, principal, name)
    above = await _levels(session, principal.tenant_id, group.id, upwards=True)
    if inner.id in above:
        raise Invalid("A group cannot hold itself, nor a group that holds it. Choose another one.", field="group")
    below = await _levels(session, principal.tenant_id, inner.id, upwards=False)
    if max(above.values()) + max(below.values()) > DEPTH:
        raise Invalid(f"Groups stand at most {DEPTH} deep in one another. Choose another one.", field="group")
    if len(await list_inner_groups(session, principal, group_id)) >= INNER_LIMIT:
        raise Conflict(f"A group holds at most {INNER_LIMIT} groups.", field="group")
    row = {"tenant_id": principal.tenant_id, "group_id": group.id, "member_id": inner.id}
    await session.execute(insert_new(session, GroupInGroup, [row]))
    await _members_changed(session, principal, group, "group.group-added", inner.name)
    return inner


async def remove_group_from_group(session: Session, principal: Principal, group_id: UUID, member_id: UUID) -> None:
    """The people of the inner group are not in this one any more. Administrators."""
    group = await get_group(session, principal, group_id)
    gone = await session.scalar(
        delete(GroupInGroup)
        .where(
            GroupInGroup.tenant_id == principal.tenant_id,
            GroupInGroup.group_id == group.id,
            GroupInGroup.member_id == member_id,
        )
        .returning(GroupInGroup.member_id)
    )
    if gone is None:
        raise NotFound("This group is not in the other one any more.")
    names = await group_names(session, principal.tenant_id, {member_id})
    await _members_changed(session, principal, group, "group.group-removed", names.get(member_id, ""))


async def groups_of_people(
    session: Session, tenant_id: UUID, user_ids: Collection[UUID]
) -> Mapping[UUID, frozenset[UUID]]:
    """All groups each of these people is in, by themselves or through groups: one question a level, for all together."""
    found: dict[UUID, set[UUID]] = {user_id: set() for user_id in user_ids}
    rows = await session.execute(
        select(GroupMember.user_id, GroupMember.group_id).where(
            GroupMember.tenant_id == tenant_id, GroupMember.user_id.in_(found)
        )
    )
    newest: dict[UUID, set[UUID]] = {user_id: set() for user_id in user_ids}
    for user_id, group_id in rows:
        newest[user_id].add(group_id)
    for _ in range(DEPTH):
        newest = {user_id: groups - found[user_id] for user_id, groups in newest.items()}
        for user_id, groups in newest.items():
            found[user_id] |= groups
        holders = await _holders(session, tenant_id, set().union(*newest.values()))
        if not holders:
            break
        newest = {
            user_id: {holder for group in groups for holder in holders.get(group, ())}
            for user_id, groups in newest.items()
        }
    return {user_id: frozenset(groups) for user_id, groups in found.items()}


async def group_names(session: Session, tenant_id: UUID, group_ids: Collection[UUID]) -> Mapping[UUID, str]:
    """Names by id, for other domains that show them; unknown ids are left out."""
    if not group_ids:
        return {}
    rows = await session.execute(
        select(UserGroup.id, UserGroup.name).where(UserGroup.tenant_id == tenant_id, UserGroup.id.in_(group_ids))
    )
    return dict(rows.all())


async def _holders(session: Session, tenant_id: UUID, groups: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Which groups hold each of these by themselves."""
    holders: dict[UUID, set[UUID]] = defaultdict(set)
    if groups:
        rows = await session.execute(
            select(GroupInGroup.member_id, GroupInGroup.group_id).where(
                GroupInGroup.tenant_id == tenant_id, GroupInGroup.member_id.in_(groups)
            )
        )
        for member_id, group_id in rows:
            holders[member_id].add(group_id)
    return holders


async def _levels(session: Session, tenant_id: UUID, start: UUID, *, upwards: bool) -> dict[UUID, int]:
    """Each group above (or below) ``start`` with how many levels that takes at most, ``start`` itself being the first."""
    near, far = (
        (GroupInGroup.member_id, GroupInGroup.group_id) if upwards else (GroupInGroup.group_id, GroupInGroup.member_id)
    )
    levels, at = {start: 1}, {start}
    for level in range(2, DEPTH + 2):
        rows = await session.scalars(select(far).where(GroupInGroup.tenant_id == tenant_id, near.in_(at)))
        at = set(rows)
        if not at:
            break
        levels |= dict.fromkeys(at, level)
    return levels


async def _counts(
    session: Session, tenant_id: UUID, table: type[GroupMember | GroupInGroup], groups: Collection[UUID]
) -> dict[UUID, int]:
    """Counted up to ``COUNTED``: a group may hold everybody."""
    some = select(table.group_id).where(table.group_id == UserGroup.id).limit(COUNTED).correlate(UserGroup).subquery()
    counted = select(func.count()).select_from(some).correlate(UserGroup).scalar_subquery()
    rows = await session.execute(
        select(UserGroup.id, counted).where(UserGroup.tenant_id == tenant_id, UserGroup.id.in_(groups))
    )
    return dict(rows.all())


async def _members_changed(session: Session, principal: Principal, group: UserGroup, action: str, member: str) -> None:
    await desired_changed(session, principal.tenant_id)
    await audit.record(session, principal, action, target_id=group.id, target_name=group.name, member=member)


async def _require_free(session: Session, principal: Principal, name: str) -> None:
    if await session.scalar(scoped(UserGroup, principal).where(UserGroup.name == name)) is not None:
        raise Conflict("There is a group with this name already. Choose another one.", field="name")
