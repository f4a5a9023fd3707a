"""Computers."""

from __future__ import annotations

import re

from unit.server.fronts.web.house import House


async def test_the_list_tells_who_is_there(house: House) -> None:
    text = (await house.ada.page("/computers")).text
    assert "bob-laptop" in text
    assert "Online" in text
    assert "Debian GNU/Linux 12" in text


async def test_a_code_is_made_by_the_button_and_shown_once(house: House) -> None:
    assert "presswork agent enrol" not in (await house.ada.page("/computers/add")).text
    answer = await house.ada.post("/computers/add")
    assert answer.status_code == 200
    authority = house.organisation.context.installation.authority
    command = re.search(r"presswork agent enrol (http://print\.example\.org) ([a-z2-7]{20})\.(\S{43})<", answer.text)
    assert command is not None
    assert command[3] == authority.fingerprint
    assert command[2] not in (await house.ada.page("/computers/add")).text
    assert "no-store" in answer.headers["cache-control"]


async def test_a_computer_is_removed_after_asking(house: House) -> None:
    path = f"/computers/{house.organisation.agent.computer_id}/remove"
    assert "Remove bob-laptop?" in (await house.ada.page(path)).text
    after = await house.ada.done(path)
    assert "bob-laptop is removed." in after.text
    assert "No computer yet" in after.text
