"""The first person."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from presswork.core.errors import Conflict, Fault, Invalid, NotFound
from presswork.server.identity import Role, SignedIn, new_set_up_token, set_up, set_up_open
from presswork.server.tenants import tenant_name
from presswork.testing.server import PASSWORD, ServerInTest, running_server


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ServerInTest]:
    async with running_server(tmp_path) as found:
        yield found


def _token(server: ServerInTest) -> str:
    return server.set_up_link.rpartition("/")[2]


async def _open(server: ServerInTest, token: str) -> bool:
    async with server.context.database.reading() as session:
        return await set_up_open(session, server.context.installation.tenant_id, token)


async def _set_up(
    server: ServerInTest, token: str, email: str = "ada@example.org", password: str = PASSWORD
) -> SignedIn:
    async with server.context.database.writing() as session:
        return await set_up(
            session,
            tenant_id=server.context.installation.tenant_id,
            token=token,
            organisation="Analytical Engines",
            email=email,
            display_name="Ada",
            password=password,
            address="192.0.2.1",
        )


async def test_the_link_makes_an_operator_once(server: ServerInTest) -> None:
    token = _token(server)
    assert await _open(server, token)
    signed_in = await _set_up(server, token)
    assert signed_in.principal.role is Role.OPERATOR
    assert not await _open(server, token)
    with pytest.raises(NotFound):
        await _set_up(server, token, "eve@example.org")
    async with server.context.database.reading() as session:
        assert await tenant_name(session, server.context.installation.tenant_id) == "Analytical Engines"


@pytest.mark.parametrize("token", ["", "x", "0" * 43])
async def test_another_token_opens_nothing(server: ServerInTest, token: str) -> None:
    assert not await _open(server, token)
    with pytest.raises(NotFound):
        await _set_up(server, token)


async def test_of_two_at_once_one_wins(server: ServerInTest) -> None:
    token = _token(server)
    ends = await asyncio.gather(
        _set_up(server, token), _set_up(server, token, "eve@example.org"), return_exceptions=True
    )
    assert sorted(type(end).__name__ for end in ends) == ["NotFound", "SignedIn"]


async def test_what_was_refused_can_be_tried_again(server: ServerInTest) -> None:
    token = _token(server)
    for email, password in (("ada@example.org", "short"), ("no address", PASSWORD)):
        with pytest.raises(Invalid):
            await _set_up(server, token, email, password)
    await _set_up(server, token)


async def test_a_newer_link_voids_the_older_and_there_is_none_later(server: ServerInTest) -> None:
    tenant_id = server.context.installation.tenant_id
    async with server.context.database.writing() as session:
        newer = await new_set_up_token(session, tenant_id)
    assert not await _open(server, _token(server))
    await _set_up(server, newer)
    refused: type[Fault] = Conflict
    with pytest.raises(refused):
        async with server.context.database.writing() as session:
            await new_set_up_token(session, tenant_id)
