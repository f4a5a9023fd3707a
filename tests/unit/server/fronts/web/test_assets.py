"""Styles, script and icons."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette

from presswork.server.fronts import web
from presswork.server.fronts.web.assets import NAMES, Assets

STATIC = Path(web.__file__).parent / "static"
ROOT = Path(__file__).parents[5]
FILES = {name: (STATIC / name).read_bytes() for name in NAMES}


@pytest.fixture(scope="module")
def assets() -> Assets:
    return Assets()


@pytest.fixture
async def client(assets: Assets) -> AsyncIterator[httpx2.AsyncClient]:
    app = Starlette(routes=[assets.route()])
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://localhost") as client:
        yield client


@pytest.mark.parametrize("name", NAMES)
async def test_a_file_is_served_for_ever_under_a_name_of_its_contents(
    assets: Assets, client: httpx2.AsyncClient, name: str
) -> None:
    path = assets.path(name.rpartition("/")[2])
    answer = await client.get(path, headers={"accept-encoding": "gzip"})
    assert answer.status_code == 200
    assert answer.content == FILES[name]
    assert answer.headers["content-encoding"] == "gzip"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["vary"] == "Accept-Encoding"
    plain = await client.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/presswork.css",
        "/assets/0000000000000000/presswork.css",
        "/assets/../app.py",
        "/assets/%2e%2e/app.py",
        "/assets/vendor/stamp",
    ],
)
async def test_nothing_else_is_served(client: httpx2.AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


def test_pages_stay_light() -> None:
    assert len((STATIC / "presswork.css").read_bytes()) < 14_000
    assert len((STATIC / "presswork.js").read_bytes()) < 5_000
    assert sum(len(gzip.compress((STATIC / name).read_bytes(), 9, mtime=0)) for name in NAMES) < 110_000


def test_nothing_is_fetched_from_anywhere_else() -> None:
    for name in NAMES:
        text = (STATIC / name).read_text("utf-8")
        assert not re.findall(r"@import|url\(['\"]?(?!data:|#|['\"])", text), name
    script = (STATIC / "presswork.js").read_text("utf-8")
    assert not re.findall(r"https?://|eval\(|innerHTML|new Function", script)


def test_the_lock_names_versions_and_hashes_but_no_registry() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = [package for path, package in lock["packages"].items() if path]
    assert packages
    assert all(package["integrity"].startswith("sha512-") and "resolved" not in package for package in packages)
