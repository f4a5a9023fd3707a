"""Networks and sites."""

from __future__ import annotations

from presswork.protocols.control.agent import Hello
from presswork.protocols.control.words import NetworkHint
from presswork.server import computers
from presswork.testing.html import Html
from unit.server.fronts.web.house import House

ROUTER = "192.0.2.1 00:00:5e:00:53:01"


async def _told(house: House) -> None:
    here = house.organisation
    hint = NetworkHint.model_validate(
        {
            "gateway": "192.0.2.1",
            "gateway_mac": "00:00:5e:00:53:01",
            "prefixes": ["192.0.2.0/24"],
            "dns_suffixes": ["berlin.example.org"],
        }
    )
    async with here.context.database.writing() as session:
        hello = Hello(version="1", computer_name=here.agent.computer_name, platform="x")
        computer = await computers.note_presence(session, here.agent, hello, sync_after=60)
        await computers.note_networks(session, here.agent, computer, [hint])


async def test_what_a_computer_told_is_filed_with_one_button(house: House) -> None:
    await _told(house)
    page = await house.ada.page("/networks")
    assert "Seen by 1 computer, such as bob-laptop" in page.text
    fields = {one["name"]: one["value"] for one in page.all("input", name="kind") + page.all("input", name="value")}
    assert fields == {"kind": "gateway", "value": ROUTER}
    name = page.all("input", name="name")[0]["value"]
    assert name == "berlin.example.org"
    assert (
        "Filed under berlin.example.org."
        in (await house.ada.done("/networks/file", network_id="new", name=name, **fields)).text
    )
    await _told(house)
    page = await house.ada.page("/networks")
    assert "not filed yet" not in page.text
    path = next(link for link in page.links() if link.startswith("/networks/0"))
    shown = await house.ada.page(path)
    assert ROUTER in shown.text
    assert "bob-laptop" in shown.text
    assert "1 computer here." in shown.text


async def test_it_may_become_part_of_another_and_what_is_wrong_is_said(house: House) -> None:
    await _told(house)
    berlin = (await house.ada.post("/networks/add", name="Berlin", site_id="")).headers["location"]
    for fields, words in (
        ({"network_id": "x", "kind": "gateway", "value": ROUTER}, "Choose a network."),
        ({"network_id": "new", "kind": "gateway", "value": ROUTER, "name": "Berlin"}, "already"),
    ):
        answer = await house.ada.post("/networks/file", **fields)
        assert words in Html(answer.text).text
    network_id = berlin.rpartition("/")[2]
    await house.ada.done("/networks/file", network_id=network_id, kind="gateway", value=ROUTER)
    assert ROUTER in (await house.ada.page(berlin)).text


async def test_a_network_is_known_by_what_one_says_and_has_a_default(house: House) -> None:
    site = await house.ada.post("/sites/add", name="Germany", parent_id="")
    assert site.status_code == 303
    page = await house.ada.page("/networks/add")
    (germany,) = [one["value"] for one in page.all("option") if one["value"]]
    path = (await house.ada.post("/networks/add", name="Berlin", site_id=germany)).headers["location"]
    assert "192.0.2.0/24" in (await house.ada.done(path + "/marks", kind="cidr", value="192.0.2.7/24")).text
    answer = await house.ada.post(path + "/marks", kind="cidr", value="everything")
    assert (answer.status_code, "looks like" in Html(answer.text).text) == (400, True)
    page = await house.ada.done(path, name="Berlin Mitte", site_id=germany, queue="Office")
    assert page.all("input", id="queue")[0]["value"] == "Office"
    answer = await house.ada.post(path, name="Berlin", site_id=germany, queue="Nobody")
    assert (answer.status_code, "There is no queue" in Html(answer.text).text) == (400, True)
    (mark,) = [form["action"] for form in page.all("form") if "/marks/" in form["action"]]
    await house.ada.done(mark)
    assert "Nothing yet, so no computer is on it." in (await house.ada.page(path)).text
    assert "Germany" in (await house.ada.page("/networks")).text
    assert "Berlin Mitte" not in (await house.ada.done(path + "/remove")).text


async def test_sites_stand_in_sites(house: House) -> None:
    await house.ada.post("/sites/add", name="Germany", parent_id="")
    page = await house.ada.page("/networks")
    germany = next(link for link in page.links() if link.startswith("/sites/0"))
    await house.ada.post("/sites/add", name="Berlin", parent_id=germany.rpartition("/")[2])
    page = await house.ada.page("/networks")
    berlin = next(link for link in page.links() if link.startswith("/sites/0") and link != germany)
    answer = await house.ada.post(germany, name="Germany", parent_id=berlin.rpartition("/")[2])
    assert (answer.status_code, "cannot stand in itself" in Html(answer.text).text) == (400, True)
    answer = await house.ada.post(germany + "/remove", name="", parent_id="")
    assert (answer.status_code, "Move or remove them first" in Html(answer.text).text) == (409, True)
    await house.ada.done(berlin, name="Berlin", parent_id="")
    assert "Germany" not in (await house.ada.done(germany + "/remove")).text


async def test_a_printer_is_placed_by_name(house: House) -> None:
    await house.ada.post("/networks/add", name="Berlin", site_id="")
    path = f"/printers/{house.organisation.printers[0]}/place"
    assert (await house.ada.post(path, network="Nobody")).status_code == 400
    assert "Kitchen is on Berlin." in (await house.ada.done(path, network="Berlin")).text
    assert (await house.ada.page(path)).all("input", id="network")[0]["value"] == "Berlin"
    assert "network: Berlin" in (await house.ada.page("/audit")).text
    assert "on no known network" in (await house.ada.done(path, network="")).text


async def test_others_have_no_business_here(house: House) -> None:
    path = (await house.ada.post("/networks/add", name="Berlin", site_id="")).headers["location"]
    for page in ("/networks", "/networks/add", "/sites/add", path):
        assert (await house.bob.get(page)).status_code == 403
        assert (await house.stranger.get(page)).status_code == 303
    assert (await house.bob.post(path + "/marks", kind="cidr", value="192.0.2.0/24")).status_code == 403
