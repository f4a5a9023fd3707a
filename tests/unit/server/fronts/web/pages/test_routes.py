"""The page of the routes."""

from __future__ import annotations

from presswork.protocols.control.agent import RELAYS, Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server import computers, networks, printers
from presswork.testing.html import Html
from unit.server.fronts.web.house import House

PATH = "/networks/routes"


def _chosen(page: Html) -> list[str]:
    return [one["value"] for one in page.all("option") if "selected" in one]


async def test_the_policy_is_shown_and_changed(house: House) -> None:
    page = await house.ada.page(PATH)
    assert _chosen(page) == ["direct", "relay", "redirector", "cloud"]
    after = await house.ada.done(PATH, route_1="relay", route_2="", route_3="direct", route_4="")
    assert "Documents take these routes from now on." in after.text
    assert _chosen(after) == ["relay", "direct", "", ""]


async def test_who_may_carry_is_chosen_and_each_computer_says_whether_it_does(house: House) -> None:
    agent = house.organisation.agent
    hello = Hello(
        version="1", computer_name=agent.computer_name, platform="x", relay_port=21335, capabilities=(RELAYS,)
    )
    async with house.organisation.context.database.writing() as session:
        await computers.note_presence(session, agent, hello, sync_after=3600)
    path, routes = f"/computers/{agent.computer_id}", {"route_1": "direct", "route_2": "relay"}
    assert "as every computer does" in (await house.ada.page(path)).text
    after = await house.ada.done(PATH, **routes, carriers="chosen")
    assert [one["name"] for one in after.all("input", type="checkbox") if "checked" in one] == ["carriers"]
    assert "only computers do that somebody chose" in (await house.ada.page(path)).text
    after = await house.ada.done(path, carrier="yes")
    assert "It carries documents of other computers to the printers it reaches." in after.text
    assert "Carrier" in (await house.ada.page("/computers")).text
    assert "documents of others" in (await house.ada.page("/audit")).text
    after = await house.ada.done(PATH, **routes)
    assert not [one for one in after.all("input", type="checkbox") if "checked" in one]


async def test_that_a_relay_could_read_a_document_is_not_hidden(house: House) -> None:
    assert "could read the document while it passes" in (await house.ada.page(PATH)).text


async def test_what_cannot_be_is_said_beside_it_and_changes_nothing(house: House) -> None:
    twice = await house.ada.post(PATH, route_1="relay", route_2="direct", route_3="relay", route_4="")
    assert twice.status_code == 400
    assert "stands further up already" in twice.text
    none = await house.ada.post(PATH, route_1="", route_2="", route_3="", route_4="")
    assert none.status_code == 400
    assert "Allow at least one" in none.text
    assert (await house.ada.post(PATH, route_1="pigeon")).status_code == 400
    assert _chosen(await house.ada.page(PATH)) == ["direct", "relay", "redirector", "cloud"]


async def test_networks_where_nobody_could_carry_a_document_are_named(house: House) -> None:
    organisation = house.organisation
    who, agent = organisation.people["ada"].principal, organisation.agent
    async with organisation.context.database.writing() as session:
        network = await networks.add_network(session, who, name="Warehouse")
        await networks.add_mark(session, who, network.id, kind="cidr", value="192.0.2.0/24")
        await printers.place_printer(session, who, organisation.printers[0], network.id)
    text = (await house.ada.page(PATH)).text
    assert "Warehouse" in text
    assert "On no known network" in text
    hello = Hello(version="1", computer_name=agent.computer_name, platform="x", relay_port=21335)
    async with organisation.context.database.writing() as session:
        computer = await computers.note_presence(session, agent, hello, sync_after=3600)
        await computers.note_networks(
            session, agent, computer, [NetworkHint.model_validate({"prefixes": ["192.0.2.0/24"]})]
        )
    assert "Warehouse" not in (await house.ada.page(PATH)).text


async def test_only_administrators(house: House) -> None:
    for browser in (house.bob, house.stranger):
        assert (await browser.get(PATH)).status_code in {303, 403, 404}
        assert (await browser.post(PATH, route_1="direct", carriers="chosen")).status_code in {303, 403, 404}
    assert not [one for one in (await house.ada.page(PATH)).all("input", type="checkbox") if "checked" in one]
    assert len(_chosen(await house.ada.page(PATH))) == 4
