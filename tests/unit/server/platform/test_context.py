"""What fronts are built with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from presswork.testing.server import running_server


async def test_cookies_are_marked_secure_where_people_come_by_https(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        assert not server.context.secure
        assert replace(server.context, public_url="https://print.example.org").secure
