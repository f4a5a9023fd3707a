"""First and later starts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from presswork.core.clock import SystemClock, system_randomness
from presswork.core.errors import Distrusted, Invalid
from presswork.core.settings import ServerSettings
from presswork.server.platform.context import ServerContext
from presswork.server.start import new_set_up_link, open_context
from presswork.testing.server import running_server


@asynccontextmanager
async def _opened(directory: Path, **settings: Any) -> AsyncIterator[ServerContext]:
    context = await open_context(
        ServerSettings(directory=directory / "server", **settings),
        public_url="https://print.example.org",
        clock=SystemClock(),
        randomness=system_randomness,
    )
    try:
        yield context
    finally:
        await context.database.close()


async def test_the_first_start_makes_everything_for_its_owner_only(tmp_path: Path) -> None:
    async with _opened(tmp_path):
        assert (tmp_path / "server").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "server.key").stat().st_mode & 0o777 == 0o600
        assert (tmp_path / "server" / "presswork.db").is_file()


async def test_a_later_start_is_the_same_installation(tmp_path: Path) -> None:
    async with _opened(tmp_path) as context:
        first = context.installation
    async with _opened(tmp_path) as context:
        second = context.installation
    assert (first.id, first.tenant_id) == (second.id, second.tenant_id)
    assert first.authority.pem == second.authority.pem


async def test_without_its_key_it_does_not_start_as_somebody_else(tmp_path: Path) -> None:
    async with _opened(tmp_path):
        pass
    key = tmp_path / "server.key"
    key.rename(tmp_path / "elsewhere.key")
    with pytest.raises(Distrusted, match="is missing"):
        async with _opened(tmp_path):
            pass
    assert not key.exists()
    async with _opened(tmp_path, key_file=tmp_path / "elsewhere.key"):
        pass


async def test_a_directory_that_others_may_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir(mode=0o755)
    with pytest.raises(Invalid, match="chmod 700"):
        async with _opened(tmp_path):
            pass


async def test_the_link_is_new_each_time_and_there_is_none_once_it_was_used(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        first = await new_set_up_link(server.context)
        second = await new_set_up_link(server.context)
        assert first != second
        assert second is not None
        assert second.startswith(f"{server.url}/set-up/")
    async with running_server(tmp_path) as server:
        await server.set_up()
        assert await new_set_up_link(server.context) is None
    async with running_server(tmp_path) as server:
        assert server.running.set_up_link is None
