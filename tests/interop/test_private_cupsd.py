from __future__ import annotations

import pytest

from presswork.testing.cups import private_cupsd

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]


async def test_two_at_once_know_nothing_of_each_other() -> None:
    async with private_cupsd() as one, private_cupsd() as other:
        status, said = await one.run("lpadmin", "-p", "plain", "-E", "-v", "file:/dev/null")
        assert (status, said) == (0, "")
        assert "plain" in (await one.run("lpstat", "-v"))[1]
        assert "plain" not in (await other.run("lpstat", "-v"))[1]


async def test_an_account_outside_the_system_groups_may_not_add_a_queue() -> None:
    async with private_cupsd() as cupsd:
        status, said = await cupsd.run("lpadmin", "-p", "plain", "-E", "-v", "file:/dev/null", account="nobody")
        assert status != 0
        assert "Forbidden" in said


async def test_nothing_is_left_behind() -> None:
    async with private_cupsd() as cupsd:
        assert cupsd.socket.is_socket()
    assert not cupsd.directory.exists()
    assert cupsd.process.returncode == 0
