"""Sign-in and sessions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from presswork.core.errors import NotSignedIn, TooMany
from presswork.server import audit
from presswork.server.identity import (
    SESSION_IDLE,
    SESSION_LIFE,
    Role,
    SignedIn,
    User,
    authenticate,
    change_user,
    forget_sessions,
    principal_of,
    sign_in,
    sign_out,
)
from presswork.server.identity.models import UserSession
from presswork.testing.server import PASSWORD
from presswork.testing.tenants import World

EMAIL = "user@here.example"


async def _sign_in(world: World, email: str = EMAIL, password: str = PASSWORD, address: str = "192.0.2.1") -> SignedIn:
    async with world.database.writing() as session:
        return await sign_in(
            session,
            world.sign_in_limits,
            tenant_id=world.here.tenant_id,
            email=email,
            password=password,
            address=address,
        )


async def _is_signed_in(world: World, token: str) -> bool:
    try:
        async with world.database.reading() as session:
            await principal_of(session, token)
    except NotSignedIn:
        return False
    return True


async def _actions(world: World) -> list[str]:
    async with world.database.reading() as session:
        return [entry.action for entry in await audit.list_entries(session, world.here.administrator)]


async def test_the_right_password_opens_a_session(people: World) -> None:
    signed_in = await _sign_in(people, "  User@Here.Example ")
    async with people.database.reading() as session:
        principal = await principal_of(session, signed_in.token, address="192.0.2.7")
    assert (principal.user_id, principal.tenant_id) == (people.here.user.user_id, people.here.tenant_id)
    assert (principal.role, principal.address) == (Role.USER, "192.0.2.7")
    assert "session.started" in await _actions(people)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong horse battery staple"),
        ("nobody@here.example", PASSWORD),
        ("user@there.example", PASSWORD),
        ("", ""),
    ],
)
async def test_what_is_wrong_is_not_told_apart(people: World, email: str, password: str) -> None:
    with pytest.raises(NotSignedIn) as refused:
        await _sign_in(people, email, password)
    assert refused.value.sentence == (
        "The e-mail address or the password is not right. Try again, or ask your administrator."
    )
    assert (await _actions(people)).count("session.refused") == 1


async def test_a_disabled_person_cannot_sign_in_and_is_told_the_same(people: World) -> None:
    async with people.database.writing() as session:
        await session.execute(update(User).where(User.email == EMAIL).values(disabled=True))
    with pytest.raises(NotSignedIn, match="or the password is not right"):
        await _sign_in(people)


async def test_guessing_is_slowed_and_does_not_fill_the_audit(people: World) -> None:
    for _ in range(8):
        with pytest.raises(NotSignedIn):
            await _sign_in(people, password="wrong")
    for _ in range(5):
        with pytest.raises(TooMany):
            await _sign_in(people)
    assert (await _actions(people)).count("session.refused") == 8
    people.clock.advance(seconds=15)
    await _sign_in(people)


async def test_a_session_ends_after_twelve_hours_whatever_happens(people: World) -> None:
    token = (await _sign_in(people)).token
    passed = timedelta()
    while passed + timedelta(hours=1) < SESSION_LIFE:
        people.clock.advance(hours=1)
        passed += timedelta(hours=1)
        await authenticate(people.database, token)
    people.clock.advance(hours=1)
    with pytest.raises(NotSignedIn):
        await authenticate(people.database, token)


async def test_a_session_ends_when_nothing_is_asked(people: World) -> None:
    token = (await _sign_in(people)).token
    people.clock.advance(seconds=SESSION_IDLE.total_seconds() - 1)
    assert await _is_signed_in(people, token)
    people.clock.advance(seconds=1)
    assert not await _is_signed_in(people, token)


async def test_use_is_written_down_only_now_and_then(people: World) -> None:
    token = (await _sign_in(people)).token

    async def seen() -> object:
        async with people.database.reading() as session:
            return await session.scalar(select(UserSession.seen_at))

    first = await seen()
    people.clock.advance(minutes=4)
    await authenticate(people.database, token)
    assert await seen() == first
    people.clock.advance(minutes=2)
    await authenticate(people.database, token)
    assert await seen() == people.clock.now()


async def test_signing_out_ends_this_session_only(people: World) -> None:
    first, second = await _sign_in(people), await _sign_in(people)
    async with people.database.writing() as session:
        await sign_out(session, first.principal)
    assert not await _is_signed_in(people, first.token)
    assert await _is_signed_in(people, second.token)


async def test_disabling_somebody_ends_their_sessions_at_once(people: World) -> None:
    signed_in = await _sign_in(people)
    async with people.database.writing() as session:
        await change_user(session, people.here.administrator, people.here.user.user_id, disabled=True)
    assert not await _is_signed_in(people, signed_in.token)


async def test_another_role_counts_from_the_next_request(people: World) -> None:
    signed_in = await _sign_in(people)
    async with people.database.writing() as session:
        await change_user(session, people.here.operator, people.here.user.user_id, role=Role.ADMINISTRATOR)
    assert (await authenticate(people.database, signed_in.token)).role is Role.ADMINISTRATOR


@pytest.mark.parametrize("token", ["", "x", "ä", "0" * 10_000])
async def test_no_token_is_nobody(people: World, token: str) -> None:
    with pytest.raises(NotSignedIn):
        await authenticate(people.database, token)


async def test_the_token_itself_is_not_kept(people: World) -> None:
    token = (await _sign_in(people)).token
    async with people.database.reading() as session:
        row = (await session.scalars(select(UserSession))).one()
    assert token not in (row.token_hash, str(row.id))
    assert token not in repr(row)


async def test_what_is_over_is_forgotten(people: World) -> None:
    await _sign_in(people)
    people.clock.advance(hours=1)
    kept = await _sign_in(people)
    people.clock.advance(hours=1)
    async with people.database.writing() as session:
        await forget_sessions(session)
    async with people.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(UserSession)) == 1
    assert await _is_signed_in(people, kept.token)
