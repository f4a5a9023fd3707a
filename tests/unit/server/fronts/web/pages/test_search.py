"""The search for printers."""

from __future__ import annotations

from uuid import UUID

from presswork.protocols.control.search import FoundDevice, SearchReport
from presswork.server import searches
from presswork.testing.html import Html
from unit.server.fronts.web.house import House

DEVICE = FoundDevice(
    host="192.0.2.7",
    ways=("ipps://192.0.2.7/ipp/print",),
    name="Lab <b>",
    make_and_model="Ricoh IM C3000",
    uuid="c0ffee",
)


async def begun(house: House) -> UUID:
    """The administrator begins a search through the computer that is online."""
    computer = str(house.organisation.agent.computer_id)
    await house.ada.done(
        "/printers/search", computer_id=computer, ranges="192.0.2.0/24, 198.51.100.0/24", announced="yes"
    )
    async with house.organisation.context.database.reading() as session:
        (order,) = await searches.open_searches(session, house.organisation.context.vault, house.organisation.agent)
    assert order.ranges == ("192.0.2.0/24", "198.51.100.0/24")
    return order.search_id


async def tells(house: House, *devices: FoundDevice, ended: bool = False) -> None:
    """Its agent tells how far it is."""
    organisation = house.organisation
    async with organisation.context.database.writing() as session:
        for order in await searches.open_searches(session, organisation.context.vault, organisation.agent):
            told = SearchReport(search_id=order.search_id, asked=40, total=508, devices=devices, ended=ended)
            await searches.report_searches(session, organisation.agent, [told])


async def device(house: House) -> str:
    """The page of the one device that was found."""
    await begun(house)
    await tells(house, DEVICE, ended=True)
    page = await house.ada.page("/printers/search")
    return next(link for link in page.links() if link.startswith("/printers/found/0"))


async def test_a_search_is_begun_watched_and_stopped(house: House) -> None:
    assert "/printers/search" in (await house.ada.page("/printers")).links()
    search_id = await begun(house)
    await tells(house)
    page = await house.ada.page("/printers/search")
    assert "40 of 508 addresses" in page.text
    after = await house.ada.done(f"/printers/search/{search_id}/stop")
    assert "is being stopped" in after.text
    await tells(house, ended=True)
    assert "Stopped" in (await house.ada.page("/printers/search")).text


async def test_where_nobody_can_look_is_said_beside_it(house: House) -> None:
    computer = str(house.organisation.agent.computer_id)
    answer = await house.ada.post("/printers/search", computer_id=computer, ranges="nonsense")
    assert answer.status_code == 400
    page = Html(answer.text)
    assert "is no block of addresses" in page.text
    assert page.all("input", name="ranges")[0]["value"] == "nonsense"
    answer = await house.ada.post("/printers/search", computer_id="", ranges="")
    assert "Choose the computer that looks." in Html(answer.text).text


async def test_a_found_device_becomes_a_printer(house: House) -> None:
    path = await device(house)
    page = await house.ada.page(path)
    assert "Ricoh IM C3000" in page.text
    assert page.all("input", name="name")[0]["value"] == "Lab <b>"
    refused = await house.ada.post(path, name="Kitchen", location="")
    assert refused.status_code == 409
    assert "is added." in (await house.ada.done(path, name="Lab", location="Cellar")).text
    assert "Lab" in (await house.ada.page("/printers")).text
    assert "Nothing to decide" in (await house.ada.page("/printers/search")).text


async def test_many_are_added_at_once_and_no_name_is_taken_twice(house: House) -> None:
    await begun(house)
    others = [
        DEVICE.model_copy(update={"host": f"192.0.2.{number}", "uuid": str(number), "name": "Kitchen"})
        for number in range(20, 23)
    ]
    await tells(house, *others, ended=True)
    page = await house.ada.page("/printers/search")
    names = [box["name"] for box in page.all("input", type="checkbox") if box["name"].startswith("device.")]
    assert len(names) == 3
    after = await house.ada.done("/printers/found", **dict.fromkeys(names, "yes"))
    assert "3 printers added." in after.text
    assert "Kitchen (192.0.2.22)" in (await house.ada.page("/printers")).text
    assert "Tick the devices" in (await house.ada.done("/printers/found")).text


async def test_it_replaces_the_device_of_a_printer(house: House) -> None:
    path = await device(house)
    refused = await house.ada.post(path + "/replace", replaces="Nowhere")
    assert "No printer has this name or sign." in Html(refused.text).text
    after = await house.ada.done(path + "/replace", replaces="Kitchen")
    assert "Kitchen is this device from now on." in after.text
    assert after.all("input", name="device_uri")[0]["value"] == "ipps://192.0.2.7/ipp/print"


async def test_it_is_left_out_and_brought_back(house: House) -> None:
    path = await device(house)
    assert "left out from now on" in (await house.ada.done(path + "/leave-out")).text
    page = await house.ada.page("/printers/found/left-out")
    assert "Lab <b>" in page.text
    assert "Add it as a printer" in (await house.ada.done(path + "/bring-back")).text
    assert path in (await house.ada.page("/printers/search")).links()


async def test_a_move_is_followed_in_one_click(house: House) -> None:
    path = await device(house)
    await house.ada.done(path, name="Lab", location="")
    await begun(house)
    moved = DEVICE.model_copy(update={"host": "192.0.2.8", "ways": ("ipps://192.0.2.8/ipp/print",)})
    await tells(house, moved, ended=True)
    assert "answers at another address" in (await house.ada.page("/printers/search")).text
    after = await house.ada.done(path + "/follow")
    assert "Lab is at its new address." in after.text
    assert "has not moved" in (await house.ada.done(path + "/follow")).text


async def test_searches_are_for_administrators(house: House) -> None:
    assert (await house.bob.get("/printers/search")).status_code == 403
    assert (await house.bob.post("/printers/found")).status_code == 403
