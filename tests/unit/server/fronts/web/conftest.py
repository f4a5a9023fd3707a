"""A furnished server for each test (copied from one that is made once), and browsers that speak to its pages."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from presswork.server.app import make_app
from presswork.testing.organisation import Organisation, furnish, server_context
from unit.server.fronts.web.house import Browser, House

HOST = "print.example.org"
ORIGIN = f"http://{HOST}"


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Organisation]:
    directory = tmp_path_factory.mktemp("furnished")

    async def build() -> Organisation:
        async with server_context(directory) as context:
            return await furnish(context)

    return directory, asyncio.run(build())


@pytest.fixture
async def house(furnished: tuple[Path, Organisation], tmp_path: Path) -> AsyncIterator[House]:
    directory, made = furnished
    await asyncio.to_thread(shutil.copytree, directory, tmp_path / "installation")
    async with server_context(tmp_path / "installation", public_url=ORIGIN) as context:
        organisation = replace(made, context=context)
        app = await asyncio.to_thread(make_app, context)
        async with (
            _browser(app, organisation.people["ada"].token) as ada,
            _browser(app, organisation.people["bob"].token) as bob,
            _browser(app, organisation.people["carla"].token) as carla,
            _browser(app, "") as stranger,
        ):
            yield House(organisation, ada, bob, carla, stranger)


@asynccontextmanager
async def _browser(app: object, token: str) -> AsyncIterator[Browser]:
    transport = httpx2.ASGITransport(app=app, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx2.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        if token:
            client.cookies.set("presswork", token, domain=HOST)
        yield Browser(client, token)
