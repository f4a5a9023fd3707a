"""Queues."""

from __future__ import annotations

from presswork.testing.html import Html
from unit.server.fronts.web.house import House


async def test_adding_changing_removing(house: House) -> None:
    printer = str(house.organisation.printers[0])
    after = await house.ada.done("/queues/add", name="Desk", mode="direct", printer_id=printer, info="Mine")
    assert "Prints at once at Kitchen" in after.text
    path = next(
        link
        for link in after.links()
        if link.startswith("/queues/0") and not link.endswith(str(house.organisation.queue_id))
    )
    page = await house.ada.page(path)
    assert [option["value"] for option in page.all("option") if "selected" in option] == [printer]
    after = await house.ada.done(path, mode="hold", printer_id="", info="", location="Here")
    assert "Prints at once" not in after.text
    assert "Remove the queue Desk?" in (await house.ada.page(path + "/remove")).text
    assert "Desk" not in (await house.ada.done(path + "/remove")).text


async def test_what_is_wrong_stands_beside_its_field(house: House) -> None:
    for fields, status, words in (
        ({"name": "no spaces please", "mode": "hold"}, 400, "letters, digits"),
        ({"name": "Office", "mode": "hold"}, 409, "There is a queue with this name already."),
        ({"name": "Desk", "mode": "direct"}, 400, "A direct queue needs a printer."),
        ({"name": "Desk", "mode": "direct", "printer_id": "x"}, 400, "Choose one of the printers."),
        ({"name": "Desk", "mode": "sideways"}, 400, "either holds jobs or prints directly"),
        ({"name": "Desk"}, 400, "either holds jobs or prints directly"),
    ):
        answer = await house.ada.post("/queues/add", **fields)
        assert answer.status_code == status, fields
        assert words in Html(answer.text).text
    path = f"/queues/{house.organisation.queue_id}"
    assert (await house.ada.post(path, mode="direct", printer_id="")).status_code == 400
