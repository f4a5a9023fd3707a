"""Computers."""

from __future__ import annotations

import re

from presswork.protocols.control.agent import RELAYS, Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server import computers
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


async def test_a_computer_has_a_page_with_what_it_does_and_where_it_is_reached(house: House) -> None:
    context, agent = house.organisation.context, house.organisation.agent
    hello = Hello(
        version="0.2.0",
        computer_name="bob-laptop",
        platform="Debian GNU/Linux 12",
        capabilities=frozenset({RELAYS}),
        relay_port=21335,
        host_queues=("Labels",),
    )
    async with context.database.writing() as session:
        computer = await computers.note_presence(session, agent, hello, sync_after=3600)
        hint = NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"], "addresses": ["192.0.2.7"]})
        await computers.note_networks(session, agent, computer, [hint])
    assert f"/computers/{agent.computer_id}" in [one["href"] for one in (await house.ada.page("/computers")).all("a")]
    page = await house.ada.page(f"/computers/{agent.computer_id}")
    for words in ("Online", "TCP 21335", "192.0.2.7", "Labels", "It carries documents of other computers"):
        assert words in page.text
    assert "Redirector" not in page.text.split("Where it is reached")[1]


async def test_duties_are_given_and_taken_away_by_a_form(house: House) -> None:
    path = f"/computers/{house.organisation.agent.computer_id}"
    assert [one["name"] for one in (await house.ada.page(path)).all("input", type="checkbox") if "checked" in one] == []
    after = await house.ada.done(path, site_node="yes", redirector="yes")
    assert "The duties of bob-laptop are as you chose." in after.text
    checked = [one["name"] for one in after.all("input", type="checkbox") if "checked" in one]
    assert checked == ["site_node", "redirector"]
    assert "Site node" in (await house.ada.page("/computers")).text
    after = await house.ada.done(path)
    assert [one["name"] for one in after.all("input", type="checkbox") if "checked" in one] == []


async def test_a_removed_computer_has_no_duties_to_give(house: House) -> None:
    path = f"/computers/{house.organisation.agent.computer_id}"
    await house.ada.done(path + "/remove")
    page = await house.ada.page(path)
    assert "Removed" in page.text
    assert page.all("input", type="checkbox") == []
    assert "This computer was removed" in (await house.ada.done(path, site_node="yes")).text


async def test_only_administrators_give_duties(house: House) -> None:
    path = f"/computers/{house.organisation.agent.computer_id}"
    for browser in (house.bob, house.stranger):
        assert (await browser.get(path)).status_code in {303, 403, 404}
        assert (await browser.post(path, site_node="yes")).status_code in {303, 403, 404}
    assert "Site node" not in (await house.ada.page("/computers")).text


async def test_a_computer_is_removed_after_asking(house: House) -> None:
    path = f"/computers/{house.organisation.agent.computer_id}/remove"
    assert "Remove bob-laptop?" in (await house.ada.page(path)).text
    after = await house.ada.done(path)
    assert "bob-laptop is removed." in after.text
    assert "No computer yet" in after.text
