"""Queues."""

from __future__ import annotations

from presswork.testing.html import Html
from unit.server.fronts.web.house import House


async def test_adding_changing_removing(house: House) -> None:
    answer = await house.ada.post("/queues/add", name="Desk", mode="direct", printer=" kitchen ", info="Mine")
    path = answer.headers["location"]
    assert "Prints at once at Kitchen" in (await house.ada.page("/queues")).text
    page = await house.ada.page(path)
    assert page.all("input", id="printer")[0]["value"] == "Kitchen"
    after = await house.ada.done(path, mode="hold", printer="", info="", location="Here")
    assert "Prints at once" not in after.text
    assert "Remove the queue Desk?" in (await house.ada.page(path + "/remove")).text
    assert "Desk" not in (await house.ada.done(path + "/remove")).text


async def test_what_is_wrong_stands_beside_its_field(house: House) -> None:
    for fields, status, words in (
        ({"name": "no spaces please", "mode": "hold"}, 400, "letters, digits"),
        ({"name": "Office", "mode": "hold"}, 409, "There is a queue with this name already."),
        ({"name": "Desk", "mode": "direct"}, 400, "Choose one."),
        ({"name": "Desk", "mode": "ask"}, 400, "Choose one."),
        ({"name": "Desk", "mode": "direct", "printer": "x"}, 400, "There is no printer with this name."),
        ({"name": "Desk", "mode": "hold", "copies": "0"}, 400, "a number from 1 to 999"),
        ({"name": "Desk", "mode": "hold", "color": "pink"}, 400, "what the list offers"),
        ({"name": "Desk", "mode": "sideways", "printer": "Kitchen"}, 400, "holds jobs, asks, or prints at once"),
    ):
        answer = await house.ada.post("/queues/add", **fields)
        assert answer.status_code == status, fields
        assert words in Html(answer.text).text
    path = f"/queues/{house.organisation.queue_id}"
    assert (await house.ada.post(path, mode="direct", printer="")).status_code == 400


async def test_what_one_chooses_is_there_again(house: House) -> None:
    chosen = {
        "mode": "ask",
        "printer": "Kitchen",
        "automatic": "no",
        "copies": "2",
        "sides": "two-sided-long-edge",
        "color": "monochrome",
        "media": "iso_a3_297x420mm",
    }
    answer = await house.ada.post("/queues/add", name="Desk", **chosen)
    page = await house.ada.page(answer.headers["location"])
    assert page.all("input", id="copies")[0]["value"] == "2"
    checked = {one["value"] for one in page.all("input", type="radio") if "checked" in one}
    assert checked == {"ask", "no"}
    selected = {one["value"] for one in page.all("option") if "selected" in one}
    assert selected == {"two-sided-long-edge", "monochrome", "iso_a3_297x420mm"}
    listed = (await house.ada.page("/queues")).text
    assert "Asks whether to print at Kitchen" in listed
    assert "On request" in listed


async def test_who_sees_it_is_said_by_name(house: House) -> None:
    await house.ada.post("/groups/add", name="Staff")
    await house.ada.post("/networks/add", name="Berlin", site_id="")
    path = f"/queues/{house.organisation.queue_id}"
    assert "Everybody, on every network." in (await house.ada.page(path)).text
    for what, name, wrong in (("groups", "Staff", "There is no group"), ("networks", "Berlin", "There is no network")):
        answer = await house.ada.post(f"{path}/{what}", **{what.removesuffix("s"): "Nobody"})
        assert answer.status_code == 400
        assert wrong in Html(answer.text).text
        assert name in (await house.ada.done(f"{path}/{what}", **{what.removesuffix("s"): name})).text
    page = await house.ada.page(path)
    assert "The people of these groups, on these networks only." in page.text
    assert "For some people on some networks" in (await house.ada.page("/queues")).text
    for form in page.all("form"):
        if form["action"].endswith("/remove"):
            await house.ada.done(form["action"])
    assert "Everybody, on every network." in (await house.ada.page(path)).text
